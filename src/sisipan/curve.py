"""A plain CRF for entities, and how it grows with the training data.

Features are a word, its neighbours, affixes and shapes: no list of names, no embedding, so that what it learns is what
the corpus teaches. Scores are strict F1 over spans of person, place and organisation, which other sets share.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from sisipan.errors import SisipanError
from sisipan.score import ZERO, Labelled, Score, strict
from sisipan.views import untagged

Sentence = list[tuple[str, str]]
COARSE = {"PER": "PER", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC", "ORG": "ORG", "NOR": "ORG", "PERSON": "PER", "PLACE": "LOC", "ORGANISATION": "ORG"}


def coarse(tag: str) -> str:
    """A BIO tag over person, place and organisation; everything else is O."""
    prefix, _, label = tag.partition("-")
    return f"{prefix}-{COARSE[label]}" if label in COARSE else "O"


def read_columns(path: Path) -> list[Sentence]:
    """Sentences of a file with a word a line, its tag in the last column, a blank line between sentences."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SisipanError(f"{path}: cannot be read ({error})") from None
    sentences: list[Sentence] = [[]]
    for number, line in enumerate(lines, start=1):
        parts = line.split()
        if not parts:
            sentences.append([])
        elif len(parts) < 2:
            raise SisipanError(f"{path}:{number}: expected a word and a tag, found {line!r}")
        else:
            sentences[-1].append((parts[0], coarse(parts[-1])))
    return [sentence for sentence in sentences if sentence]


def shape(word: str) -> str:
    """`Rp1,5` gives `Xxd,d`: upper, lower, digit, runs shortened."""
    out = ""
    for character in word:
        kind = "X" if character.isupper() else "x" if character.islower() else "d" if character.isdigit() else character
        out += "" if out.endswith(kind) else kind
    return out


def features(words: Sequence[str]) -> list[list[str]]:
    """Features of each word of a sentence."""
    low = [word.lower() for word in words]
    shapes = [shape(word)[:8] for word in words]
    out = []
    for at in range(len(words)):
        found = ["bias", f"p4={low[at][:4]}", f"s2={low[at][-2:]}"]
        for step in (-2, -1, 0, 1, 2):
            other = at + step
            if not 0 <= other < len(words):
                found.append(f"w{step}=<>")
                continue
            found += [f"w{step}={low[other]}", f"h{step}={shapes[other]}"]
            if abs(step) < 2:
                found += [f"p{step}={low[other][:3]}", f"s{step}={low[other][-3:]}"]
        found += [f"ww={low[at]} {low[at + 1]}"] if at + 1 < len(words) else []
        found += [f"vw={low[at - 1]} {low[at]}"] if at else []
        out.append(found)
    return out


Describe = Callable[[Sequence[str]], list[list[str]]]


def train(sentences: Iterable[tuple[Sequence[str], Sequence[str]]], iterations: int = 120, describe: Describe = features) -> Any:
    """A CRF (python-crfsuite, L-BFGS of at most so many iterations) trained on (words, tags)."""
    try:
        import pycrfsuite
    except ImportError:
        raise SisipanError("this needs python-crfsuite: pip install 'sisipan[baselines]'") from None
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.set_params({"c1": 0.1, "c2": 0.01, "max_iterations": iterations})
    for words, tags in sentences:
        trainer.append(describe(words), list(tags))
    tagger = pycrfsuite.Tagger()
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.crf"
        trainer.train(str(model))
        tagger.open(str(model))  # read whole: the file may go
    return tagger


def spans(tags: Sequence[str]) -> list[Labelled]:
    """`(first, past the last, label)` in words; an I- after another label begins a span, as conlleval has it."""
    return untagged([(at, at + 1) for at in range(len(tags))], tags)


def apart(sentences: Iterable[Sentence]) -> list[tuple[list[str], list[str]]]:
    """Words and tags of each sentence, as `train` takes them."""
    return [([word for word, _ in sentence], [tag for _, tag in sentence]) for sentence in sentences]


def evaluate(tagger: Any, sentences: Iterable[Sentence]) -> Score:
    """Strict score of a tagger over sentences."""
    return sum((strict(spans([t for _, t in s]), spans(tagger.tag(features([w for w, _ in s])))) for s in sentences), ZERO)


def sample(articles: Sequence[str], share: float) -> list[str]:
    """A share of the articles, the same ones every time; smaller samples lie within larger ones."""
    ordered = sorted(articles)
    random.Random(20261101).shuffle(ordered)
    return sorted(ordered[: round(len(ordered) * share)])
