"""Mistakes with a text file: its front matter, its encoding, and edits of the text that its annotations do not follow."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from random import Random

from corruptions.material import Corruption, Expected, Material, operator


def _front(name: str, key: str, line: Callable[[str], str | None], code: str, mistake: str, where: Callable[[Material], object] = lambda m: True) -> None:
    """An operator that writes a line of the front matter otherwise, given its value."""

    def make(m: Material, random: Random) -> Corruption | None:
        new = line(m.values[key])
        return m.fronted(key, new, code, line=1 if new is None else 0) if where(m) and new != f"{key}: {m.values[key]}" else None

    make.__name__, make.__doc__ = name, mistake
    operator("text", code)(make)


_front("topic_misspelt", "topic", lambda v: f"topic: {v[:-1]}", "E101", "A topic with a letter missing.")
_front("topic_lost", "topic", lambda v: None, "E101", "A line of the front matter lost.")
_front("register_free", "register", lambda v: "register: opinion", "E101", "A register that is not on the list.")
_front("date_impossible", "published", lambda v: f"published: {v[:4]}-02-30", "E101", "The thirtieth of February, by arithmetic on days.")
_front("date_local", "published", lambda v: f"published: {v[8:]}/{v[5:7]}/{v[:4]}", "E101", "A date as Indonesians write it.")
_front("date_with_time", "published", lambda v: f"published: {v}T00:00:00", "E101", "A date with a time of day, by a program.")
_front("date_month_name", "published", lambda v: f"published: {v[8:]} Maret {v[:4]}", "E101", "A date in words.")
_front("split_abbreviated", "split", lambda v: "split: dev", "E101", "A split by another name.")
_front("split_capital", "split", lambda v: f"split: {v.title()}", "E101", "A split with a capital letter.")
_front("version_short", "added_in", lambda v: "added_in: 0.1", "E101", "A version of two numbers.")
_front("version_with_v", "added_in", lambda v: f"added_in: v{v}", "E101", "A version as a tag is written.")
_front("language_other", "language", lambda v: "language: ms", "E101", "Malay for Indonesian, by a language guesser.")
_front("defect_unknown", "defects", lambda v: "defects: [typo]", "E101", "A defect that is not on the list.")
_front("defect_twice", "defects", lambda v: "defects: [mojibake, mojibake]", "E101", "A defect listed twice.")
_front("brands_as_words", "brands", lambda v: "brands: gacor88", "E101", "One brand where a list is asked for.")
_front("brand_nowhere", "brands", lambda v: "brands: [Zyxwvut Qponm]", "W502", "A brand that stands in no spam region of the article.")
_front("event_in_words", "event", lambda v: f"event: {v.replace('-', ' ').title()}", "E101", "An event as a phrase where a slug is asked for.")
_front("licence_free", "license", lambda v: "license: CC BY 4.0", "E101", "A licence without its SPDX hyphens.")
_front("licence_withheld", "license", lambda v: "license: withheld", "E110", "An article marked withheld in its licence alone.", lambda m: m.text)
_front("origin_forgotten", "original_language", lambda v: "original_language: null", "E109", "A translation whose language nobody gave.", lambda m: m.values["origin"] == "machine_translated")
_front("origin_contradicted", "original_language", lambda v: "original_language: en", "E109", "An original language for an article that was written.", lambda m: m.values["origin"] == "written")
_front("key_misspelt", "topic", lambda v: f"topics: {v}", "E101", "A key with a letter too many.")
_front("colon_unquoted", "source", lambda v: "source: Antara: events invented", "E007", "A colon in a value without quotation marks.")
_front("front_colon_lost", "topic", lambda v: f"topic {v}", "E007", "A colon lost in the front matter.")
_front("list_open", "defects", lambda v: "defects: [", "E007", "A list that is never closed.")
_front("front_nested", "topic", lambda v: "topic: {main: politics}", "E007", "A nested value in the front matter.")
_front("tab_indented", "topic", lambda v: f"\ttopic: {v}", "E007", "A tab before a key, which YAML forbids.")


@operator("text", "E110", "E111")
def status_withheld(m: Material, random: Random) -> Corruption | None:
    """An article marked withheld with its text still there; its licence contradicts the mark."""
    made = m.fronted("text_status", "text_status: withheld", "E110", line=m.front_line("license"))
    return Corruption(made.files, (*made.expected, Expected("E111", m.text_path, m.text_line(0), m.id))) if m.text else None


def _with_front_line(m: Material, line: str, code: str) -> Corruption:
    """One more line in the front matter, below the topic."""
    number = m.front_line("topic")
    lines = m.source.split("\n")
    lines.insert(number, line)
    return m.resourced("\n".join(lines), number + 1, code)


@operator("text", "E010")
def key_twice_in_front(m: Material, random: Random) -> Corruption | None:
    """A key twice in the front matter, after a merge."""
    return _with_front_line(m, "topic: sport", "E010")


@operator("text", "E101")
def key_unknown_in_front(m: Material, random: Random) -> Corruption | None:
    """A key that nobody knows, such as the author."""
    return _with_front_line(m, "author: A. N. Other", "E101")


@operator("text", "E007")
def front_matter_lost(m: Material, random: Random) -> Corruption | None:
    """A text without front matter, as it was pasted."""
    return m.resourced(m.source[m.body_at :] or "x\n", 1, "E007")


@operator("text", "E007")
def front_matter_open(m: Material, random: Random) -> Corruption | None:
    """The line of dashes that ends the front matter lost."""
    return m.resourced(m.source[: m.body_at - 4] + m.source[m.body_at :], 1, "E007") if "\n---\n" not in m.text else None


@operator("text", "E106")
def title_spaced(m: Material, random: Random) -> Corruption | None:
    """A title with two spaces for one, unlike the headline."""
    title = m.values["title"]
    return m.fronted("title", f"title: {title.replace(' ', '  ', 1)}", "E106") if m.text.startswith(title + "\n") and " " in title and title[0] not in "\"'" else None


@operator("text", "E106")
def title_in_capitals(m: Material, random: Random) -> Corruption | None:
    """A title in capitals, as the page's style sheet shows it."""
    title = m.values["title"]
    return m.fronted("title", f"title: {title.upper()}", "E106") if m.text.startswith(title + "\n") and title.upper() != title and title[0] not in "\"'" else None


@operator("text", "E106")
def title_of_the_body(m: Material, random: Random) -> Corruption | None:
    """The first words of the body for a title, by a scraper that missed the headline."""
    body = m.text.split("\n\n", 1)[-1].split("\n")[0][:60]
    words = body.split(" ")[:4]
    new = " ".join(words)
    plain = all(word.isalpha() for word in words)
    return m.fronted("title", f"title: {new}", "E106") if plain and new in m.text and not m.text.startswith(new + "\n") else None


def _inside(m: Material, random: Random) -> int:
    """A place in the text between two letters of the body."""
    return random.choice([n for n in range(1, len(m.text) - 1) if m.text[n - 1].isalpha() and m.text[n].isalpha()])


def _with_text(m: Material, text: str, line: int, *codes: str) -> Corruption | None:
    return m.resourced(m.source[: m.body_at] + text + "\n", line, *codes, moved=True) if m.text and text != m.text else None


EDITS: dict[str, tuple[Callable[[str, int], str], str]] = {
    "letter_inserted": (lambda t, at: t[:at] + "x" + t[at:], "A letter put into the text."),
    "letter_deleted": (lambda t, at: t[:at] + t[at + 1 :], "A letter lost from the text."),
    "letters_transposed": (lambda t, at: t[: at - 1] + t[at] + t[at - 1] + t[at + 1 :], "Two letters of the text exchanged: no offset moves."),
    "letter_look_alike": (lambda t, at: t[:at] + t[at:].replace("a", "\u0430", 1), "A Cyrillic letter for a Latin one in the text: no eye sees it."),
    "zero_width_inserted": (lambda t, at: t[:at] + "\u200b" + t[at:], "A zero-width space put into the text, pasted from a web page."),
    "soft_hyphen_inserted": (lambda t, at: t[:at] + "\u00ad" + t[at:], "A soft hyphen put into the text, pasted from a PDF."),
    "bidi_mark_inserted": (lambda t, at: t[:at] + "\u202e" + t[at:], "A right-to-left override put into the text, which hides what it says."),
    "variation_selector_inserted": (lambda t, at: t[:at] + "\ufe0f" + t[at:], "A variation selector put into the text, by an emoji keyboard."),
    "tag_character_inserted": (lambda t, at: t[:at] + "\U000e0041" + t[at:], "An invisible tag character put into the text, as hidden messages are."),
    "no_break_space": (lambda t, at: t[:at] + t[at:].replace(" ", "\u00a0", 1), "A no-break space for a space in the text."),
    "tab_for_space": (lambda t, at: t[:at] + t[at:].replace(" ", "\t", 1), "A tab for a space in the text."),
    "text_space_doubled": (lambda t, at: t[:at] + t[at:].replace(" ", "  ", 1), "A space doubled in the text."),
    "space_at_line_end": (lambda t, at: t[:at] + t[at:].replace("\n", " \n", 1), "A space before a line end, as editors strip them."),
    "blank_line_lost": (lambda t, at: t[: at // 2] + t[at // 2 :].replace("\n\n", "\n", 1), "A blank line lost from the text."),
    "newline_at_the_end": (lambda t, at: t + "\n", "A second newline at the end of the file."),
    "line_separator": (lambda t, at: t[:at] + t[at:].replace("\n", "\u2028", 1), "A Unicode line separator for a line end, from a web form."),
    "paragraph_lost": (lambda t, at: "\n\n".join([*t.split("\n\n")[:-2], *t.split("\n\n")[-1:]]), "A paragraph lost from the text."),
    "paragraphs_exchanged": (lambda t, at: "\n\n".join([*t.split("\n\n")[:-2], *t.split("\n\n")[:-3:-1]]), "The last two paragraphs exchanged."),
    "headline_lost": (lambda t, at: t.split("\n", 1)[-1].lstrip("\n"), "The headline cut off the text."),
    "mojibake": (lambda t, at: t.encode().decode("cp1252", "replace").replace("\ufffd", "?"), "The whole text read as Windows-1252."),
    "html_escaped": (lambda t, at: t.replace("&", "&amp;").replace('"', "&quot;"), "The text escaped for HTML."),
    "quotes_made_smart": (lambda t, at: t.replace('"', "\u201d"), "Curly quotation marks in the text, by a word processor."),
    "case_lowered": (lambda t, at: t.lower(), "The text in small letters, by a model's preprocessing."),
    "accents_stripped": (lambda t, at: unicodedata.normalize("NFKD", t).encode("ascii", "ignore").decode(), "Accents and dashes stripped, by a slugifier."),
    "nfkc": (lambda t, at: unicodedata.normalize("NFKC", t), "The text in NFKC, by a cleaner that makes fancy letters plain."),
    "digit_changed": (lambda t, at: t[:at] + t[at:].replace("1", "7", 1), "A figure changed in the text: no offset moves."),
}


def _edit(name: str, change: Callable[[str, int], str], mistake: str) -> None:
    def make(m: Material, random: Random) -> Corruption | None:
        return _with_text(m, change(m.text, _inside(m, random)), 1) if m.text else None

    make.__name__, make.__doc__ = name, mistake
    operator("text", "E108")(make)


for _name, (_change, _mistake) in EDITS.items():
    _edit(_name, _change, _mistake)


@operator("text", "E103", "E108")
def carriage_return(m: Material, random: Random) -> Corruption | None:
    """Line ends of Windows in the text, by an editor or by Git."""
    return _with_text(m, m.text.replace("\n", "\r\n"), m.text_line(0), "E103") if "\n" in m.text else None


@operator("text", "E104", "E108")
def nul(m: Material, random: Random) -> Corruption | None:
    """A NUL in the text, from a fixed-width field."""
    at = _inside(m, random) if m.text else 0
    return _with_text(m, m.text[:at] + "\0" + m.text[at:], m.text_line(at), "E104")


@operator("text", "E112", "E108")
def mark_in_the_text(m: Material, random: Random) -> Corruption | None:
    """A byte-order mark at the start of the text, pasted under the front matter."""
    return _with_text(m, "\ufeff" + m.text, m.text_line(0), "E112")


@operator("text", "E102", "E108")
def nfd(m: Material, random: Random) -> Corruption | None:
    """The text with letters and accents apart, after a round trip over macOS."""
    new = unicodedata.normalize("NFD", m.text)
    first = next((n for n, (a, b) in enumerate(zip(m.text, new)) if a != b), 0)
    return _with_text(m, new, m.text_line(first), "E102")


@operator("text", "E005")
def mark_in_the_file(m: Material, random: Random) -> Corruption | None:
    """A byte-order mark at the start of the file, by an editor of Windows."""
    return m.resourced("\ufeff" + m.source, 1, "E005")


@operator("text", "E006")
def text_in_latin1(m: Material, random: Random) -> Corruption | None:
    """A letter of the text in Latin-1, by an old editor."""
    at = m.body_at + (_inside(m, random) if m.text else -1)
    return m.resourced(m.source[:at].encode() + b"\xe9" + m.source[at:].encode(), m.source.count("\n", 0, at) + 1, "E006")


@operator("text", "E006")
def text_in_cesu8(m: Material, random: Random) -> Corruption | None:
    """An emoji as two surrogates of three bytes each, by Java or MySQL."""
    at = m.body_at + (_inside(m, random) if m.text else -1)
    emoji = "\ud83d\ude00".encode("utf-8", "surrogatepass")
    return m.resourced(m.source[:at].encode() + emoji + m.source[at:].encode(), m.source.count("\n", 0, at) + 1, "E006")


@operator("text", "E004")
def text_emptied(m: Material, random: Random) -> Corruption | None:
    """An empty text file, after a crash between opening and writing."""
    return m.resourced(b"", 1, "E004")


@operator("text", "E008")
def text_truncated(m: Material, random: Random) -> Corruption | None:
    """A text cut off inside a word, by a full disk or an interrupted copy."""
    at = m.body_at + (_inside(m, random) if m.text else 0)
    return m.resourced(m.source[:at], m.source.count("\n", 0, at) + 1, "E008", moved=True) if m.text else None


@operator("text", "E008")
def text_without_final_newline(m: Material, random: Random) -> Corruption | None:
    """A text file without its last newline, as some editors write."""
    return m.resourced(m.source[:-1], m.source.count("\n"), "E008") if m.text else None


@operator("text", "E110")
def text_cut_to_its_front(m: Material, random: Random) -> Corruption | None:
    """A text file of which the front matter alone is left."""
    number = m.front_line("text_status")
    return Corruption({m.text_path: m.source[: m.body_at].encode()}, (Expected("E110", m.text_path, number, m.id),)) if m.text else None
