"""Each sign of a toy is seen where it is, and not where it is not."""

from __future__ import annotations

from dataclasses import replace

from conftest import BASE

from sisipan.build import load_article
from sisipan.shingles import editorial_text, shared_shares, shingles
from sisipan.signs import near_duplicates, openings, repeated_sentences, signs, unique_share, vocabulary

FLOOD = load_article(BASE, "banjir-demak")
SALT = load_article(BASE, "panen-garam")
RAIN = "Hujan turun di lereng utara sejak dini hari tadi pagi."


def test_the_base_has_none() -> None:
    assert all(sign.holds for sign in signs([FLOOD, SALT]))


def test_shingles_are_runs_of_five_words() -> None:
    assert shingles("Satu dua, TIGA empat lima enam") == {("satu", "dua", "tiga", "empat", "lima"), ("dua", "tiga", "empat", "lima", "enam")}
    assert shingles("empat kata saja ini") == frozenset()
    assert list(shared_shares({"a": "a b c d e f", "b": "x a b c d e y", "c": "q"})) == [("a", "b", 0.5)]


def test_a_copied_passage_is_a_near_duplicate_and_a_repeated_sentence() -> None:
    texts = {"a": f"Judul\n\n{RAIN} Lain sekali.", "b": f"Tajuk\n\nAwal. {RAIN}", "c": "Ketiga\n\nTanpa hujan."}
    assert not near_duplicates(texts).holds
    assert repeated_sentences(texts).examples == ("hujan turun di lereng utara sejak dini hari tadi pagi (a, b)",)
    assert repeated_sentences({"a": RAIN, "b": RAIN.replace("utara", "selatan")}).holds


def test_like_openings_are_counted() -> None:
    texts = {str(n): f"Judul {n}\n\nPada hari itu juga mereka {n}" for n in range(3)}
    assert openings(texts).value == "0.0%" and not openings(texts).holds


def test_a_poor_vocabulary_is_seen_only_over_enough_words() -> None:
    assert vocabulary({"a": "kata " * 29_999}).holds
    assert not vocabulary({"a": "kata " * 30_000}).holds


def test_repeated_surfaces_are_counted() -> None:
    assert unique_share("x", ["a", "b", "b", "c"], 0.6).value == "66.7%"
    assert not unique_share("x", ["a", "a", "b", "b", "c"], 0.6).holds


def test_spam_is_no_editorial_text() -> None:
    assert "Togel" not in editorial_text(FLOOD) and "slot wangi" not in editorial_text(FLOOD)
    assert signs([FLOOD, replace(FLOOD, id="two", text=FLOOD.text)])[0].holds is False
