"""Training examples: made of the training split alone, exact in their regions, the same for the same seed."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sisipan.load import folder_reader, read_articles
from sisipan.schemas import load_schemas
from sisipan.tag.fold import fold
from sisipan.tag.model import TAGS
from sisipan.tag.training.disguise import disguised, scrambled
from sisipan.tag.training.examples import examples
from sisipan.tag.training.pieces import Example, without_regions
from sisipan.tag.training.swaps import exchange, sprinkled, swapped
from sisipan.tag.training.train import Recipe, tagged, train
from sisipan.tag.words import cut

DISGUISES = ("leet", "spacing", "fancy_unicode", "homoglyph", "zero_width", "emoji")


@cache
def articles() -> list:
    held = read_articles(folder_reader(Path(__file__).parents[1]), load_schemas())[1]
    return [a for a in held if a.split == "train" and a.text is not None][:40]


def test_examples_hold_their_regions_and_are_the_same_for_a_seed() -> None:
    made = list(examples(articles(), 3, 5))
    assert made == list(examples(articles(), 3, 5)) != list(examples(articles(), 3, 6))
    assert len(made) == 4 * len(articles()) and [one.text for one in made[: len(articles())]] == [a.text for a in articles()]
    labels = set(load_schemas().labels("spam"))
    for one in made:
        at = 0
        for start, end, label in one.regions:
            assert at <= start < end <= len(one.text) and label in labels
            at = end
    assert sum(bool(one.regions) for one in made) > len(made) / 3 and sum(not one.regions for one in made) > len(made) / 5


def test_what_is_left_out_is_not_made() -> None:
    learn = [without_regions(a, DISGUISES) for a in articles()]
    for before, after in zip(articles(), learn):
        kept = [s.text for s in before.spam if s.obfuscation not in DISGUISES]
        assert [after.text[s.start : s.end] for s in after.spam] == kept
    hosts = {surface for a in learn for _, surface, _ in cut(a.text)}
    for without, ways in ((("fancy_unicode",), {"fancy"}), (("zero_width",), {"zero_width"}), (("homoglyph",), {"homoglyph"})):
        found = [surface for one in examples(learn, 4, 1, without) for _, surface, kind in cut(one.text) if kind == "word" and fold(surface)[1] & ways]
        assert not set(found) - hosts
    assert any(fold(surface)[1] & {"fancy"} for one in examples(learn, 4, 1) for _, surface, kind in cut(one.text) if kind == "word")


def test_disguises_fold_back_and_scrambling_spares_the_spam() -> None:
    for seed in range(40):
        text = disguised("slot gacor maxwin", random.Random(seed))
        plain = "".join(fold(surface)[0] for _, surface, kind in cut(text) if kind in ("word", "spaced"))
        assert plain.translate(str.maketrans("431057", "aeiost")) == "slotgacormaxwin" or "-" in text, text
    text = "Rapat desa ditutup. slot gacor! Lihat https://desa.go.id segera."
    out = scrambled(text, [(20, 30, "slot")], random.Random(1))
    assert len(out) == len(text) and out[20:30] == "slot gacor" and "https://desa.go.id" in out and out[:5] != text[:5]


def test_words_are_exchanged_within_their_trade_and_regions_move_along() -> None:
    example = Example("Polisi menyita mesin slot di pasar. Slot gacor hari ini", ((36, 55, "slot"),))
    for seed in range(30):
        one = swapped(example, 1.0, random.Random(seed))
        [(start, end, _)] = one.regions
        assert one.text[end:] == "" and one.text[start - 2 : start] == ". " and one.text[start].isupper()
        assert one.text[start:end].split()[0].lower() in exchange()["slot"] and one.text[start:end].endswith("hari ini")
    strewn = sprinkled(example, random.Random(3))
    [(start, end, _)] = strewn.regions
    assert strewn.text[start:end] == "Slot gacor hari ini"


def test_tags_of_tokens() -> None:
    starts, ends = np.array([0, 4, 9, 10, 12]), np.array([3, 8, 10, 11, 15])
    tags, trades = tagged(starts, ends, [(0, 8, "slot"), (12, 15, "togel")], ["slot", "togel"])
    assert "".join(TAGS[tag] for tag in tags) == "BEOOU" and trades.tolist() == [0, 0, -1, -1, 1]


def test_the_same_seed_gives_the_same_bytes() -> None:
    pytest.importorskip("torch", reason="PyTorch is the extra `train`")
    recipe = Recipe(rounds=1, epochs=1)
    labels = load_schemas().labels("spam")
    one, two = (train(articles(), labels, recipe, {"a": 1}) for _ in range(2))
    assert one == two != train(articles(), labels, Recipe(rounds=1, epochs=1, seed=9), {"a": 1})
