"""Formats that one can only export to: CoNLL columns and spaCy DocBin, with the spans and labels of each layer.

Spans that no run of tokens fits are reported. CoNLL has labels alone; DocBin has the other attributes in `doc.user_data`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sisipan.errors import SisipanError
from sisipan.model import LAYERS, Article
from sisipan.tables import sentences_of
from sisipan.views import tagged, words

Lost = list[tuple[str, str]]


def conll(articles: Iterable[Article]) -> tuple[str, Lost]:
    """Tab-separated columns: token, start, end, BIO tags of entities, claims, spam; a blank line after each sentence, `# id = …` before each article. And what did not fit, as (article, span)."""
    lines: list[str] = []
    lost: Lost = []
    for article in articles:
        offsets = words(article, cut=True)
        columns = [tagged(article, offsets, layer=layer) for layer in LAYERS]
        lost += [(article.id, span) for column in columns for span in column.unaligned]
        ends = {end for _, end in sentences_of(article)}
        lines += [f"# id = {article.id}", f"# text_sha256 = {article.text_sha256}"]
        for n, (start, end) in enumerate(offsets):
            lines.append("\t".join([article.text[start:end], str(start), str(end), *(column.tags[n] or "O" for column in columns)]))
            if end in ends:
                lines.append("")
        lines += [] if lines[-1] == "" else [""]
    return "".join(f"{line}\n" for line in lines), lost


def docbin(articles: Iterable[Article]) -> tuple[bytes, Lost]:
    """A spaCy DocBin: entities as `doc.ents`, each layer as a span group of its name, the id in `doc.user_data`. And what did not fit."""
    try:
        import spacy
        from spacy.tokens import Doc, DocBin
    except ImportError:
        raise SisipanError("DocBin needs spaCy: pip install 'sisipan[spacy]'") from None
    vocab = spacy.blank("id").vocab
    store = DocBin(store_user_data=True)
    lost: Lost = []
    for article in articles:
        doc = _doc(Doc, vocab, article)
        for layer in LAYERS:
            group = []
            for span in getattr(article, layer):
                made = doc.char_span(span.start, span.end, label=span.label, span_id=span.id)
                if made is None:
                    lost.append((article.id, span.id))
                else:
                    group.append(made)
            doc.spans[layer] = group
        doc.ents = list(doc.spans["entities"])
        doc.user_data["attributes"] = {span.id: {k: v for k, v in asdict(span).items() if k not in ("id", "start", "end", "text", "label")} for layer in LAYERS[1:] for span in getattr(article, layer)}
        store.add(doc)
    return store.to_bytes(), lost


def _doc(kind: Any, vocab: Any, article: Article) -> Any:
    """A Doc over the project's tokens whose text is exactly the article's: white space is tokens, too."""
    pieces, at = [], 0
    for start, end in words(article, cut=True):
        pieces += [article.text[at:start]] if at < start else []
        pieces.append(article.text[start:end])
        at = end
    pieces += [article.text[at:]] if at < len(article.text) else []
    tokens: list[str] = []
    spaces: list[bool] = []
    for piece in pieces:
        if piece == " " and tokens and not spaces[-1] and tokens[-1].strip():
            spaces[-1] = True
        else:
            tokens.append(piece)
            spaces.append(False)
    doc = kind(vocab, words=tokens, spaces=spaces)
    doc.user_data["id"] = article.id
    doc.user_data["text_sha256"] = article.text_sha256
    return doc
