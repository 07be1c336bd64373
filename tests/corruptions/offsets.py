"""Mistakes with offsets: counted in another unit, from another place, by one too far; with the surface left as it was or brought along."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from corruptions.material import Corruption, Expected, Found, Material, in_word, misses, operator


def _moved(m: Material, random: Random, by_start: int, by_end: int, least: int = 2) -> Corruption | None:
    """One span with its offsets moved and its surface left."""

    def fits(found: Found) -> bool:
        start, end = found.span["start"] + by_start, found.span["end"] + by_end
        return found.span["end"] - found.span["start"] >= least and 0 <= start < end <= len(m.text) and misses(m.text, start, end, found.span["text"])

    found = m.pick(random, fits)
    return found and m.edited({found.number: found.with_values(start=found.span["start"] + by_start, end=found.span["end"] + by_end)}, "E203")


@operator("document", "E203")
def start_one_late(m: Material, random: Random) -> Corruption | None:
    """The start of a span counted from 1, as in R or Lua."""
    return _moved(m, random, 1, 0)


@operator("document", "E203")
def start_one_early(m: Material, random: Random) -> Corruption | None:
    """The start of a span on the space before it, by a slip of the mouse."""
    return _moved(m, random, -1, 0)


@operator("document", "E203")
def end_one_late(m: Material, random: Random) -> Corruption | None:
    """The end of a span on the sign after it, by a slip of the mouse."""
    return _moved(m, random, 0, 1)


@operator("document", "E203")
def end_one_early(m: Material, random: Random) -> Corruption | None:
    """The end of a span given as its last letter, by a tool whose ends are inclusive."""
    return _moved(m, random, 0, -1)


@operator("document", "E203")
def both_one_late(m: Material, random: Random) -> Corruption | None:
    """A span moved by one, after somebody put a letter into a copy of the text."""
    return _moved(m, random, 1, 1, 1)


@operator("document", "E203")
def both_one_early(m: Material, random: Random) -> Corruption | None:
    """A span moved by one, after somebody took a letter out of a copy of the text."""
    return _moved(m, random, -1, -1, 1)


def _recounted(m: Material, count: Callable[[int], int], says: str = "") -> Corruption | None:
    """Every span with its offsets counted otherwise; those that read the same by luck are none."""
    changed, expected = {}, []
    for found in m.found:
        start, end = count(found.span["start"]), count(found.span["end"])
        if (start, end) != (found.span["start"], found.span["end"]) and start >= 0:
            changed[found.number] = found.with_values(start=start, end=end)
            if start < end and misses(m.text, start, end, found.span["text"]):
                expected.append(Expected("E203", m.path, found.number, m.id, says))
            if end > len(m.text):
                expected.append(Expected("E202", m.path, found.number, m.id))
    return Corruption({m.path: m.relined(changed).encode()}, tuple(expected)) if expected else None


@operator("document", "E202", "E203")
def utf16(m: Material, random: Random) -> Corruption | None:
    """All offsets in UTF-16 units, as JavaScript and Java count, after an emoji or a fancy letter."""
    return _recounted(m, lambda at: len(m.text[:at].encode("utf-16-le")) // 2, "the offsets fit UTF-16 units")


@operator("document", "E202", "E203")
def bytes_(m: Material, random: Random) -> Corruption | None:
    """All offsets in bytes of UTF-8, as Go, Rust and older NLP tools count."""
    return _recounted(m, lambda at: len(m.text[:at].encode()), "the offsets fit")


@operator("document", "E202", "E203")
def crlf_counted(m: Material, random: Random) -> Corruption | None:
    """All offsets counted in a copy with line ends of Windows."""
    return _recounted(m, lambda at: at + m.text.count("\n", 0, at))


@operator("document", "E202", "E203")
def in_the_whole_file(m: Material, random: Random) -> Corruption | None:
    """All offsets counted from the start of the file, front matter included."""
    return _recounted(m, lambda at: at + m.body_at)


@operator("document", "E203")
def below_the_headline(m: Material, random: Random) -> Corruption | None:
    """All offsets counted from the body, as of a text whose headline was cut off."""
    head = m.text.find("\n\n") + 2
    return _recounted(m, lambda at: at - head) if head > 1 else None


@operator("document", "E203")
def blank_lines_dropped(m: Material, random: Random) -> Corruption | None:
    """All offsets counted in a copy whose blank lines a cleaner dropped."""
    return _recounted(m, lambda at: at - m.text.count("\n\n", 0, at))


@operator("document", "E202", "E203")
def nfd_counted(m: Material, random: Random) -> Corruption | None:
    """All offsets counted in a copy with letters and accents apart, as macOS names files."""
    import unicodedata

    return _recounted(m, lambda at: len(unicodedata.normalize("NFD", m.text[:at])))


@operator("document", "E202")
def ends_swapped(m: Material, random: Random) -> Corruption | None:
    """Start and end exchanged, after a selection from right to left."""
    found = m.pick(random)
    return found and m.edited({found.number: found.with_values(start=found.span["end"], end=found.span["start"])}, "E202", says="is not before end")


@operator("document", "E202")
def nothing_covered(m: Material, random: Random) -> Corruption | None:
    """A span that covers nothing, after a click without a drag."""
    found = m.pick(random)
    return found and m.edited({found.number: found.with_values(end=found.span["start"])}, "E202")


@operator("document", "E202")
def length_for_end(m: Material, random: Random) -> Corruption | None:
    """Start and length in place of start and end, as spaCy's and brat's older neighbours write."""
    found = m.pick(random, lambda f: f.span["end"] - f.span["start"] <= f.span["start"])
    return found and m.edited({found.number: found.with_values(end=found.span["end"] - found.span["start"])}, "E202")


@operator("document", "E202")
def beyond_the_text(m: Material, random: Random) -> Corruption | None:
    """The end of a span beyond the text, which was cut short meanwhile."""
    found = m.pick(random)
    return found and m.edited({found.number: found.with_values(end=len(m.text) + random.randint(1, 500))}, "E202", says="beyond the text")


def _typed(name: str, raw: Callable[[Found], str], code: str, mistake: str, where: Callable[[Found], bool] = lambda found: True) -> None:
    """An operator that writes the start of a span as another kind of JSON value."""

    def make(m: Material, random: Random) -> Corruption | None:
        found = m.pick(random, where)
        return found and m.edited({found.number: found.with_value("start", raw(found))}, code)

    make.__name__, make.__doc__ = name, mistake
    operator("document", code)(make)


_typed("start_negative", lambda f: f"-{f.span['start'] or 1}", "E101", "A negative offset, from a search that found nothing (-1).")
_typed("start_as_float", lambda f: f"{f.span['start']}.0", "E101", "An offset written 41.0, by pandas after a missing value.")
_typed("start_with_exponent", lambda f: f"{f.span['start']}e0", "E101", "An offset written with an exponent, by a spreadsheet.")
_typed("start_as_word", lambda f: f'"{f.span["start"]}"', "E101", "An offset as a string, from a CSV file.")
_typed("start_as_boolean", lambda f: "true", "E101", "An offset that is true, which Python takes for 1.")
_typed("start_as_null", lambda f: "null", "E101", "An offset that is null, from a left join.")
_typed("start_as_list", lambda f: f"[{f.span['start']}]", "E101", "An offset in a list, as discontinuous spans have it.")
_typed("start_too_big", lambda f: str(2**31 + f.span["start"]), "E101", "An offset beyond 32 bits, from an overflow.")
_typed("start_endless", lambda f: "1" * 30, "E009", "An offset of thirty digits, from a stuck key.")
_typed("start_nan", lambda f: "NaN", "E009", "NaN for an offset, which Python's json writes and RFC 8259 forbids.")
_typed("start_infinite", lambda f: "Infinity", "E009", "Infinity for an offset, which Python's json writes.")
_typed("start_leading_zero", lambda f: f"0{f.span['start'] or 1}", "E009", "An offset with a leading zero, from a zero-padded export.")
_typed("start_with_plus", lambda f: f"+{f.span['start']}", "E009", "An offset with a plus sign, typed by hand.")
_typed("start_minus_zero", lambda f: "-0", "W012", "An offset of -0, which equals 0 everywhere but in a diff.", lambda f: f.span["start"] == 0)


def _with_surface(m: Material, random: Random, code: str, start: int, end: int, *layers: str, where: Callable[[str], bool]) -> Corruption | None:
    """One span moved by tools that bring the surface along; `where` says what its new surface must be like."""

    def fits(found: Found) -> bool:
        a, b = found.span["start"] + start, found.span["end"] + end
        return 0 <= a < b <= len(m.text) and where(m.text[a:b])

    found = m.pick(random, fits, *layers)
    if not found:
        return None
    a, b = found.span["start"] + start, found.span["end"] + end
    return m.edited({found.number: found.with_values(start=a, end=b, text=m.text[a:b])}, code)


@operator("document", "E204")
def space_before(m: Material, random: Random) -> Corruption | None:
    """A span with the space before it, surface and all, from a tool that selects so."""
    return _with_surface(m, random, "E204", -1, 0, where=lambda new: new[0].isspace())


@operator("document", "E204")
def space_after(m: Material, random: Random) -> Corruption | None:
    """A span with the space after it, surface and all, from a double click."""
    return _with_surface(m, random, "E204", 0, 1, where=lambda new: new[-1].isspace())


def _cut(m: Material, random: Random, start: int, end: int) -> Corruption | None:
    if "missing_space" in m.values["defects"]:
        return None

    def fits(found: Found) -> bool:
        a, b = found.span["start"] + start, found.span["end"] + end
        return a < b and bool(in_word(m.text, a) if start else in_word(m.text, b))

    found = m.pick(random, fits)
    if not found:
        return None
    a, b = found.span["start"] + start, found.span["end"] + end
    return m.edited({found.number: found.with_values(start=a, end=b, text=m.text[a:b])}, "W503")


@operator("document", "W503")
def word_cut_at_its_start(m: Material, random: Random) -> Corruption | None:
    """A span without its first letter, surface and all, after offsets were mended by refreshing the surfaces."""
    return _cut(m, random, 1, 0)


@operator("document", "W503")
def word_cut_at_its_end(m: Material, random: Random) -> Corruption | None:
    """A span without its last letter, surface and all, from a tool with inclusive ends that refreshed the surfaces."""
    return _cut(m, random, 0, -1)


def _side(m: Material, random: Random, code: str, change: Callable[[int, int], tuple[int, int]], where: Callable[[int, int], object], says: str = "") -> Corruption | None:
    """The speaker or the cue of one claim with other offsets; `where` says what they must be like."""
    fitting = []
    for found in m.found:
        for side in ("speaker", "cue"):
            at = found.span.get(side)
            if at and where(*change(at["start"], at["end"])):
                fitting.append((found, side, change(at["start"], at["end"])))
    if not fitting:
        return None
    found, side, (start, end) = random.choice(fitting)
    return m.edited({found.number: found.with_values(**{side: {"start": start, "end": end}})}, code, says=says)


@operator("document", "E307")
def attribution_start_late(m: Material, random: Random) -> Corruption | None:
    """Speaker or cue without its first letter; it has no surface that would tell."""
    return _side(m, random, "E307", lambda a, b: (a + 1, b), lambda a, b: a < b and in_word(m.text, a))


@operator("document", "E307")
def attribution_end_early(m: Material, random: Random) -> Corruption | None:
    """Speaker or cue without its last letter, from a tool with inclusive ends."""
    return _side(m, random, "E307", lambda a, b: (a, b - 1), lambda a, b: a < b and in_word(m.text, b))


@operator("document", "E307")
def attribution_with_comma(m: Material, random: Random) -> Corruption | None:
    """Speaker or cue with the comma after it, by a slip of the mouse."""
    return _side(m, random, "E307", lambda a, b: (a, b + 1), lambda a, b: m.text[b - 1 : b] in tuple(",;:!?"))


@operator("document", "E307")
def attribution_with_half_a_pair(m: Material, random: Random) -> Corruption | None:
    """Speaker or cue with a bracket or quotation mark that opens before it."""
    return _side(m, random, "E307", lambda a, b: (a - 1, b), lambda a, b: a >= 0 and m.text[a] in '("')


@operator("document", "E304")
def attribution_with_space(m: Material, random: Random) -> Corruption | None:
    """Speaker or cue with the space before it, by a slip of the mouse."""
    return _side(m, random, "E304", lambda a, b: (a - 1, b), lambda a, b: a >= 0 and m.text[a].isspace(), "trim the white space")


@operator("document", "E304")
def attribution_swapped(m: Material, random: Random) -> Corruption | None:
    """Start and end of a speaker or cue exchanged."""
    return _side(m, random, "E304", lambda a, b: (b, a), lambda a, b: True, "start is not before end")


@operator("document", "E304")
def attribution_empty(m: Material, random: Random) -> Corruption | None:
    """A speaker or cue that covers nothing, where null was meant."""
    return _side(m, random, "E304", lambda a, b: (a, a), lambda a, b: True, "start is not before end")


@operator("document", "E304")
def attribution_beyond_the_text(m: Material, random: Random) -> Corruption | None:
    """A speaker or cue of another article."""
    past = len(m.text) + random.randint(1, 300)
    return _side(m, random, "E304", lambda a, b: (a, past), lambda a, b: True, "beyond the text")
