"""Time grows with what is read, not with its square: what is looked up says what plain counting says, and inputs that once hung come back."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sisipan import reanchor as anchoring
from sisipan import segment
from sisipan.anchor import anchor_document
from sisipan.checks import foreign as checks_of_others
from sisipan.checks import layers
from sisipan.checks import spans as checks_of_spans
from sisipan.checks.context import Record
from sisipan.checks.layers import reached
from sisipan.checks.others import Counting, Mark, Other, Rules
from sisipan.convert.regions import Link, Page, Region, fresh_ids, to_document
from sisipan.findings import Place
from sisipan.model import Article, Claim, Entity, Range, Spam
from sisipan.offsets import from_code_points, reads, text_sha256, to_code_points
from sisipan.quotes import occurrences, resolve_quote
from sisipan.schemas import load_schemas
from sisipan.score import characters, match, partial_overlap
from sisipan.segment import sentence_spans
from sisipan.tables import ner_rows, sentence_rows, touches, touching
from sisipan.views import Removal

HANGS = 60  # seconds of the processor; each of what once hung takes few

FEW = st.text("ab ", max_size=40)
SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12), st.sampled_from("xy")).map(lambda s: (s[0], s[0] + s[1], s[2])), max_size=8)


def events(act) -> int:
    """How many calls of functions, of Python and of C, an act takes: the same on every machine."""
    count = 0

    def one(frame, event, argument) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(one)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def entities(text: str, count: int, width: int) -> list[dict]:
    return [{"id": f"e{n}", "start": n * width, "end": n * width + width - 1, "text": text[n * width : n * width + width - 1], "label": "PER"} for n in range(count)]


def test_four_times_the_spans_take_about_four_times_the_calls() -> None:
    def calls(count: int) -> list[int]:
        text = "".join(f"n{n:05} " for n in range(count))
        spans = entities(text, count, 7)
        claims = [{**span, "id": f"c{n}", "speaker": {"start": span["start"], "end": span["end"]}, "cue": None, "claimant": span["text"], "label": "event", "checkworthy": False} for n, span in enumerate(spans)]
        document = {"article": "x", "text_sha256": text_sha256(text), "entities": spans, "claims": claims, "spam": []}
        regions = [Region("", "entities", span["start"], span["end"], "PER", {}) for span in spans]
        linked = [Region(span["id"], "claims", span["start"], span["end"], "event", {"checkworthy": True}) for span in claims]
        page = Page("x", text, (*fresh_ids(regions), *linked), tuple(Link(f"c{n}", "claimant", f"e{n + 1}") for n in range(count)))
        labelled = [(span["start"], span["end"], "PER") for span in spans]
        removal = Removal.of((start, end) for start, end, _ in labelled)
        acts = (
            lambda: anchor_document(text, document),
            lambda: anchor_document("baru " + text, document),
            lambda: anchor_document("baru " + text, document, text),
            lambda: to_document(page),
            lambda: match(labelled, labelled),
            lambda: partial_overlap(labelled, labelled),
            lambda: [removal.place(start) for start, _, _ in labelled],
        )
        return [events(act) for act in acts]

    for few, many in zip(calls(200), calls(800)):
        assert many < 6 * few


def layered(count: int) -> Article:
    """An article with so many sentences, each with an entity and a claim, a spam region behind every one."""
    line = "Rita Sari datang ke pasar pagi. slot gacor99 \n"
    width = len(line)
    at = range(0, count * width, width)
    text = line * count
    return Article(
        "x", "Pasar", text, "2024-01-01", "id", "written", None, "economy", "regional_brief", "x", (), "x", "CC-BY-4.0", "included", text_sha256(text), (), "train", "0.1.0",
        tuple(Entity(f"e{n}", start, start + 9, "Rita Sari", "PER") for n, start in enumerate(at)),
        tuple(Claim(f"c{n}", start, start + 30, line[:30], "event", None, Range(start, start + 9), None, True) for n, start in enumerate(at)),
        tuple(Spam(f"s{n}", start + 32, start + 44, line[32:44], "slot", "keyword_tail", "none") for n, start in enumerate(at)),
    )  # fmt: skip


class Looked(list):
    """A list that counts how often one of its items is looked at."""

    asked = 0

    def __getitem__(self, number: int) -> dict:
        self.asked += 1
        return super().__getitem__(number)


def test_checks_and_tables_grow_with_the_spans() -> None:
    def calls(count: int) -> list[int]:
        article = layered(count)
        regions = Looked({"start": span.start, "end": span.end} for span in article.spam)
        assert [some for some in reached([(span.start, span.end) for span in article.claims], regions) if some] == []
        return [regions.asked, events(lambda: list(sentence_rows(article))), events(lambda: list(ner_rows(article)))]

    for few, many in zip(calls(100), calls(400)):
        assert 0 < many < 6 * few


HALF_OPEN = st.tuples(st.integers(0, 20), st.integers(1, 9)).map(lambda r: (r[0], r[0] + r[1]))


@given(st.lists(HALF_OPEN, max_size=5), st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), max_size=5))
def test_a_range_reaches_into_the_regions_that_looking_at_every_pair_gives(regions: list, ranges: list) -> None:
    """Ranges may be empty or backwards, as those of a speaker that E304 tells of."""
    spam = [{"start": start, "end": end} for start, end in regions]
    pairs = [[one for one in spam if layers._cut(start, end, one) or layers._within(start, end, one)] for start, end in ranges]
    found = [[one for one in some if layers._cut(start, end, one) or layers._within(start, end, one)] for (start, end), some in zip(ranges, reached(ranges, spam))]
    assert found == pairs


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)).map(lambda r: Range(r[0], r[0] + r[1])), max_size=6), st.tuples(st.integers(0, 25), st.integers(0, 25)))
def test_what_touches_is_what_shares_a_code_point_with_any(spans: list, asked: tuple) -> None:
    assert touching(spans)(*asked) == bool(set(range(*asked)) & {at for span in spans for at in range(span.start, span.end)}) == touches(spans, *asked)


@given(FEW, st.integers(0, 45), st.integers(0, 45), st.text("ab ", max_size=6))
def test_a_range_reads_what_its_slice_is(text: str, start: int, end: int, surface: str) -> None:
    assert reads(text, start, end, surface) == (text[start:end] == surface)
    assert reads(text, start, end, text[start:end])


def test_only_so_much_of_a_record_is_searched_for_surfaces_that_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first are told where they stand; the units are tried for all."""
    text = "xRita Doni Sari \U0001f600 Tuti"
    spans = [{"id": f"e{n}", "start": at, "end": at + 4, "text": words, "label": "PER"} for n, (at, words) in enumerate([(0, "Rita"), (5, "Doni"), (10, "Sari"), (19, "Tuti")])]
    document = {"article": "x", "text_sha256": text_sha256(text), "entities": spans, "claims": [], "spam": []}
    monkeypatch.setattr(checks_of_spans, "SEARCHED", 2 * len(text))
    hints = [hit.message.split("; ")[1] for hit in checks_of_spans.quote_mismatch.run(Record("x", {"text": text, **document}, load_schemas()))]
    assert hints == ["it stands at 1:5: run `sisipan anchor`", "it stands at 6:10: run `sisipan anchor`", "run `sisipan anchor`", "the offsets fit UTF-16 units: convert them"]
    monkeypatch.setattr(checks_of_others, "SEARCHED", 2 * len(text))
    marks = tuple(Mark(Place("row", (n,)), n, span["start"], span["end"], (span["start"], span["end"]), surface=span["text"]) for n, span in enumerate(spans[:3]))
    other = Other("x", text, Counting(), ((Rules("entities"), marks),))
    hints = [hit.message.partition("; ")[2] for hit in checks_of_others._quote(other)]
    assert hints == ["it stands at 1:5", "it stands at 6:10", ""]


@given(FEW, st.text("ab ", min_size=1, max_size=6))
def test_every_place_is_found_overlapping_ones_too(text: str, needle: str) -> None:
    assert occurrences(text, needle) == [(at, at + len(needle)) for at in range(len(text)) if text.startswith(needle, at)]


@given(st.text("a\u00e9\u20ac\U0001f600\ud800", max_size=12), st.data())
def test_offsets_in_other_units_are_those_of_the_encoded_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for unit, (encoding, width) in {"utf-16": ("utf-16-le", 2), "utf-8": ("utf-8", 1)}.items():
        there = tuple(len(text[:at].encode(encoding, "surrogatepass")) // width for at in (start, end))
        assert from_code_points(text, start, end, unit) == there
        assert to_code_points(text, *there, unit) == (start, end)


@given(SPANS, SPANS)
def test_scores_are_what_counting_every_pair_gives(gold: list, predicted: list) -> None:
    a, b = ({at for s, e, _ in spans for at in range(s, e)} for spans in (gold, predicted))
    found = characters(gold, predicted)
    assert (found.hit_p, found.found, found.hit_r, found.wanted) == (len(a & b), len(b), len(a & b), len(a))
    pairs = sorted((-min(g[1], p[1]) + max(g[0], p[0]), g[2] != p[2], g, p, i, j) for i, g in enumerate(gold) for j, p in enumerate(predicted) if max(g[0], p[0]) < min(g[1], p[1]))
    left, right, wanted = set(), set(), []
    for *_, i, j in pairs:
        if i not in left and j not in right:
            wanted.append((i, j))
            left.add(i)
            right.add(j)
    assert match(gold, predicted) == sorted(wanted)
    covered = lambda ones, others: sum(sum(any(s <= at < e and label == other for s, e, other in others) for at in range(start, end)) / (end - start) for start, end, label in ones)  # noqa: E731
    part = partial_overlap(gold, predicted)
    assert abs(part.hit_p - covered(predicted, gold)) < 1e-9 and abs(part.hit_r - covered(gold, predicted)) < 1e-9


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6)).map(lambda r: (r[0], r[0] + r[1])), max_size=6))
def test_what_is_left_is_where_it_was_and_back(ranges: list) -> None:
    removal = Removal.of(ranges)
    kept = [at for at in range(40) if not any(a <= at < b for a, b in ranges)]
    for new, old in enumerate(kept):
        assert removal.place(old) == new and removal.back(new) == old
    for at in range(40):
        assert removal.place(at) == sum(one < at for one in kept)


PIECES = st.lists(st.sampled_from(["a", "b", " ", "kata", "\n", "."]), max_size=30)


@settings(max_examples=200)
@given(PIECES, PIECES, st.integers(0, 40))
def test_texts_divided_by_what_stands_once_match_only_what_is_equal(old: list, new: list, bound: int) -> None:
    before, anchoring._PAIRS = anchoring._PAIRS, bound
    try:
        x = y = 0
        for a, b, length in anchoring._matching(old, new):
            assert a >= x and b >= y and old[a : a + length] == new[b : b + length]
            x, y = a + length, b + length
    finally:
        anchoring._PAIRS = before


def test_an_edit_of_a_long_text_moves_every_span_but_the_one_that_it_cuts() -> None:
    text = "".join(f"orang ke {n % 50} datang\n" for n in range(4_000))
    at = text.index("orang", len(text) // 2)
    edited = text[: at + 3] + " sisip " + text[at + 3 :]
    starts = [n for n in range(0, len(text), 97) if text[n : n + 5].strip()]
    spans = [{"id": f"e{n}", "start": s, "end": s + 5, "text": text[s : s + 5], "label": "PER"} for n, s in enumerate(sorted({*starts, at}))]
    layers, refused = anchoring.reanchor(edited, {"entities": spans}, text)
    assert [line.split()[1] for line in refused] == [span["id"] for span in spans if span["start"] < at + 3 < span["end"]]
    for before, after in zip(spans, layers["entities"]):
        if not before["start"] < at + 3 < before["end"]:
            assert after["start"] == before["start"] + (7 if before["start"] > at else 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["Satu dua. ", "dr. H. Ali ", "tiga ", "(\"Ya.\") ", "3.500 ", "! ", "A. ", ". "]), max_size=60), st.integers(20, 90))
def test_sentences_are_the_same_in_pieces_as_at_once(parts: list, size: int) -> None:
    line = "".join(parts)
    whole = list(segment._punkt().span_tokenize(line))
    before, segment._AT_ONCE = segment._AT_ONCE, size
    try:
        assert list(segment._sentences(line)) == whole
    finally:
        segment._AT_ONCE = before


def test_what_once_hung_comes_back() -> None:
    """Each of these took minutes, or was stopped by NLTK, which watches the clock."""
    long = "a" * 1_000_000
    words = "kata " * 200_000
    hung = {
        "a long quote in a text of one letter": lambda: len(occurrences(long, "a" * 500_000)),
        "a long quote that is nowhere": lambda: anchor_document(words, {"entities": [{"exact": "kata bata " * 10_000, "label": "PER"}]}),
        "the same quote again and again": lambda: anchor_document(words, {"entities": [{"exact": "kata", "label": "PER"}] * 1_000}),
        "a text whose every word is the same": lambda: anchoring.reanchor("baru " + words, {"entities": entities(words, 1_000, 5)}, words),
        "one line of short sentences": lambda: sentence_spans("Satu dua. Tiga " * 20_000),
        "one line of blanks": lambda: sentence_spans(" " * 100_000 + "Satu."),
        "a speaker that stands everywhere": lambda: [resolve_quote(long[:100_000] + " kata", {"exact": "a"}, (99_999, 100_000)) for _ in range(1)],
    }
    for name, act in hung.items():
        began = time.process_time()
        try:
            act()
        except Exception as error:  # noqa: BLE001  a quote that stands twice is told, not hung upon
            assert "stands" in str(error), name
        assert time.process_time() - began < HANGS, name
