"""Each signal of the audit sees the slip that it is for, and not its sound twin; what was looked at is not listed again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import BASE

from sisipan.audit import SIGNALS, Suspicion, audit, format_accepted, key, parse_accepted
from sisipan.build import load_article
from sisipan.cli import cli
from sisipan.errors import SisipanError
from sisipan.model import Article, Claim, Entity, Range, Spam

FLOOD = load_article(BASE, "banjir-demak")


def article(text: str, *, id: str = "a", entities: tuple = (), claims: tuple = (), spam: tuple = (), brands: tuple = ()) -> Article:
    """An article of the given text; spans are given by their words."""

    def at(words: str) -> dict:
        return {"start": text.index(words), "end": text.index(words) + len(words), "text": words}

    return replace(
        FLOOD,
        id=id,
        text=text,
        text_sha256=id,
        brands=brands,
        entities=tuple(Entity(id=f"e{n}", label=label, **at(words)) for n, (words, label) in enumerate(entities)),
        claims=tuple(Claim(id=f"c{n}", label=label, claimant=None, speaker=None, cue=Range(at(cue)["start"], at(cue)["end"]) if cue else None, checkworthy=False, **at(words)) for n, (words, label, cue) in enumerate(claims)),
        spam=tuple(Spam(id=f"s{n}", label="slot", form="keyword_tail", obfuscation="none", **at(words)) for n, words in enumerate(spam)),
    )


def found(signal: str, *articles: Article) -> list[str]:
    """The words that a signal names."""
    texts = {one.id: one.text for one in articles}
    return [texts[s.article][s.start : s.end] for s in audit(articles, [signal])]


def test_a_name_tagged_elsewhere_and_bare_here() -> None:
    tagged = article("Judul\n\nRapat di Kudus selesai.", entities=(("Kudus", "GPE"),))
    assert found("bare_name", tagged, article("Judul\n\nIa tiba di Kudus.", id="b")) == ["Kudus"]
    assert found("bare_name", tagged, article("Judul\n\nIa tiba di Kudus.", id="b", spam=("di Kudus",))) == []
    common = [article("Judul\n\nSemua kota ramai.", id=f"k{n}") for n in range(2)]
    assert found("bare_name", article("Judul\n\nKe Kota.", entities=(("Kota", "LOC"),)), article("Judul\n\nKata Wali Kota itu.", id="b"), *common) == []
    assert found("bare_name", tagged, article("Judul\n\nKudus itu suci. Kekudusan.", id="b")) == [], "a capital at the start of a sentence proves nothing"


def test_a_longer_name_is_looked_for_first() -> None:
    tagged = article("Judul\n\nDi Bank Indonesia dan di Indonesia.", entities=(("Bank Indonesia", "ORG"),))
    assert found("bare_name", tagged, article("Judul\n\nKantor Bank Indonesia tutup.", id="b")) == ["Bank Indonesia"]


def test_a_name_with_an_unusual_label() -> None:
    usual = [article("Judul\n\nKe Kudus.", id=f"u{n}", entities=(("Kudus", "GPE"),)) for n in range(4)]
    assert found("two_labels", *usual, article("Judul\n\nLawan Kudus.", id="x", entities=(("Kudus", "ORG"),))) == ["Kudus"]
    assert found("two_labels", *usual[:3], article("Judul\n\nLawan Kudus.", id="x", entities=(("Kudus", "ORG"),))) == []


def test_a_figure_in_no_entity() -> None:
    text = "Judul\n\nAda 12 rumah dan tiga kios. Perdana Menteri datang."
    assert found("bare_figure", article(text)) == ["12", "tiga"]
    assert found("bare_figure", article(text, entities=(("12", "CRD"), ("tiga", "CRD")))) == []


def test_capitalised_words_in_no_entity() -> None:
    assert found("capital_run", article("Judul Besar Sekali\n\nIa bertemu Rudi Hartawan kemarin.")) == ["Rudi Hartawan"]
    titles = [article(f"J\n\nKata {n} itu Wakil Ketua Umum lagi.", id=f"t{n}") for n in range(3)]
    assert found("capital_run", *titles) == [], "what is bare three times is a title"
    assert found("capital_run", article("J\n\nkata Wakil Ketua Rudi itu", entities=(("Rudi", "PER"),))) == [], "and so is what stands before a name"
    assert found("capital_run", article("J\n\nisi\n» Warga Desa Menolak Bendungan Baru")) == [], "and a headline has capitals throughout"


def test_a_brand_outside_a_spam_region() -> None:
    text = "Judul\n\nKuda Emas menang. daftar kuda emas"
    assert found("brand_outside_spam", article(text, brands=("Kuda Emas",), spam=("daftar kuda emas",))) == ["Kuda Emas"]


def test_figures_in_no_claim() -> None:
    text = "12 dan 13\n\nHarga naik Rp5 juta tahun itu."
    money = (("Rp5 juta", "MON"),)
    assert found("unclaimed_figure", article(text, entities=money)) == ["Harga naik Rp5 juta tahun itu."]
    assert found("unclaimed_figure", article(text, entities=money, claims=(("Harga naik", "event", None),))) == []


def test_a_claim_that_breaks_its_page() -> None:
    text = "J\n\nHarga naik. Apakah harga turun? Harga naik 5 persen."
    assert found("odd_claim", article(text, claims=(("Harga naik", "statistic", None), ("harga turun", "state", None), ("Harga naik 5 persen", "statistic", None)))) == ["Harga naik", "harga turun"]


def test_a_reading_of_which_a_tagger_is_sure() -> None:
    names = ["Rita", "Doni", "Wati", "Jaka", "Sari", "Budi", "Tono", "Rini", "Yuda", "Lina", "Maya", "Eko"]
    many = [article(f"Judul\n\nBupati {name} tiba di kota itu. Camat {name} pulang.", id=f"n{n:02}", entities=((name, "PER"),)) for n, name in enumerate(names)]
    many = [replace(a, entities=tuple(Entity(f"e{n}", i, i + len(w), w, "PER") for n, (i, w) in enumerate((i, w) for w in names for i in range(len(a.text)) if a.text.startswith(w, i)))) for a in many]
    bare = article("Judul\n\nBupati Gita tiba di kota itu. Camat Gita pulang.", id="x")
    assert "Gita" in found("contested", *many, bare)
    assert found("contested", many[0]) == [], "one article cannot be judged by others"


def test_an_unknown_signal_is_refused() -> None:
    with pytest.raises(SisipanError, match="'nonsense' is no signal; they are untagged_mention, bare_name"):
        audit([FLOOD], ["nonsense"])


def test_the_accepted_file_survives_and_names_its_broken_line() -> None:
    one = key(Suspicion("two_labels", "a", 3, 8, "ORG here, GPE 12 times elsewhere"), "ke Demak")
    assert one == ("two_labels", "a", "Demak", "ke ", "ORG here, GPE # times elsewhere")
    lines = [(f"x:{n}", json.loads(line)) for n, line in enumerate(format_accepted([one, one]).splitlines(), 1)]
    assert parse_accepted(lines) == {one}
    assert key(Suspicion("two_labels", "a", 3, 8, "LAW here, GPE 12 times elsewhere"), "ke Demak") != one, "another label is another item"
    with pytest.raises(SisipanError, match=r"x:2: expected signal, article, words, before, why as words, found"):
        parse_accepted([*lines, ("x:2", {"signal": "oops"})])


def test_the_command_lists_accepts_and_falls_silent(root: Path) -> None:
    path = root / "annotations/gold/panen-garam.json"
    document = json.loads(path.read_text("utf-8"))
    document["entities"] = [e for e in document["entities"] if e["label"] != "MON"]
    path.write_text(json.dumps(document), "utf-8")
    run = CliRunner().invoke
    words = ["audit", "--root", str(root), "--signal", "bare_figure"]
    first = run(cli, words)
    assert first.exit_code == 1 and "corpus/panen-garam.txt:" in first.output and " to look at: bare_figure" in first.output
    assert run(cli, [*words, "--article", "banjir-demak"]).exit_code == 0
    assert run(cli, [*words, "--accept"]).exit_code == 0
    again = run(cli, words)
    assert again.exit_code == 0 and again.output.splitlines()[-1].startswith("0 to look at; ")
    others = run(cli, ["audit", "--root", str(root), "--all", *(w for name in SIGNALS if name != "two_labels" for w in ("--without", name))])
    assert others.exit_code == 0 and others.output.splitlines()[-1].startswith("0 to look at")
    nothing = root / "annotations/audited.jsonl"
    nothing.write_text("", "utf-8")
    assert run(cli, [*words, "--article", "banjir-demak"]).exit_code == 0, "an empty file has accepted nothing"
    with pytest.raises(SisipanError, match="banjir-demka: no article with gold"):
        run(cli, [*words, "--article", "banjir-demka"], catch_exceptions=False, standalone_mode=False)
    assert run(cli, [*words, "--accept"]).exit_code == 0
    listed = json.loads(run(cli, [*words, "--all", "--json"]).stdout)
    assert {item["article"] for item in listed} >= {"panen-garam"} and set(listed[0]) == {"signal", "article", "start", "end", "why", "words"}


def test_every_signal_says_what_it_lists() -> None:
    assert all(signal.__doc__ for signal in SIGNALS.values())
