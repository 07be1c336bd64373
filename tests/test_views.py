"""Views: tags of any tokens, labelled sentences, claims in words, clean text with exact spans, masks; inside `Dataset.map`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st
from spans import FLOOD, articles

from sisipan.errors import SisipanError
from sisipan.load import load_with_datasets
from sisipan.model import Entity, article_to_record
from sisipan.views import Removal, as_article, batched, claims, mask, sentences, tagged, untagged, without_spam, words


def with_entities(text: str, *found: tuple[str, str]) -> object:
    """The flood article with another text and entities given by their words."""
    entities = tuple(Entity(f"e{n}", text.index(w), text.index(w) + len(w), w, label) for n, (w, label) in enumerate(found, 1))
    return replace(FLOOD, text=text, entities=entities, claims=(), spam=())


HOTEL = with_entities("Joko Widodo tiba di DemakRaya.", ("Joko Widodo", "PER"), ("Demak", "GPE"))


def test_tags_in_both_schemes_and_what_fits_no_token() -> None:
    found = tagged(HOTEL)
    assert found.tokens == ("Joko", "Widodo", "tiba", "di", "DemakRaya", ".")
    assert found.tags == ("B-PER", "I-PER", "O", "O", "O", "O") and found.unaligned == ("e2",)
    cut = tagged(HOTEL, words(HOTEL, cut=True), scheme="BILOU")
    assert cut.tags == ("B-PER", "L-PER", "O", "O", "U-GPE", "O", "O") and cut.unaligned == ()


def test_tokens_of_a_fast_tokenizer() -> None:
    """Special tokens have no tag, a leading space is no part of a token, one character may be several tokens."""
    text = with_entities("di 😀 Demak", ("😀", "PRD"), ("Demak", "GPE"))
    offsets = [(0, 0), (0, 2), (2, 4), (3, 4), (4, 7), (7, 10), (0, 0)]
    assert tagged(text, offsets).tags == (None, "O", "B-PRD", "I-PRD", "B-GPE", "I-GPE", None)
    with pytest.raises(SisipanError, match="banjir-demak: the offset 9:11 is outside the text, which has 10 code points; is it of another text"):
        tagged(text, [(9, 11)])


def test_real_tokenizers_lose_no_span_in_silence() -> None:
    tokenizers = pytest.importorskip("tokenizers")
    pieces = tokenizers.Tokenizer(tokenizers.models.BPE())
    pieces.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.train_from_iterator([FLOOD.text], tokenizers.trainers.BpeTrainer(vocab_size=300, initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    offsets = pieces.encode(FLOOD.text).offsets
    found = tagged(FLOOD, offsets)
    back = untagged(found.offsets, found.tags, FLOOD.text)
    assert back == [(e.start, e.end, e.label) for e in FLOOD.entities if e.id not in found.unaligned]
    assert len(found.unaligned) < len(FLOOD.entities)


@given(articles(), st.sampled_from(["BIO", "BILOU"]))
def test_tags_over_cut_words_give_the_spans_back(article: object, scheme: str) -> None:
    found = tagged(article, words(article, cut=True), scheme=scheme)
    kept = [(e.start, e.end, e.label) for e in article.entities if e.id not in found.unaligned]
    assert untagged(found.offsets, found.tags) == kept
    for e in article.entities:
        if e.id in found.unaligned:
            assert e.text != e.text.strip() or not e.text.strip(), "only spans with white space at an edge do not fit"


@given(articles())
def test_taking_spam_out_keeps_every_other_character_and_span(article: object) -> None:
    clean = without_spam(article)
    assert clean.text == "".join(c for c, inside in zip(article.text, mask(article)) if not inside)
    removal = Removal.of((s.start, s.end) for s in article.spam)
    for old, new in zip((*article.entities, *article.claims), (*clean.entities, *clean.claims)):
        assert new.text == clean.text[new.start : new.end]
        assert new.text == removal.text(article.text)[removal.place(old.start) : removal.place(old.end)]
        assert new.text == Removal.of((max(a, old.start) - old.start, min(b, old.end) - old.start) for a, b in removal.ranges if a < old.end and old.start < b).text(old.text)
    assert clean.spam == () and without_spam(clean).text == clean.text


@given(articles(), st.data())
def test_places_of_the_clean_text_go_back(article: object, data: st.DataObject) -> None:
    removal = Removal.of((s.start, s.end) for s in article.spam)
    clean = removal.text(article.text)
    at = data.draw(st.integers(0, max(0, len(clean) - 1)))
    if clean:
        assert article.text[removal.back(at)] == clean[at] and removal.place(removal.back(at)) == at


def test_a_headline_loses_its_spam_and_the_hash_is_that_of_the_clean_text() -> None:
    first = FLOOD.text.partition("\n")[0]
    dirty = replace(FLOOD, title=first)
    assert without_spam(dirty).title == without_spam(dirty).text.partition("\n")[0]
    assert without_spam(dirty).text_sha256 != FLOOD.text_sha256 or not FLOOD.spam


def test_sentences_and_claims_in_words() -> None:
    rows = sentences(FLOOD)
    assert all(FLOOD.text[row["start"] : row["end"]] == row["text"] for row in rows)
    assert any(row["has_claim"] for row in rows) and any(row["touches_spam"] for row in rows)
    first = next(c for c in claims(FLOOD) if c["speaker"])
    assert first["text"] in FLOOD.text and first["speaker"] in FLOOD.text and (first["claimant"] is None or first["claimant"] in FLOOD.text)


def test_records_of_datasets_and_of_sources_are_the_same_article() -> None:
    rows = load_with_datasets(REPOSITORY)["validation"]
    article = as_article(rows[0])
    assert as_article(article_to_record(article)) == article == as_article(article)
    assert isinstance(article.topic, str) and article.published.count("-") == 2


def test_views_run_inside_map() -> None:
    rows = load_with_datasets(REPOSITORY)["validation"].select(range(3))
    plain = [sentence["text"] for row in rows for sentence in sentences(row)]
    assert rows.map(batched(sentences), batched=True, remove_columns=rows.column_names)["text"][:] == plain
    for view in (sentences, claims, without_spam, mask, tagged):
        mapped = rows.map(batched(view), batched=True, remove_columns=rows.column_names)
        nothing = batched(view)({"id": ["w"], "text": [None]})
        assert set(nothing) == set(mapped.column_names) and not any(nothing.values()), "a batch of withheld articles has the columns of the others"
    tags = rows.map(batched(lambda r: {"id": r["id"], "tags": tagged(r).tags}), batched=True, remove_columns=rows.column_names)
    assert [list(t) for t in tags["tags"]] == [list(tagged(row).tags) for row in rows]


def test_what_cannot_be_viewed_is_refused_by_name() -> None:
    with pytest.raises(SisipanError, match="its text is withheld"):
        as_article(replace(FLOOD, text=None))
    with pytest.raises(SisipanError, match="x: no record of the configuration `articles`"):
        as_article({"id": "x", "text": "y"})
    with pytest.raises(SisipanError, match="'topics' is no layer; they are entities, claims, spam"):
        mask(FLOOD, "topics")
    with pytest.raises(SisipanError, match="'IOB' is no scheme; they are BIO, BILOU"):
        tagged(FLOOD, scheme="IOB")
    with pytest.raises(SisipanError, match="the record: no record of the configuration"):
        as_article([1])
    record = article_to_record(FLOOD)
    for wrong in ({"topic": -1}, {"topic": "poetry"}, {"entities": [{**record["entities"][0], "end": 10**7}]}, {"text": 5}):
        with pytest.raises(SisipanError, match="banjir-demak: no record"):
            as_article({**record, **wrong})
