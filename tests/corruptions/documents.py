"""Mistakes with a document as a file: broken JSON, other encodings, lost parts, another article's; and what is never given out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random

from corruptions.material import Corruption, Expected, Found, Material, operator


def _line(name: str, code: str, mistake: str, change: Callable[[str], str]) -> None:
    """An operator that edits the line of a span as text."""

    def make(m: Material, random: Random) -> Corruption | None:
        found = m.pick(random)
        return found and m.edited({found.number: change(found.line)}, code)

    make.__name__, make.__doc__ = name, mistake
    operator("document", code)(make)


_line("single_quotes", "E009", "Single quotation marks, from Python's repr.", lambda line: line.replace('"id"', "'id'", 1))
_line("python_words", "E009", "None for null, from Python's repr.", lambda line: line.replace('"start": ', '"start": None, "was": ', 1))
_line("key_unquoted", "E009", "A key without quotation marks, as in JavaScript.", lambda line: line.replace('"id"', "id", 1))
_line("comment", "E009", "A comment, which JSON does not have.", lambda line: "    // look again\n" + line.lstrip())
_line("conflict_marker", "E009", "The marker of a merge conflict left in.", lambda line: "<<<<<<< HEAD\n" + line)
_line("colon_lost", "E009", "A colon deleted.", lambda line: line.replace('"start": ', '"start" ', 1))
_line("comma_twice", "E009", "Two commas in a row.", lambda line: line.replace(', "start"', ',, "start"', 1))
_line("quote_lost", "E009", "A quotation mark deleted.", lambda line: line.replace('"start":', '"start:', 1))


@operator("document", "E009")
def brace_lost(m: Material, random: Random) -> Corruption | None:
    """The brace that closes a span deleted: the next line is where it is missed."""
    found = m.pick(random)
    comma = "," if found and found.line.endswith(",") else ""
    return found and m.edited({found.number: found.line.rstrip(",")[:-1] + comma}, "E009", line=found.number + 1)


@operator("document", "E009")
def comma_lost(m: Material, random: Random) -> Corruption | None:
    """The comma between two spans deleted."""
    found = m.pick(random, lambda f: f.line.endswith(","))
    return found and m.edited({found.number: found.line[:-1]}, "E009", line=found.number + 1)


@operator("document", "E009")
def comma_after_the_last(m: Material, random: Random) -> Corruption | None:
    """A comma after the last span, by deleting the one that followed."""
    found = m.pick(random, lambda f: not f.line.endswith(","))
    return found and m.edited({found.number: found.line + ","}, "E009", line=found.number + 1)


@operator("document", "E009")
def truncated(m: Material, random: Random) -> Corruption | None:
    """A file cut off anywhere, by a full disk or an interrupted copy."""
    raw = m.raw[: random.randint(1, len(m.raw) - 3)]
    return m.rewritten(raw, raw.count("\n") + 1, "E009")


@operator("document", "E009")
def something_after_the_end(m: Material, random: Random) -> Corruption | None:
    """The end of a longer file left after a shorter one was written over it."""
    rest = m.raw[random.randint(len(m.raw) // 2, len(m.raw) - 3) :]
    rest = rest.lstrip("\n")
    return m.rewritten(m.raw + rest, m.raw.count("\n") + 1, "E009")


@operator("document", "E009")
def a_list_of_it(m: Material, random: Random) -> Corruption | None:
    """The document inside a list, as exports of several tasks are."""
    return m.rewritten(f"[{m.raw}]", 1, "E009")


@operator("document", "E009")
def null_for_it(m: Material, random: Random) -> Corruption | None:
    """null in place of the document, from an export of what was not annotated."""
    return m.rewritten("null\n", 1, "E009")


@operator("document", "E004")
def emptied(m: Material, random: Random) -> Corruption | None:
    """An empty file, after a crash between opening and writing."""
    return m.rewritten("", 1, "E004")


@operator("document", "E005")
def byte_order_mark(m: Material, random: Random) -> Corruption | None:
    """A byte-order mark at the start of a document, by an editor of Windows."""
    return m.rewritten("\ufeff" + m.raw, 1, "E005")


@operator("document", "E006")
def one_byte_of_latin1(m: Material, random: Random) -> Corruption | None:
    """A letter in Latin-1 in a surface, by an old editor."""
    found = m.pick(random)
    if not found:
        return None
    start = sum(len(line.encode()) + 1 for line in m.lines[: found.number - 1])
    at = m.raw.encode().index(b'"text": "', start) + 9
    return m.rewritten(m.raw.encode()[:at] + b"\xe9" + m.raw.encode()[at:], found.number, "E006")


@operator("document", "E006")
def in_utf16(m: Material, random: Random) -> Corruption | None:
    """A document in UTF-16, by a spreadsheet or PowerShell."""
    return m.rewritten(m.raw.encode("utf-16"), 1, "E006")


@operator("document", "E105")
def half_an_emoji(m: Material, random: Random) -> Corruption | None:
    """Half of a surrogate pair in a surface, by JavaScript that cut a string."""
    found = m.pick(random)
    return found and m.edited({found.number: found.line.replace('"text": "', '"text": "\\ud83d', 1)}, "E105")


@operator("document", "W012")
def windows_line_ends(m: Material, random: Random) -> Corruption | None:
    """Line ends of Windows, by an editor or by Git."""
    return m.rewritten(m.raw.replace("\n", "\r\n"), 1, "W012")


@operator("document", "W012")
def tabs(m: Material, random: Random) -> Corruption | None:
    """Tabs for spaces at the start of lines, by a formatter."""
    return m.rewritten("\n".join("\t" + line.lstrip() if line.startswith(" ") else line for line in m.lines), 2, "W012")


@operator("document", "W012")
def minified(m: Material, random: Random) -> Corruption | None:
    """The whole document on one line, by a program that dumps it."""
    return m.rewritten(json.dumps(m.document, ensure_ascii=False), 1, "W012")


@operator("document", "W012")
def escaped(m: Material, random: Random) -> Corruption | None:
    """Every letter beyond ASCII escaped, by Python's default."""
    first = next((n for n, line in enumerate(m.lines, 1) if not line.isascii()), None)
    return m.rewritten("\n".join(json.dumps(line)[1:-1].replace('\\"', '"').replace("\\\\", "\\") for line in m.lines), first, "W012") if first else None


@operator("document", "W012")
def final_newline_lost(m: Material, random: Random) -> Corruption | None:
    """A document without the newline that ends its last line."""
    return m.rewritten(m.raw[:-1], 1, "W012")


@operator("document", "E101")
def layer_lost(m: Material, random: Random) -> Corruption | None:
    """A document without one of its layers."""
    layer = random.choice(("entities", "claims"))
    kept = {key: value for key, value in m.document.items() if key != layer}
    return m.rewritten(json.dumps(kept), 1, "E101")


@operator("document", "E101")
def layer_null(m: Material, random: Random) -> Corruption | None:
    """null for a layer in which nothing was found."""
    number = next((n for n, line in enumerate(m.lines, 1) if line.endswith(": []") or line.endswith(": [],")), None)
    return number and m.edited({number: m.lines[number - 1].replace("[]", "null")}, "E101")


@operator("document", "E101")
def layer_by_id(m: Material, random: Random) -> Corruption | None:
    """A layer as an object by id in place of a list."""
    return m.rewritten(json.dumps({**m.document, "entities": {span["id"]: span for span in m.document["entities"]}}), 1, "E101")


@operator("document", "E010")
def layer_twice(m: Material, random: Random) -> Corruption | None:
    """A layer twice, after a merge."""
    return m.edited({4: '  "entities": [],\n' + m.lines[3]}, "E010", line=5)


@operator("document", "E101")
def part_unknown(m: Material, random: Random) -> Corruption | None:
    """A part that nobody knows, such as the annotator's name."""
    return m.edited({2: m.lines[1] + '\n  "annotator": "A",'}, "E101", line=3)


@operator("document", "E107")
def of_another_name(m: Material, random: Random) -> Corruption | None:
    """A document copied from another article and its name not changed."""
    return m.edited({2: '  "article": "banjir-demak-lama",'}, "E107")


@operator("document", "E101", "E107")
def name_in_capitals(m: Material, random: Random) -> Corruption | None:
    """The article's id in capitals."""
    return m.edited({2: m.lines[1].replace(m.id, m.id.title())}, "E101", "E107")


@operator("document", "E107")
def name_look_alike(m: Material, random: Random) -> Corruption | None:
    """A Cyrillic letter in the article's id."""
    new = m.id.replace("a", "\u0430", 1)
    return m.edited({2: m.lines[1].replace(m.id, new)}, "E107") if new != m.id else None


@operator("document", "E108")
def hash_digit(m: Material, random: Random) -> Corruption | None:
    """A digit of the hash changed, by a slip of a key."""
    old = m.document["text_sha256"]
    at = random.randrange(64)
    new = old[:at] + ("0" if old[at] != "0" else "1") + old[at + 1 :]
    return m.edited({3: m.lines[2].replace(old, new)}, "E108")


@operator("document", "E108")
def hash_of_another_text(m: Material, random: Random) -> Corruption | None:
    """A document that was made for an earlier text."""
    return m.edited({3: m.lines[2].replace(m.document["text_sha256"], "%064x" % random.getrandbits(256))}, "E108")


@operator("document", "E101")
def hash_in_capitals(m: Material, random: Random) -> Corruption | None:
    """A hash in capitals, as Windows prints it."""
    new = m.document["text_sha256"].upper()
    return m.edited({3: m.lines[2].replace(m.document["text_sha256"], new)}, "E101")


@operator("document", "E101")
def hash_short(m: Material, random: Random) -> Corruption | None:
    """A hash cut to the length that a log shows."""
    return m.edited({3: m.lines[2].replace(m.document["text_sha256"], m.document["text_sha256"][:12])}, "E101")


def _leak(name: str, mistake: str, change: Callable[[Material, Material, Random], Corruption | None]) -> None:
    """An operator on the article as one that is withheld."""

    def make(m: Material, random: Random) -> Corruption | None:
        hidden = m.withheld()
        made = change(hidden, m, random)
        base = {hidden.text_path: hidden.source.encode(), hidden.path: hidden.raw.encode()}
        return made and Corruption({**base, **made.files}, made.expected)

    make.__name__, make.__doc__ = name, mistake
    operator("withheld", "E111")(make)


def _word(hidden: Material, m: Material, random: Random) -> tuple[Found, str] | None:
    found = hidden.pick(random)
    return found and (found, next(f for f in m.found if (f.layer, f.index) == (found.layer, found.index)).span["text"])


def _leaked_surface(hidden: Material, m: Material, random: Random) -> Corruption | None:
    chosen = _word(hidden, m, random)
    return chosen and hidden.edited({chosen[0].number: chosen[0].with_values(text=chosen[1])}, "E111")


def _leaked_quote(key: str) -> Callable[[Material, Material, Random], Corruption | None]:
    def change(hidden: Material, m: Material, random: Random) -> Corruption | None:
        chosen = _word(hidden, m, random)
        return chosen and hidden.edited({chosen[0].number: chosen[0].line.replace('"text": null', f'"text": null, "{key}": {json.dumps(chosen[1])}', 1)}, "E111")

    return change


def _leaked_text(hidden: Material, m: Material, random: Random) -> Corruption | None:
    source = hidden.source + m.text[: random.randint(10, len(m.text))].strip() + "\n"
    return Corruption({m.text_path: source.encode()}, (Expected("E111", m.text_path, hidden.source.count("\n") + 1, m.id),))


def _leaked_side(hidden: Material, m: Material, random: Random) -> Corruption | None:
    found = hidden.pick(random, lambda f: f.span["speaker"], "claims")
    if not found:
        return None
    at = found.span["speaker"]
    return hidden.edited({found.number: found.with_values(speaker={**at, "exact": m.text[at["start"] : at["end"]]})}, "E111")


_leak("withheld_surface", "A word of a withheld text as the surface of a span, by a tool that fills surfaces in.", _leaked_surface)
_leak("withheld_prefix", "Words of a withheld text as the prefix of a quote, by an annotation tool.", _leaked_quote("prefix"))
_leak("withheld_exact", "Words of a withheld text as a quote kept beside the offsets.", _leaked_quote("exact"))
_leak("withheld_speaker", "The words of a speaker kept beside its offsets in a withheld article.", _leaked_side)
_leak("withheld_text", "A withheld text, or its beginning, put back into its file.", _leaked_text)
_leak("withheld_title", "The title of a withheld article left in.", lambda hidden, m, random: replace(hidden).fronted("title", f"title: {m.values['title']}", "E111"))


@operator("withheld", "E110")
def withheld_hash_lost(m: Material, random: Random) -> Corruption | None:
    """A withheld article without the hash that says which text it is."""
    hidden = m.withheld()
    made = hidden.fronted("text_sha256", None, "E110", line=1)
    return Corruption({hidden.path: hidden.raw.encode(), **made.files}, made.expected)


@operator("withheld", "E108")
def withheld_hash_edited(m: Material, random: Random) -> Corruption | None:
    """The hash of a withheld text edited in its front matter: the document is for another text."""
    hidden = m.withheld()
    made = hidden.fronted("text_sha256", f"text_sha256: {'%064x' % random.getrandbits(256)}")
    return Corruption({hidden.path: hidden.raw.encode(), **made.files}, (Expected("E108", hidden.path, 3, m.id),))


@operator("withheld", "E110")
def withheld_with_a_licence(m: Material, random: Random) -> Corruption | None:
    """A withheld article under an open licence."""
    hidden = m.withheld()
    made = hidden.fronted("license", "license: CC-BY-4.0", "E110")
    return Corruption({hidden.path: hidden.raw.encode(), **made.files}, made.expected)
