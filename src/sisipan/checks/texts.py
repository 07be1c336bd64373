"""E1xx: an article's fields and its text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from sisipan.anchor import is_quoted
from sisipan.checks.context import Record, brief
from sisipan.findings import Hit, Place, check, checks_in
from sisipan.offsets import lone_surrogate as first_lone
from sisipan.offsets import text_sha256


@check("E101", "schema", "record")
def schema(record: Record) -> Iterator[Hit]:
    """A field is missing, unknown, or not what `schema/*.schema.json` says, or the schema that was given for another corpus."""
    for hit in record.violations:
        at = hit.place.at
        span = record.data[at[0]][at[1]] if hit.place.part != "front" and len(at) > 1 else None
        if not (isinstance(span, dict) and is_quoted(span)):  # E201 tells of those
            yield hit


@check("E102", "not-nfc", "record")
def not_nfc(record: Record) -> Iterator[Hit]:
    """Text is stored in Unicode normalisation form C, so that a letter is one code point wherever it can be."""
    text = record.text
    if text is None or unicodedata.is_normalized("NFC", text):
        return
    normal = unicodedata.normalize("NFC", text)
    at = next((n for n, (a, b) in enumerate(zip(text, normal)) if a != b), min(len(text), len(normal)) - 1)
    yield Hit(Place("text", (at,)), f"from {brief(text[at:at + 4])} on, the text is not in NFC; save it normalised, then run `sisipan anchor`")


def _each(record: Record, character: str, message: str) -> Iterator[Hit]:
    text = record.text or ""
    at = text.find(character)
    if at >= 0:
        yield Hit(Place("text", (at,)), message.format(count=text.count(character)))


@check("E103", "carriage-return", "record")
def carriage_return(record: Record) -> Iterator[Hit]:
    """Lines end with a line feed alone. A carriage return counts as a code point and moves offsets."""
    yield from _each(record, "\r", "carriage return ({count} in the text); save the file with line feeds only")


@check("E104", "nul", "record")
def nul(record: Record) -> Iterator[Hit]:
    """Many programs take a NUL for the end of the text, and lose the rest."""
    yield from _each(record, "\0", "NUL character ({count} in the text); remove it")


@check("E112", "bom-in-text", "record")
def bom_in_text(record: Record) -> Iterator[Hit]:
    """U+FEFF at the start of the text is a byte-order mark that was taken for text."""
    if (record.text or "").startswith("\ufeff"):
        yield Hit(Place("text", (0,)), "the text starts with a byte-order mark; remove it, then run `sisipan anchor`")


@check("E105", "lone-surrogate", "record")
def lone_surrogate(record: Record) -> Iterator[Hit]:
    """Half of a UTF-16 pair is no character and cannot be written as UTF-8."""
    text = record.text or ""
    at = first_lone(text)
    if at is not None:
        yield Hit(Place("text", (at,)), f"lone surrogate U+{ord(text[at]):04X}; restore the character it was half of")
    for layer, values in record.sound.items():
        for index, span in values:
            if first_lone(span.get("text") or "") is not None:
                yield Hit(Place("document", (layer, index)), "the surface holds a lone surrogate", record.span_name((layer, index)))


def headline(text: str, spam: Sequence[tuple[int, int]]) -> str:
    """The first line of the text that is not wholly spam."""
    at = 0
    while True:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        first = at + len(line) - len(line.lstrip())
        if line.strip() and not any(start <= first and at + len(line.rstrip()) <= stop for start, stop in spam) or end == len(text):
            return line
        at = end + 1


def is_slip(title: str, first: str, text: str) -> bool:
    """Whether a title that should be the first line of the text is nearly so, or stands elsewhere in it."""
    return title != first and (title.casefold().split() == first.casefold().split() or title in text)


@check("E106", "title-mismatch", "record")
def title_mismatch(record: Record) -> Iterator[Hit]:
    """The title is the first line of the text (after lines that are spam) when the page shows it. One that stands elsewhere in the text, or nearly so, is a slip."""
    title, text = record.data.get("title"), record.text
    if not isinstance(title, str) or text is None or "spam" not in record.data:
        return
    first = headline(text, [(span["start"], span["end"]) for _, span in record.sound["spam"]])
    if is_slip(title, first, text):
        yield Hit(Place("front", ("title",)), f"title is {brief(title)} but the first line is {brief(first)}; make them equal")


@check("E107", "wrong-name", "record")
def wrong_name(record: Record) -> Iterator[Hit]:
    """A document names the article it belongs to, and its file is named after it."""
    document = record.document
    if document is not None and record.stem is not None and document.get("article") != record.stem:
        yield Hit(Place("document", ("article",)), f"article is {brief(document.get('article'))} but the file is {brief(record.stem + '.json')}")


@check("E108", "hash-mismatch", "record")
def hash_mismatch(record: Record) -> Iterator[Hit]:
    """Annotations fit one text, named by its hash. Where the text was edited since, run `sisipan anchor` and look at what it moved."""
    stored = record.document.get("text_sha256") if record.document is not None else record.data.get("text_sha256")
    expected = record.data.get("text_sha256") if record.withheld else None
    if record.text is not None and first_lone(record.text) is None:
        expected = text_sha256(record.text)
    if isinstance(stored, str) and isinstance(expected, str) and stored != expected:
        part = "document" if record.document is not None else "front"
        yield Hit(Place(part, ("text_sha256",)), f"text_sha256 is {stored[:12]}… but the text has {expected[:12]}…; run `sisipan anchor` if the text was edited")


@check("E109", "origin-language", "record")
def origin_language(record: Record) -> Iterator[Hit]:
    """A machine translation names the language it comes from; a written article has none."""
    origin, language = record.data.get("origin"), record.data.get("original_language")
    if origin == "machine_translated" and language is None:
        yield Hit(Place("front", ("original_language",)), "origin is machine_translated; give original_language, such as en")
    if origin == "written" and language is not None:
        yield Hit(Place("front", ("original_language",)), f"origin is written but original_language is {brief(language)}; set it to null")


@check("E110", "text-status", "record")
def text_status(record: Record) -> Iterator[Hit]:
    """A withheld article has the licence `withheld`, no text, and its hash in the front matter; an included one has its text."""
    status, license_, text = record.data.get("text_status"), record.data.get("license"), record.data.get("text")
    if status == "included" and text is None:
        yield Hit(Place("front", ("text_status",)), "text_status is included but there is no text; add it or set withheld")
    if status in ("included", "withheld") and isinstance(license_, str) and (status == "withheld") != (license_ == "withheld"):
        yield Hit(Place("front", ("license",)), f"text_status is {status} but license is {license_}; a withheld text has the license withheld, no other has")
    if status == "withheld" and not isinstance(record.data.get("text_sha256"), str):
        yield Hit(Place("front", ("text_sha256",)), "a withheld article gives the SHA-256 of its text as text_sha256")


def _quoting(value: object) -> list[str]:
    """The keys of a span, a speaker or a cue that hold words of the text."""
    if isinstance(value, str):
        return ["words"]
    return [key for key in ("text", "exact", "first", "last", "prefix", "suffix") if isinstance(value, dict) and value.get(key)]


@check("E111", "withheld-leak", "record")
def withheld_leak(record: Record) -> Iterator[Hit]:
    """No word of a withheld text may be given out: no text, no title, no surface of a span, no words of a speaker or cue."""
    if not record.withheld:
        return
    if record.data.get("text"):
        yield Hit(Place("text", (0,)), f"the article is withheld but {len(record.data['text']):,} characters of its text are here; remove them")
    if record.data.get("title"):
        yield Hit(Place("front", ("title",)), "the article is withheld but its title is given; set it to null")
    for layer in ("entities", "claims", "spam"):
        values = record.data.get(layer)
        for index, span in enumerate(values if isinstance(values, list) else ()):
            leaks = _quoting(span) + [f"{side}.{key}" for side in ("speaker", "cue") if isinstance(span, dict) for key in _quoting(span.get(side))]
            if leaks:
                yield Hit(Place("document", (layer, index)), f"the article is withheld but the span quotes it in {', '.join(leaks)}", record.span_name((layer, index)))


CHECKS = checks_in(globals())
