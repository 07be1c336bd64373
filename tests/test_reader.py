"""The NLTK corpus reader has the methods that NLTK users expect, over editorial text alone."""

from __future__ import annotations

import nltk
import pytest
from conftest import REPOSITORY

from sisipan.errors import SisipanError
from sisipan.reader import SisipanCorpusReader

CORPUS = SisipanCorpusReader(REPOSITORY)
FLOOD = "gempa-sangihe-petta"


def test_files_and_categories() -> None:
    assert FLOOD in CORPUS.fileids() and "disaster" in CORPUS.categories()
    assert FLOOD in CORPUS.fileids("disaster") and CORPUS.categories(FLOOD) == ["disaster"]
    assert SisipanCorpusReader(REPOSITORY, by="split").categories() == ["test", "train", "validation"]


def test_words_sentences_and_paragraphs_are_the_same_words_without_spam() -> None:
    words = CORPUS.words(FLOOD)
    assert [w for s in CORPUS.sents(FLOOD) for w in s] == [w for p in CORPUS.paras(FLOOD) for s in p for w in s]
    assert "".join(words) == "".join(w for s in CORPUS.sents(FLOOD) for w in s)
    assert "Sangihe" in words and "Finansia" not in words and "Finansia" in CORPUS.raw(FLOOD)
    assert len(CORPUS.words(categories="disaster")) > len(words)


def test_entities_claims_and_spam() -> None:
    tagged = CORPUS.iob_sents(FLOOD)
    assert ("Sangihe", "B-GPE") in tagged[0] and CORPUS.iob_words(FLOOD)[: len(tagged[0])] == tagged[0]
    tree = nltk.chunk.conlltags2tree([(word, "NN", tag) for word, tag in tagged[0]])
    assert {subtree.label() for subtree in tree.subtrees()} > {"S", "GPE"}
    assert CORPUS.claims(FLOOD)[0]["text"] in CORPUS.raw(FLOOD)
    assert [region.label for _, region in CORPUS.spam_regions(FLOOD)] == ["loan"]


def test_frequencies_work_as_over_any_corpus() -> None:
    assert nltk.FreqDist(w.lower() for w in CORPUS.words(FLOOD))["di"] > 3


def test_withheld_articles_have_a_name_and_no_words() -> None:
    name = "pakistan-as-kontra-terorisme"
    assert name in CORPUS.fileids() and CORPUS.words(name) == [] and CORPUS.claims(name) == [] and CORPUS.spam_regions(name)


def test_claims_are_editorial_and_the_reader_names_itself() -> None:
    assert not any("Finansia" in claim["text"] for claim in CORPUS.claims())
    assert repr(CORPUS).startswith("<SisipanCorpusReader in ")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(SisipanError, match="not both"):
        CORPUS.words(fileids=FLOOD, categories="disaster")
    with pytest.raises(SisipanError, match="'nope' is no category"):
        CORPUS.fileids("nope")
    with pytest.raises(SisipanError, match="'nope' is no article of this release"):
        CORPUS.words("nope")
    with pytest.raises(SisipanError, match="'nope' is no category; they are agriculture_fisheries"):
        CORPUS.words(categories="nope")
    with pytest.raises(SisipanError, match="'colour' is no field to group by"):
        SisipanCorpusReader(REPOSITORY, by="colour")
