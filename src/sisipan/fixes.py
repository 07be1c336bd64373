"""What has one right answer, mended: for an article with all its documents, as new file contents. Pure.

Mended are byte-order marks, line ends, a missing last newline, normalisation (with the offsets of every document moved),
offsets counted in UTF-16 units or bytes, white space at the ends of spans, their order, the form of a document, and the
hash in a document whose every surface shows that this text is the one annotated. All else is refused, with the reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from sisipan.anchor import is_quoted
from sisipan.checks.context import name_of
from sisipan.findings import Finding
from sisipan.model import LAYERS
from sisipan.offsets import text_sha256, to_code_points
from sisipan.remap import Remap, plain, plain_and_composed, unchanged
from sisipan.store import ArticleSource, DocumentSource, format_document, parse_json

Document = dict[str, Any]
_UNITS = {"utf-16": "UTF-16 units", "utf-8": "bytes"}
_UNREADABLE = ("unreadable", "symlink-outside", "too-large", "empty-file", "not-utf8", "front-matter", "duplicate-key")


@dataclass(frozen=True)
class Fix:
    """A kind of mending: what is said when it was done, and the codes of the findings that it mends."""

    said: str
    codes: tuple[str, ...] = ()


MARK = Fix("byte-order mark removed", ("E005", "E112"))
LINE_ENDS = Fix("line ends", ("E103",))
COMPOSED = Fix("NFC", ("E102",))
LAST_NEWLINE = Fix("last newline", ("E008",))
CONVERTED = Fix("offsets converted from", ("E203",))
MOVED = Fix("offsets moved with the text")
TRIMMED = Fix("white space trimmed", ("E204", "E304"))
SORTED = Fix("spans sorted", ("E207",))
HASHED = Fix("text_sha256", ("E108",))
FORM = Fix("form", ("W012",))
FIXES = (MARK, LINE_ENDS, COMPOSED, LAST_NEWLINE, CONVERTED, MOVED, TRIMMED, SORTED, HASHED, FORM)
MENDED = frozenset(code for fix in FIXES for code in fix.codes)
ONLY = {"E203": "convert them", "E304": "trim the white space"}  # how the message of those ends that are mended, of a code of which others are not
_OF_SOURCES = re.compile(r"(?:.*/)?(?:corpus/[^/]+\.txt|annotations/[^/]+/[^/]+\.json)")


def mendable(finding: Finding) -> bool:
    """Whether a finding is of a kind that is mended. A single one may be refused all the same, with the reason."""
    return finding.code in MENDED and finding.message.endswith(ONLY.get(finding.code, "")) and bool(_OF_SOURCES.fullmatch(finding.path))


def how_mended(code: str) -> str:
    """`yes`, `some` or nothing: whether findings of a code are mended."""
    return "" if code not in MENDED else "some" if code in ONLY else "yes"


class _Refused(Exception):
    """Why something is left as it is."""


@dataclass(frozen=True)
class Fixed:
    """New contents by name (that of the caller), what was done to each, and what was left as it is and why."""

    files: Mapping[str, str]
    done: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True)
class _Refit:
    """A document as mended, what was done, and what of it was left as it is."""

    data: Document
    done: tuple[str, ...] = ()
    left: str | None = None


def _is_range(value: Any) -> bool:
    return isinstance(value, Mapping) and type(value.get("start")) is int and type(value.get("end")) is int and 0 <= value["start"] < value["end"]


def _is_span(span: Any) -> bool:
    sides = [span.get(side) for side in ("speaker", "cue")] if isinstance(span, Mapping) else []
    return _is_range(span) and isinstance(span.get("text"), str | None) and all(side is None or _is_range(side) for side in sides)


def _spans(data: Document) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    for layer in LAYERS:
        for index, span in enumerate(data[layer]):
            yield layer, index, span


def _ranges(span: Mapping[str, Any]) -> Iterator[tuple[str | None, int, int]]:
    """The range of a span and those of its speaker and cue."""
    yield None, span["start"], span["end"]
    for side in ("speaker", "cue"):
        if span.get(side) is not None:
            yield side, span[side]["start"], span[side]["end"]


def _moved(data: Document, move: Callable[[int, int], tuple[int, int] | None], text: str) -> Document:
    """The document with every range moved and its surfaces read from `text`. Raises _Refused where a range cannot be."""
    out = {**data, **{layer: [] for layer in LAYERS}}
    for layer, _, span in _spans(data):
        new = dict(span)
        for side, start, end in _ranges(span):
            range_ = move(start, end)
            if range_ is None or not range_[0] < range_[1] <= len(text):
                raise _Refused(f"{name_of(span)}: {f'its {side} {start}:{end}' if side else 'the span'} begins or ends where no character of the mended text does")
            placed = {"start": range_[0], "end": range_[1]}
            new |= placed if side is None else {side: {**span[side], **placed}}
        if isinstance(span.get("text"), str):
            new["text"] = text[new["start"] : new["end"]]
        out[layer].append(new)
    return out


def _misfits(data: Document, text: str) -> list[Mapping[str, Any]]:
    return [span for _, _, span in _spans(data) if isinstance(span.get("text"), str) and text[span["start"] : span["end"]] != span["text"]]


def _in_text(data: Document, text: str) -> bool:
    return all(end <= len(text) for _, _, span in _spans(data) for _, _, end in _ranges(span))


def _fits_in(unit: str, text: str, span: Mapping[str, Any]) -> bool:
    found = to_code_points(text, span["start"], span["end"], unit)
    return found is not None and text[slice(*found)] == span["text"]


def _converted(data: Document, text: str) -> tuple[Document, str | None]:
    """The document in code points, and the unit that all of it was counted in. Raises _Refused where it is of several units."""
    misfits = _misfits(data, text)
    if not misfits:
        return data, None
    with_surface = [span for _, _, span in _spans(data) if isinstance(span.get("text"), str)]
    whole = [unit for unit in _UNITS if all(_fits_in(unit, text, span) for span in with_surface)]
    tried = []
    for unit in whole:
        converted = _moved(data, lambda start, end, unit=unit: to_code_points(text, start, end, unit), text)
        sides = [text[start:end] for _, _, span in _spans(converted) for side, start, end in _ranges(span) if side]
        if any(words != words.strip() for words in sides):
            raise _Refused(f"the surfaces fit {_UNITS[unit]}, but a speaker or cue does not: look at them")
        tried.append((converted, unit))
    if len(tried) > 1 and tried[0][0] != tried[1][0]:
        raise _Refused("the offsets fit UTF-16 units and bytes alike")
    if tried:
        return tried[0]
    for unit, name in _UNITS.items():
        if fit := [span for span in misfits if _fits_in(unit, text, span)]:
            other = next(span for span in with_surface if not _fits_in(unit, text, span))
            raise _Refused(f"{name_of(fit[0])} fits {name}, but {name_of(other)} does not: the document does not agree on one unit")
    return data, None


def _trim(text: str, range_: Mapping[str, Any]) -> dict[str, int]:
    """Start and end without the white space inside them; as they are where there is nothing else, or no such text."""
    words = text[range_["start"] : range_["end"]]
    if not words.strip() or range_["end"] > len(text):
        return {"start": range_["start"], "end": range_["end"]}
    return {"start": range_["start"] + len(words) - len(words.lstrip()), "end": range_["start"] + len(words.rstrip())}


def _trimmed(data: Document, text: str) -> Document:
    """The document without white space at the ends of those spans, with speaker and cue, that fit the text."""
    out = {**data, **{layer: [] for layer in LAYERS}}
    for layer, _, span in _spans(data):
        if isinstance(span.get("text"), str) and text[span["start"] : span["end"]] == span["text"]:
            sides = {side: {**span[side], **_trim(text, span[side])} for side, _, _ in _ranges(span) if side}
            placed = _trim(text, span)
            span = {**span, **placed, "text": text[placed["start"] : placed["end"]], **sides}
        out[layer].append(span)
    return out


def _ordered(data: Document) -> Document:
    """The document with each layer in order of `start`."""
    return {**data, **{layer: sorted(data[layer], key=lambda span: span["start"]) for layer in LAYERS}}


def _forms(text: str, found: str, mend: Callable[[str], Remap]) -> list[tuple[str, Remap]]:
    """Texts that the mended one may have been when it was annotated: itself, the one found, and how other programs write it."""
    others = (text.replace("\n", "\r\n"), "\ufeff" + text, unicodedata.normalize("NFD", text))
    return [(text, unchanged(text)), (found, mend(found)), *((form, remap) for form, remap in ((form, mend(form)) for form in others) if remap.text == text)]


def _placed(data: Document, candidates: Sequence[tuple[str, Remap]]) -> tuple[str, Remap, Document, str | None]:
    """The form of the text that every surface fits, as it is or in one unit; the document in its code points, and the unit.

    Raises _Refused where there is none, and where several fit and would not place everything alike.
    """
    found: list[tuple[str, Remap, Document, str | None]] = []
    refusal = None
    for form, remap in candidates:
        try:
            converted, unit = _converted(data, form)
        except _Refused as why:
            refusal = refusal or why
            continue
        if _in_text(converted, form) and not _misfits(converted, form):
            found.append((form, remap, converted, unit))
    found = [one for one in found if one[3] is None] or found
    if not found:
        raise refusal or _Refused("the surfaces are not those of the text: run `sisipan anchor`")
    places = [[remap.range(start, end) for _, _, span in _spans(converted) for _, start, end in _ranges(span)] for _, remap, converted, _ in found]
    if any(other != places[0] for other in places):
        raise _Refused("the surfaces fit the text with other line ends or marks too, where a speaker or cue would be elsewhere")
    return found[0]


def _placed_nearest(data: Document, near: Sequence[tuple[str, Remap]], far: Sequence[tuple[str, Remap]]) -> tuple[str, Remap, Document, str | None]:
    """`_placed` in the near forms, and where none of them fits in the far ones. Raises the refusal of the near ones."""
    try:
        return _placed(data, near)
    except _Refused:
        try:
            return _placed(data, far)
        except _Refused:
            pass
        raise


def _refit(data: Document, text: str, forms: Callable[[], Sequence[tuple[str, Remap]]], stranger: Callable[[Any], str | None]) -> _Refit:
    """The document with its offsets in the mended text, from whichever form of it they were counted in. Raises _Refused.

    `stranger` says why a hash that is of no form forbids to take the document for one of this text, or None where surfaces may prove it.
    """
    stored = data.get("text_sha256")
    if stored == text_sha256(text):
        try:
            (form, remap, converted, unit), left = _placed(data, [(text, unchanged(text))]), None
        except _Refused as why:
            form, remap, converted, unit, left = text, unchanged(text), data, None, str(why)
    elif named := [form for form in forms() if stored == text_sha256(form[0])]:
        (form, remap, converted, unit), left = _placed(data, named), None
    elif reason := stranger(stored):
        raise _Refused(reason)
    elif not any(isinstance(span.get("text"), str) for _, _, span in _spans(data)):
        raise _Refused("text_sha256 is not that of the text, and no surface shows that this text was annotated")
    else:
        (form, remap, converted, unit), left = _placed_nearest(data, forms()[:2], forms()[2:]), None
    moved = converted if form == text else _moved(converted, remap.range, text)
    trimmed = _trimmed(moved, text)
    out = _ordered(trimmed)
    done = [f"{CONVERTED.said} {_UNITS[unit]}"] if unit else []
    done += [MOVED.said] if moved != converted else []
    done += [TRIMMED.said] if trimmed != moved else []
    done += [SORTED.said] if out != trimmed else []
    if stored != text_sha256(text):
        out, done = {**out, "text_sha256": text_sha256(text)}, [*done, HASHED.said]
    return _Refit(out, tuple(done), left)


def _written(data: Document) -> str:
    """The document as it is written. Raises _Refused where that would not be read as the same."""
    try:
        written = format_document(data)
        written.encode("utf-8")
    except (TypeError, AttributeError, UnicodeEncodeError):
        raise _Refused("holds what cannot be written") from None
    if parse_json(written)[0] != data:
        raise _Refused("holds what cannot be written")
    return written


def _whole(data: Any) -> bool:
    return isinstance(data, Mapping) and all(isinstance(data.get(layer), list) for layer in LAYERS)


@dataclass(frozen=True)
class _Outcome:
    """A document's new content and what was done; what was left; what keeps it from following the text."""

    content: str
    done: tuple[str, ...] = ()
    left: str | None = None
    blocked: str | None = None


def _document(source: DocumentSource, refit: Callable[[Document], _Refit]) -> _Outcome:
    """A document mended as far as can be: its form does not depend on its offsets."""
    blocked = None
    try:
        found = refit(source.data)
    except _Refused as refusal:
        found, blocked = _Refit(source.data), str(refusal)
    try:
        written = _written(found.data)
    except _Refused as refusal:
        return _Outcome(source.raw, blocked=blocked or str(refusal))
    done = found.done
    if any(problem.kind == "byte-order-mark" for problem in source.problems):
        done = (*done, MARK.said)
    elif written != source.raw and not done:
        done = (FORM.said,)
    return _Outcome(written, done, found.left, blocked)


def _article(source: ArticleSource, raw: str, mended: Remap) -> tuple[str, tuple[str, ...]]:
    """A text file's new content, with the mended text, and what was done."""
    marked = any(problem.kind == "byte-order-mark" for problem in source.problems)
    unended = any(problem.kind == "missing-final-newline" for problem in source.problems)
    raw = raw.removeprefix("\ufeff") if marked else raw
    if source.text is None:
        return raw, (MARK.said,) if marked else ()
    if mended.text == source.text and not marked and not unended:
        return raw, ()
    head = raw.removesuffix("\n").removesuffix(source.text)
    done = []
    if marked or source.text.startswith("\ufeff") and not mended.text.startswith("\ufeff"):
        done.append(MARK.said)
    if "\r" in source.text and "\r" not in mended.text:
        head = head.replace("\r\n", "\n").replace("\r", "\n")
        done.append(LINE_ENDS.said)
    if not unicodedata.is_normalized("NFC", source.text) and unicodedata.is_normalized("NFC", mended.text):
        head = unicodedata.normalize("NFC", head)
        done.append(COMPOSED.said)
    if unended:
        done.append(LAST_NEWLINE.said)
    return head + mended.text + "\n", tuple(done)


def fix_article(source: ArticleSource, raw: str, documents: Mapping[str, DocumentSource], name: str, is_of_another: Callable[[str], bool]) -> Fixed:
    """What is to be mended in an article: its text file (`raw`, called `name`) and its documents, by their names.

    `is_of_another` says whether a SHA-256 is that of an earlier, different text of the article. Text and documents are
    mended together: where a document cannot follow the text, the text stays as it is, as far as need be.
    """
    if any(problem.kind in _UNREADABLE for problem in source.problems):
        return Fixed({}, (), ())
    text, refused = source.text or "", []
    readable = {key: one for key, one in documents.items() if one.data is not None and _whole(one.data)}
    sound = {key: one for key, one in readable.items() if all(_is_span(span) and not is_quoted(span) for _, _, span in _spans(one.data))}

    def earlier(stored: Any) -> str | None:
        another = isinstance(stored, str) and is_of_another(stored)
        return "text_sha256 is that of an earlier text: run `sisipan anchor`, which moves spans with the words" if another else None

    def unknown(stored: Any) -> str:
        return "text_sha256 is not that of the text"

    tried: set[str] = set()
    for mend, stranger in ((plain_and_composed, earlier), (plain, unknown), (unchanged, unknown)):
        mended = mend(text)
        if mended.text in tried:
            continue
        tried.add(mended.text)
        forms = cache(partial(_forms, mended.text, text, mend))
        refit = partial(_refit, text=mended.text, forms=forms, stranger=stranger)
        found = {key: _document(one, refit if source.text is not None and key in sound else _Refit) for key, one in readable.items()}
        why = [f"{key}: {one.blocked}" for key, one in found.items() if one.blocked]
        why += [f"{key}: has spans that are quoted or break the schema" for key in documents if key not in sound]
        if mended.text == text or not why:
            break
        kept = "not normalised" if mend is plain_and_composed and plain(text).text != mended.text else "line ends left"
        refused += [f"{name}: {kept}, since the offsets cannot follow: {line}" for line in why]
    written, done = _article(source, raw, mended)
    refused += [f"{key}: {why}" for key, one in found.items() for why in (one.left, None if refused else one.blocked) if why]
    files = {name: written} if done else {}
    files |= {key: one.content for key, one in found.items() if one.done}
    said = [f"{name}: {', '.join(done)}"] if done else []
    said += [f"{key}: {', '.join(one.done)}" for key, one in found.items() if one.done]
    return Fixed(files, tuple(said), tuple(dict.fromkeys(refused)))
