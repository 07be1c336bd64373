"""The baselines learn what a small corpus teaches, and give predictions that the scorer takes."""

from __future__ import annotations

from dataclasses import replace

from spans import FLOOD

from sisipan.baselines import checkworthy, predict
from sisipan.model import Claim, Entity, Spam
from sisipan.scoreboard import layer_score, paired

PLACES = ["Demak", "Kudus", "Blora", "Tuban", "Pati", "Jepara", "Kendal", "Batang"]


def article(n: int, place: str) -> object:
    """A page with a place, a claim with a figure, a line of spam."""
    text = f"Banjir di {place}\n\nSedikitnya {n + 20} rumah rusak di {place}. Hujan masih turun.\n\nslot gacor maxwin {place.lower()}88 daftar"
    at = text.index(place, 12)
    claim, spam = text.index("Sedikitnya"), text.index("slot gacor")
    return replace(
        FLOOD, id=f"a{n}", text=text, text_sha256=str(n), split="train",
        entities=(Entity("e1", 10, 10 + len(place), place, "GPE"), Entity("e2", at, at + len(place), place, "GPE")),
        claims=(Claim("c1", claim, at + len(place), text[claim : at + len(place)], "statistic", None, None, None, True),),
        spam=(Spam("s1", spam, len(text), text[spam:], "slot", "keyword_tail", "none"),),
    )  # fmt: skip


ARTICLES = [article(n, place) for n, place in enumerate(PLACES)]


def test_every_layer_is_learnt_and_scored() -> None:
    for layer in ("entities", "claims", "spam"):
        found = layer_score(paired(ARTICLES[-2:], predict(layer, ARTICLES[:-2] * 3, ARTICLES[-2:])), layer, 5)
        assert found.scores["strict"].f1 > 0.9, layer


def test_sentences_that_matter_are_told_apart() -> None:
    assert checkworthy(ARTICLES[:-2], ARTICLES[-2:])["average_precision"] == 1.0
