"""An NLTK corpus reader over a release: words, sentences, paragraphs, entities as chunk tags, claims, spam regions.

The methods are those that NLTK's own readers have. Text is editorial: what stands in a spam region is in `spam_regions`
alone. Withheld articles have a fileid and no words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nltk.corpus.reader.api import CategorizedCorpusReader, CorpusReader

from sisipan.errors import SisipanError
from sisipan.load import folder_reader, read_articles
from sisipan.model import Article, Spam
from sisipan.schemas import load_schemas
from sisipan.segment import word_spans
from sisipan.tables import ner_rows, sentences_of
from sisipan.views import claims, without_spam

Fileids = str | Iterable[str] | None


class SisipanCorpusReader(CategorizedCorpusReader, CorpusReader):
    """`SisipanCorpusReader("path/to/sisipan")`. File ids are article ids; categories are topics, or splits with `by="split"`.

    Raises SisipanError where the folder is no release, or a file id or category is unknown.
    """

    def __init__(self, root: str | Path, by: str = "topic") -> None:
        if by not in ("topic", "register", "origin", "split"):
            raise SisipanError(f"{by!r} is no field to group by; they are topic, register, origin, split")
        _, articles = read_articles(folder_reader(Path(root)), load_schemas())
        self._articles = {article.id: article for article in articles}
        # not CorpusReader.__init__: newer versions of NLTK admit folders of NLTK data alone; it sets these
        self._root, self._fileids, self._encoding, self._tagset = str(root), sorted(self._articles), "utf-8", None
        CategorizedCorpusReader.__init__(self, {"cat_map": {name: [getattr(article, by)] for name, article in self._articles.items()}})

    def __repr__(self) -> str:
        return f"<SisipanCorpusReader in {self._root!r}, {len(self._fileids)} articles>"

    def fileids(self, categories: Fileids = None) -> list[str]:
        """The ids of the articles, or of those of some categories."""
        if categories is None:
            return list(self._fileids)
        wanted = [categories] if isinstance(categories, str) else list(categories)
        if unknown := sorted(set(wanted) - set(self.categories())):
            raise SisipanError(f"{unknown[0]!r} is no category; they are {', '.join(self.categories())}")
        return sorted(super().fileids(wanted))

    def _chosen(self, fileids: Fileids, categories: Fileids = None) -> list[Article]:
        if fileids is not None and categories is not None:
            raise SisipanError("give file ids or categories, not both")
        if categories is not None:
            fileids = self.fileids(categories)
        names = self._fileids if fileids is None else [fileids] if isinstance(fileids, str) else list(fileids)
        if unknown := [name for name in names if name not in self._articles]:
            raise SisipanError(f"{unknown[0]!r} is no article of this release")
        return [self._articles[name] for name in names]

    def _clean(self, fileids: Fileids, categories: Fileids) -> Iterator[Article]:
        return (without_spam(article) for article in self._chosen(fileids, categories) if article.text is not None)

    def raw(self, fileids: Fileids = None, categories: Fileids = None) -> str:
        """The texts as stored, spam regions in them, one after the other."""
        return "\n\n".join(article.text for article in self._chosen(fileids, categories) if article.text is not None)

    def words(self, fileids: Fileids = None, categories: Fileids = None) -> list[str]:
        """Words, numbers and signs."""
        return [article.text[a:b] for article in self._clean(fileids, categories) for a, b in word_spans(article.text)]

    def sents(self, fileids: Fileids = None, categories: Fileids = None) -> list[list[str]]:
        """Sentences as lists of words."""
        return [sentence for paragraph in self.paras(fileids, categories) for sentence in paragraph]

    def paras(self, fileids: Fileids = None, categories: Fileids = None) -> list[list[list[str]]]:
        """Paragraphs, which are the lines of a text, as lists of sentences."""
        out = []
        for article in self._clean(fileids, categories):
            lines: dict[int, list[list[str]]] = {}
            for start, end in sentences_of(article):
                sentence = article.text[start:end]
                lines.setdefault(article.text.count("\n", 0, start), []).append([sentence[a:b] for a, b in word_spans(sentence)])
            out += lines.values()
        return out

    def iob_sents(self, fileids: Fileids = None, categories: Fileids = None) -> list[list[tuple[str, str]]]:
        """Sentences as lists of (word, BIO tag of the entity); a word is cut where an entity begins or ends inside it."""
        return [list(zip(row["tokens"], row["ner_tags"])) for article in self._clean(fileids, categories) for row in ner_rows(article)]

    def iob_words(self, fileids: Fileids = None, categories: Fileids = None) -> list[tuple[str, str]]:
        """The words of `iob_sents` in one list."""
        return [pair for sentence in self.iob_sents(fileids, categories) for pair in sentence]

    def claims(self, fileids: Fileids = None, categories: Fileids = None) -> list[dict[str, Any]]:
        """Claims with the words of speaker, cue and claimant; see `sisipan.views.claims`."""
        return [claim for article in self._clean(fileids, categories) for claim in claims(article)]

    def spam_regions(self, fileids: Fileids = None, categories: Fileids = None) -> list[tuple[str, Spam]]:
        """(article id, region) of every spam region, also where the text is withheld."""
        return [(article.id, region) for article in self._chosen(fileids, categories) for region in article.spam]
