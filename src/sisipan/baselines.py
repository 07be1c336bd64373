"""A simple baseline for each layer, trained on the training split in a minute: what any other system has to beat.

Spans of every layer: a CRF over words (python-crfsuite). Check-worthiness: logistic regression over the words of a
sentence (scikit-learn). No list, no embedding, no other data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sisipan.curve import features, shape, train
from sisipan.errors import SisipanError
from sisipan.model import Article
from sisipan.scoreboard import Prediction
from sisipan.segment import sentence_spans, word_spans
from sisipan.tables import bio_tags, cut_words, sentence_rows
from sisipan.views import untagged

Offsets = list[tuple[int, int]]
ITERATIONS = 60


def _lines(article: Article) -> list[Offsets]:
    """Words of each line: a spam region often fills a line, and lines end sentences."""
    out, at = [], 0
    for line in article.text.split("\n"):
        words = [(at + a, at + b) for a, b in word_spans(line)]
        out += [words] if words else []
        at += len(line) + 1
    return out


def _sentences(article: Article) -> list[Offsets]:
    return [[(start + a, start + b) for a, b in word_spans(article.text[start:end])] for start, end in sentence_spans(article.text)]


def _spam_features(words: Sequence[str]) -> list[list[str]]:
    """Those of an entity tagger, and what disguises and addresses look like."""
    out = []
    for n, (word, found) in enumerate(zip(words, features(words))):
        more = ["nonlatin"] if any(ord(c) > 0x24F for c in word) else []
        more += ["mixed"] if any(c.isdigit() for c in word) and any(c.isalpha() for c in word) else []
        more += [f"line={min(len(words) // 8, 6)}", f"signs={sum(len(w) == 1 and not w.isalnum() for w in words) * 5 // len(words)}"]
        more += [f"far{step}={words[n + step].lower()}" for step in (-4, -3, 3, 4) if 0 <= n + step < len(words)]
        out.append([*found, *more, f"long={shape(word)[:12]}"])
    return out


_UNITS: dict[str, tuple[Callable[[Article], list[Offsets]], Callable[[Sequence[str]], list[list[str]]]]] = {
    "entities": (_sentences, features),
    "claims": (_sentences, features),
    "spam": (_lines, _spam_features),
}


def _joined(article: Article, spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Spam spans with nothing but white space between them are one region, as the guidelines have it; it keeps the label of the longest."""
    out: list[list[tuple[int, int, str]]] = []
    for span in spans:
        if out and not article.text[out[-1][-1][1] : span[0]].strip():
            out[-1].append(span)
        else:
            out.append([span])
    return [(group[0][0], group[-1][1], max(group, key=lambda s: s[1] - s[0])[2]) for group in out]


def predict(layer: str, learn: Sequence[Article], read: Sequence[Article]) -> list[Prediction]:
    """Predictions of a layer for `read` by a CRF trained on `learn`. Raises SisipanError without python-crfsuite."""
    units, describe = _UNITS[layer]
    sentences = []
    for article in learn:
        spans = sorted(getattr(article, layer), key=lambda span: span.start)
        edges = [at for span in spans for at in (span.start, span.end)]
        for words in units(article):
            offsets = cut_words(words, edges)
            sentences.append(([article.text[a:b] for a, b in offsets], bio_tags(offsets, spans)))
    tagger = train(sentences, ITERATIONS, describe)
    found = []
    for article in read:
        guessed = [span for words in units(article) for span in untagged(words, tagger.tag(describe([article.text[a:b] for a, b in words])))]
        guessed = _joined(article, guessed) if layer == "spam" else guessed
        found.append(Prediction(article.id, article.text_sha256, {name: tuple(guessed) if name == layer else () for name in _UNITS}, {}, frozenset([layer])))
    return found


def checkworthy(learn: Sequence[Article], read: Sequence[Article]) -> dict[str, float]:
    """Average precision, and F1 at one half, of logistic regression over sentences of `read`; beside them the share of check-worthy ones, which is what chance has."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import average_precision_score, f1_score
        from sklearn.pipeline import make_pipeline
    except ImportError:
        raise SisipanError("the sentence baseline needs scikit-learn: pip install 'sisipan[baselines]'") from None

    def rows(articles: Sequence[Article]) -> tuple[list[str], list[bool]]:
        found = [row for article in articles for row in sentence_rows(article) if not row["touches_spam"]]
        return [_masked(row["text"]) for row in found], [row["has_checkworthy_claim"] for row in found]

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"\S+"), LogisticRegression(C=10, class_weight="balanced", max_iter=1000, random_state=0))
    texts, wanted = rows(learn)
    model.fit(texts, wanted)
    texts, wanted = rows(read)
    scores = model.predict_proba(texts)[:, 1]
    return {"average_precision": float(average_precision_score(wanted, scores)), "f1": float(f1_score(wanted, scores >= 0.5)), "share": sum(wanted) / len(wanted)}


def _masked(text: str) -> str:
    """Words in small letters, figures by their shape."""
    words = [text[a:b].lower() for a, b in word_spans(text)]
    return " ".join("#" * min(len(word), 4) if word[0].isdigit() else word for word in words)
