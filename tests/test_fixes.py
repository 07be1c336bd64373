"""What has one right answer is mended, in text and documents together; all else is refused, and a clean file is never touched."""

from __future__ import annotations

import json
import random
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from spans import SCHEMAS, articles

from sisipan.checks import BY_CODE
from sisipan.fixes import Fixed, fix_article
from sisipan.model import LAYERS, Article, article_to_record
from sisipan.offsets import from_code_points, text_sha256
from sisipan.remap import composed, plain, plain_and_composed, with_line_feeds, without_mark
from sisipan.sourcefiles import record_of as _record
from sisipan.store import format_article, format_document, read_article, read_document

TEXT, GOLD, PASS_A = "corpus/any.txt", "annotations/gold/any.json", "annotations/pass-a/any.json"
FIXED = ("E005", "E008", "E102", "E103", "E112", "E204", "E207", "W012")
Files = dict[str, bytes]


def fixed(files: Files, earlier: frozenset[str] = frozenset()) -> Fixed:
    """The plan for an article whose files are these."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, data in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        documents = {name: read_document(root / name, root) for name in files if name != TEXT}
        return fix_article(read_article(root / TEXT, root), files[TEXT].decode(), documents, TEXT, earlier.__contains__)


def after(files: Files) -> Files:
    """The files as mended."""
    return files | {name: content.encode() for name, content in fixed(files).files.items()}


def front_of(article: Article) -> dict[str, Any]:
    """The front matter of an article."""
    return {key: value for key, value in article_to_record(article).items() if key not in ("id", "text", "text_sha256", *LAYERS)}


def document_of(article: Article) -> dict[str, Any]:
    """The document of an article."""
    record = article_to_record(article)
    return {"article": "any", "text_sha256": record["text_sha256"], **{layer: record[layer] for layer in LAYERS}}


def files_of(article: Article) -> Files:
    """An article as its files, gold and pass A alike."""
    written = format_document(document_of(article)).encode()
    return {TEXT: format_article(front_of(article), article.text).encode(), GOLD: written, PASS_A: written}


def moved(document: dict[str, Any], text: str, offset: Callable[[int], int]) -> dict[str, Any]:
    """The document with every offset moved, its hash and surfaces those of another text."""

    def one(value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "start": offset(value["start"]), "end": offset(value["end"])}

    out = {**document, "text_sha256": text_sha256(text)}
    for layer in LAYERS:
        spans = []
        for span in document[layer]:
            span = one(span) | {side: one(span[side]) for side in ("speaker", "cue") if span.get(side)}
            spans.append(span | {"text": text[span["start"] : span["end"]]})
        out[layer] = spans
    return out


def is_trimmed(article: Article) -> bool:
    """Whether no span, speaker or cue of an article starts or ends with white space."""
    sides = [side for claim in article.claims for side in (claim.speaker, claim.cue) if side]
    words = [article.text[one.start : one.end] for one in (*article.entities, *article.claims, *article.spam, *sides)]
    return all(one == one.strip() for one in words)


trimmed = articles().filter(is_trimmed)


@settings(deadline=None)
@given(trimmed)
def test_a_clean_article_is_not_touched(article: Article) -> None:
    assert fixed(files_of(article)) == Fixed({}, (), ())


@settings(deadline=None)
@given(trimmed, st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["found", "mended"]))
def test_line_ends_mark_and_normalisation_are_mended_with_the_offsets(article: Article, mark: bool, ends: bool, nfd: bool, annotated: str) -> None:
    """Whether the documents belong to the text as it was found, or to the one that it should be."""
    good = files_of(article)

    def find_ends(text: str) -> str:
        text = unicodedata.normalize("NFD", text) if nfd else text
        return text.replace("\n", "\r\n") if ends else text

    text = find_ends(article.text)
    bad = {**good, TEXT: (("\ufeff" if mark else "") + find_ends(good[TEXT].decode())).encode()}
    if annotated == "found":
        inner = text + ("\r" if ends else "")
        there = format_document(moved(document_of(article), inner, lambda at: len(find_ends(article.text[:at])))).encode()
        bad |= {GOLD: there, PASS_A: there}
    assert after(bad) == good
    assert fixed(good).files == {}


@settings(deadline=None)
@given(trimmed, st.sampled_from(["utf-16", "utf-8"]), st.booleans())
def test_offsets_of_one_unit_become_code_points(article: Article, unit: str, wrong_hash: bool) -> None:
    good = files_of(article)
    spans = [span for layer in LAYERS for span in document_of(article)[layer]]
    assume(any(from_code_points(article.text, span["start"], span["end"], unit) != (span["start"], span["end"]) for span in spans))
    counted = moved(document_of(article), article.text, lambda at: from_code_points(article.text, at, at, unit)[0])
    for layer in LAYERS:
        counted[layer] = [{**span, "text": was["text"]} for span, was in zip(counted[layer], document_of(article)[layer])]
    fits = [article.text[span["start"] : span["end"]] == span["text"] for layer in LAYERS for span in counted[layer]]
    assume(not all(fits))
    counted["text_sha256"] = "0" * 64 if wrong_hash else counted["text_sha256"]
    mended = fixed({**good, GOLD: format_document(counted).encode()})
    if not mended.refused:  # where both units fit, nothing tells them apart
        assert mended.files == {GOLD: good[GOLD].decode()}
    else:
        assert mended.refused == (f"{GOLD}: the offsets fit UTF-16 units and bytes alike",)


@settings(deadline=None)
@given(trimmed, st.randoms(use_true_random=False), st.sampled_from([None, 1]))
def test_order_and_form_are_mended(article: Article, chance: random.Random, indent: int | None) -> None:
    good = files_of(article)
    document = document_of(article)
    for layer in LAYERS:
        chance.shuffle(document[layer])
    assert after({**good, GOLD: json.dumps(document, indent=indent).encode()}) == good


@settings(deadline=None)
@given(trimmed)
def test_the_hash_is_mended_only_where_surfaces_prove_the_text(article: Article) -> None:
    good = files_of(article)
    wrong = {**good, GOLD: format_document({**document_of(article), "text_sha256": "0" * 64}).encode()}
    plan = fixed(wrong)
    if article.entities or article.claims or article.spam:
        assert plan.files == {GOLD: good[GOLD].decode()}
        earlier = fixed(wrong, frozenset({"0" * 64}))
        assert earlier.files == {} and earlier.refused == (f"{GOLD}: text_sha256 is that of an earlier text: run `sisipan anchor`, which moves spans with the words",)
    else:
        assert plan == Fixed({}, (), (f"{GOLD}: text_sha256 is not that of the text, and no surface shows that this text was annotated",))


odd_texts = st.text(st.sampled_from("ab e\u0301\u0327é\r\n \t😀\ufeff\u1100\u1161\u0958-"), min_size=1, max_size=40).filter(lambda text: text.strip())


@st.composite
def odd_files(draw: st.DrawFn) -> Files:
    """An article in any state: odd text, spans anywhere, surfaces and hashes that fit or do not."""
    text = draw(odd_texts)
    raw = format_article(front_of(draw(st.shared(trimmed))), None) + text + draw(st.sampled_from(["\n", "\r\n", ""]))
    files = {TEXT: (draw(st.sampled_from(["", "\ufeff"])) + raw).encode()}
    inner = raw[raw.index("\n---\n", 4) + 5 :].removesuffix("\n")
    for name in (GOLD, PASS_A):
        document: dict[str, Any] = {"article": "any", "text_sha256": draw(st.sampled_from([text_sha256(inner), text_sha256(plain_and_composed(inner).text), "0" * 64]))}
        for layer in LAYERS:
            document[layer] = []
            for number in range(draw(st.integers(0, 3))):
                start = draw(st.integers(0, len(inner) - 1))
                end = draw(st.integers(start + 1, len(inner)))
                surface = draw(st.sampled_from([inner[start:end]] * 6 + ["x"]))
                span = {"id": f"{layer[0]}{number}", "start": start, "end": end, "text": surface, "label": "x"}
                document[layer].append(span | ({"speaker": {"start": 0, "end": end}, "cue": None} if draw(st.booleans()) else {}))
        files[name] = json.dumps(document).encode()
    return files


def findings_of(files: Files, name: str) -> set[str]:
    """The codes of what can be mended that an article with one of its documents has still."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for one in (TEXT, name):
            (root / one).parent.mkdir(parents=True, exist_ok=True)
            (root / one).write_bytes(files[one])
        text, document = read_article(root / TEXT, root), read_document(root / name, root)
    record = _record(text, document, SCHEMAS, False)
    found = set()
    for code in FIXED:
        check = BY_CODE[code]
        values = [text, document] if check.level == "file" else [record]
        found |= {code for value in values if list(check.run(value))}
    return found


def words_of(surface: str) -> str:
    """A surface as the mending of texts and the trimming of spans leave it."""
    return unicodedata.normalize("NFC", surface.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")).strip()


@settings(deadline=None)
@given(odd_files())
def test_fixing_twice_is_fixing_once_and_nothing_is_lost(files: Files) -> None:
    plan = fixed(files)
    mended = files | {name: content.encode() for name, content in plan.files.items()}
    assert fixed(mended).files == {}
    for name in (GOLD, PASS_A):
        before, now = json.loads(files[name]), json.loads(mended[name])
        for layer in LAYERS:
            then = {span["id"]: span for span in before[layer]}
            assert sorted(then) == sorted(span["id"] for span in now[layer])
            for span in now[layer]:
                assert words_of(then[span["id"]]["text"]) == words_of(span["text"])
                assert {key for key in span} == {key for key in then[span["id"]]}
        if not plan.refused:
            assert findings_of(mended, name) <= {"E204"}  # a span of white space alone is a person's to remove


@settings(deadline=None)
@given(odd_texts)
def test_every_offset_of_a_text_has_its_place_in_the_mended_one(text: str) -> None:
    for mend in (composed, with_line_feeds, without_mark, plain, plain_and_composed):
        remap = mend(text)
        places = [at for at in remap.at if at is not None]
        assert len(remap.at) == len(text) + 1 and places == sorted(places)
        assert places[-1] == len(remap.text)
        if mend is composed:
            for start in range(len(text)):
                for end in range(start, len(text) + 1):
                    if (found := remap.range(start, end)) is not None:
                        assert remap.text[slice(*found)] == unicodedata.normalize("NFC", text[start:end])


def test_a_text_that_needs_no_mending_is_given_as_it_is_and_not_copied() -> None:
    """What is kept about a text is found again by the text: by a copy only after comparing all of it, for each span."""
    text = "Rita\n\nDoni \U0001f600"
    assert all(mend(text).text is text for mend in (composed, with_line_feeds, without_mark, plain, plain_and_composed))


def with_text(text: str, spans: list[dict[str, Any]]) -> Files:
    """An article with these entities."""
    front = "---\ntitle: null\n---\n"
    entities = [{"id": f"e{n}", **span, "text": text[span["start"] : span["end"]], "label": "PER"} for n, span in enumerate(spans, 1)]
    document = {"article": "any", "text_sha256": text_sha256(text), "entities": entities, "claims": [], "spam": []}
    return {TEXT: (front + text + "\n").encode(), GOLD: format_document(document).encode()}


def test_a_span_that_cuts_a_composed_character_keeps_the_text_as_it_is() -> None:
    files = with_text("Cafe\u0301\r\nRita", [{"start": 0, "end": 4}])
    plan = fixed(files)
    assert plan.refused == (f"{TEXT}: not normalised, since the offsets cannot follow: {GOLD}: e1 0:4: the span begins or ends where no character of the mended text does",)
    assert plan.done == (f"{TEXT}: line ends", f"{GOLD}: text_sha256")
    assert plan.files[TEXT].endswith("\nCafe\u0301\nRita\n")


def test_a_document_of_two_units_is_refused_with_the_spans_that_tell() -> None:
    files = with_text("😀 Rita dan Doni", [{"start": 2, "end": 6}, {"start": 11, "end": 15}])
    files[GOLD] = files[GOLD].replace(b'"start": 11, "end": 15', b'"start": 12, "end": 16')
    plan = fixed(files)
    assert (plan.files, plan.done) == ({}, ())
    assert plan.refused == (f"{GOLD}: e2 12:16 fits UTF-16 units, but e1 2:6 does not: the document does not agree on one unit",)


def test_a_document_that_fits_several_forms_of_the_text_differently_is_refused() -> None:
    """Its hash is of neither, its surface stands before the first line end, its cue behind it."""
    files = with_text("Rita\r\ntiba, kata Doni", [{"start": 0, "end": 4}])
    document = json.loads(files[GOLD])
    document["entities"][0]["cue"] = {"start": 12, "end": 16}
    unknown = {**files, GOLD: format_document({**document, "text_sha256": "0" * 64}).encode()}
    why = f"{GOLD}: the surfaces fit the text with other line ends or marks too, where a speaker or cue would be elsewhere"
    assert fixed(unknown) == Fixed({}, (), (f"{TEXT}: line ends left, since the offsets cannot follow: {why}",))
    told = json.loads(fixed({**files, GOLD: format_document(document).encode()}).files[GOLD])
    assert told["entities"][0]["cue"] == {"start": 11, "end": 15}


def test_a_quoted_span_keeps_the_text_as_it_is() -> None:
    files = with_text("Rita\r\nDoni", [{"start": 0, "end": 4}])
    files[GOLD] = files[GOLD].replace(b'"start": 0, "end": 4, "text": "Rita"', b'"exact": "Doni"')
    plan = fixed(files)
    assert plan.files == {} and plan.refused == (f"{TEXT}: line ends left, since the offsets cannot follow: {GOLD}: has spans that are quoted or break the schema",)


def test_what_a_document_lacks_is_not_made_up() -> None:
    files = with_text("Rita", [{"start": 0, "end": 4}])
    lacking = json.dumps({key: value for key, value in json.loads(files[GOLD]).items() if key != "spam"}).encode()
    assert fixed({**files, GOLD: lacking}) == Fixed({}, (), ())
    assert fixed({**files, GOLD: files[GOLD].replace(b'"PER"', b"1e999")}).files == {}
    assert fixed({**files, GOLD: files[GOLD].replace(b'"PER"', b'"\\ud83d" ')}).files == {}


def test_white_space_is_trimmed_and_a_missing_last_newline_added() -> None:
    files = with_text("Rita dan Doni", [{"start": 0, "end": 5}, {"start": 8, "end": 13}])
    files[TEXT] = files[TEXT][:-1]
    plan = fixed(files)
    assert plan.done == (f"{TEXT}: last newline", f"{GOLD}: white space trimmed")
    assert [(span["start"], span["end"], span["text"]) for span in json.loads(plan.files[GOLD])["entities"]] == [(0, 4, "Rita"), (9, 13, "Doni")]
