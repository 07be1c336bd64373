"""Pages as their source: what of it is code, and where tags begin and end."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from sisipan.offsets import merged

LONGEST = 20_000  # code points of a tag
_FLAGS = re.IGNORECASE | re.ASCII
_BEGINS = re.compile(r"<(?:!--|(script|style|textarea|title)(?=[\s/>])|[a-z/])", _FLAGS)
_WHOLE = re.compile(rf"""<(?:[^"'<>]++|"[^"]{{0,{LONGEST}}}"|'[^']{{0,{LONGEST}}}'){{0,200}}+>""")
_CLOSES = {name: re.compile(rf"</{name}(?=[\s/>])[^<>]{{0,200}}>", _FLAGS) for name in ("script", "style", "textarea", "title")}
_DATA = re.compile(r"\bdata:[\w.+-]{1,40}/[\w.+-]{1,40};(?:[\w.=-]{1,40};)?base64,([\w+/=%]{40,})", re.ASCII)

Range = tuple[int, int]


def code(text: str) -> list[Range]:
    """The half-open ranges of the scripts and style sheets in a page's source, with their tags, in order and apart.

    What stands in values of attributes, in titles and fields of forms begins none, one that begins in a comment ends in it, and one that is not closed is none.
    """
    return _elements(text, 0, len(text)) if "<" in text else []


def _elements(text: str, at: int, stop: int) -> list[Range]:
    found: list[Range] = []
    open_ended: set[str] = set()
    while begun := _BEGINS.search(text, at, stop):
        name, at = (begun[1] or "").lower(), begun.end()
        if begun[0] == "<!--":
            end = -1 if "-->" in open_ended else text.find("-->", at, stop)
            if end < 0:
                open_ended.add("-->")
            else:
                found += _elements(text, at, end)
                at = end + 3
            continue
        tag = _WHOLE.match(text, begun.start(), stop)
        at = tag.end() if tag else at
        if not name or not tag or name in open_ended:
            continue
        closed = _CLOSES[name].search(text, at, stop)
        if closed is None:
            open_ended.add(name)
            continue
        at = closed.end()
        if name in ("script", "style"):
            found.append((begun.start(), at))
    return found


def blanked(text: str, ranges: Sequence[Range]) -> str:
    """The text with line feeds in place of all code points of ranges, and of files written into addresses (`data:`): every other code point stays where it was."""
    held = [match.span(1) for match in _DATA.finditer(text)] if "base64," in text else []
    out, at = [], 0
    for start, end in merged([*ranges, *held]):
        out += [text[at:start], "\n" * (end - start)]
        at = end
    return "".join([*out, text[at:]]) if out else text


def outside(text: str, region: Range, ranges: Sequence[Range]) -> list[Range]:
    """What of a region lies outside of ranges (in order and apart), trimmed of white space."""
    start, end = region
    at = bisect_right(ranges, start, key=lambda one: one[1])
    out, low = [], start
    for first, last in [*ranges[at : bisect_right(ranges, end, key=lambda one: one[0])], (end, end)]:
        part = text[low:first]
        if part.strip():
            out.append((low + len(part) - len(part.lstrip()), low + len(part.rstrip())))
        low = max(low, last)
    return out


def with_whole_tags(text: str, ranges: Sequence[Range]) -> list[Range]:
    """Ranges with their ends moved out of the tags in which they lie; those that come to touch are one."""
    if "<" not in text:
        return list(ranges)
    return merged(((tag_about(text, low) or (low, low))[0], (tag_about(text, high) or (high, high))[1]) for low, high in ranges)


def tag_about(text: str, at: int) -> Range | None:
    """The half-open range of the tag that goes on from before a code point to behind it; None where there is none, or it has more than `LONGEST` code points."""
    start = text.rfind("<", max(0, at - LONGEST), at)
    if start < 0 or not (text[start + 1 : start + 2].isalpha() or text[start + 1 : start + 2] in ("/", "!")) or text.find(">", start, at) >= 0:
        return None
    end = text.find(">", at, start + LONGEST)
    return None if end < 0 or text.find("<", at, end) >= 0 else (start, end + 1)
