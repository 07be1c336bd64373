"""Mistakes with what a span says and where it stands: surface, label, id, reference, order, overlap, spam."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from random import Random

from corruptions.material import Corruption, Found, Material, operator, words


def _surface(m: Material, random: Random, change: Callable[[str], str]) -> Corruption | None:
    found = m.pick(random, lambda f: change(f.span["text"]) != f.span["text"])
    return found and m.edited({found.number: found.with_values(text=change(found.span["text"]))}, "E203")


def _after_first(character: str) -> Callable[[str], str]:
    return lambda surface: surface[0] + character + surface[1:]


SURFACES: dict[str, tuple[Callable[[str], str], str]] = {
    "surface_case": (str.swapcase, "A surface in other case, by a tool that lower-cases."),
    "surface_no_break_space": (lambda s: s.replace(" ", "\u00a0"), "A surface with no-break spaces, pasted from a browser."),
    "surface_double_space": (lambda s: s.replace(" ", "  "), "A surface with two spaces for one, typed by hand."),
    "surface_stripped_inside": (lambda s: " ".join(s.split()), "A surface with its line ends made spaces, by a tokenizer that joins its tokens."),
    "surface_zero_width": (_after_first("\u200b"), "A zero-width space in a surface, pasted from a web page."),
    "surface_soft_hyphen": (_after_first("\u00ad"), "A soft hyphen in a surface, pasted from a PDF."),
    "surface_bidi_mark": (_after_first("\u200e"), "A left-to-right mark in a surface, pasted from a chat."),
    "surface_look_alike": (lambda s: s.replace("a", "\u0430").replace("A", "\u0410"), "Cyrillic letters for Latin ones in a surface."),
    "surface_nfd": (lambda s: unicodedata.normalize("NFD", s), "A surface with letters and accents apart, after a round trip over macOS."),
    "surface_nfkc": (lambda s: unicodedata.normalize("NFKC", s), "A surface with fancy letters made plain, by a cleaner."),
    "surface_smart_quotes": (lambda s: s.replace('"', "\u201d").replace("'", "\u2019"), "A surface with curly quotation marks, by a word processor."),
    "surface_dash": (lambda s: s.replace("-", "\u2013"), "A surface with a dash for a hyphen, by a word processor."),
    "surface_entity_escaped": (lambda s: s.replace("&", "&amp;").replace('"', "&quot;"), "A surface escaped for HTML."),
    "surface_mojibake": (lambda s: s.encode().decode("latin-1"), "A surface read as Latin-1."),
    "surface_digits": (lambda s: s.replace(".", "\0").replace(",", ".").replace("\0", ","), "Decimal comma and thousands point exchanged, by a locale."),
    "surface_letter_lost": (lambda s: s[:1] + s[2:], "A surface without its second letter."),
    "surface_letters_swapped": (lambda s: s[1:2] + s[0] + s[2:], "The first two letters of a surface exchanged."),
}


def _of_surfaces(name: str, change: Callable[[str], str], mistake: str) -> None:
    def make(m: Material, random: Random) -> Corruption | None:
        return _surface(m, random, change)

    make.__name__, make.__doc__ = name, mistake
    operator("document", "E203")(make)


for _name, (_change, _mistake) in SURFACES.items():
    _of_surfaces(_name, _change, _mistake)


def _value(name: str, key: str, raw: Callable[[Found], str], code: str, mistake: str, *layers: str, where: Callable[[Found], bool] = lambda found: True) -> None:
    """An operator that writes a value of a span otherwise."""

    def make(m: Material, random: Random) -> Corruption | None:
        found = m.pick(random, lambda f: where(f) and json.dumps(f.span[key], ensure_ascii=False) != raw(f), *layers)
        return found and m.edited({found.number: found.with_value(key, raw(found))}, code)

    make.__name__, make.__doc__ = name, mistake
    operator("document", code)(make)


_OTHER = {"entities": "statistic", "claims": "PER", "spam": "event"}
_value("surface_emptied", "text", lambda f: '""', "E101", "An empty surface, by an export without texts.")
_value("surface_as_list", "text", lambda f: json.dumps(f.span["text"].split() or [""]), "E101", "A surface as a list of tokens.")
_value("label_lower", "label", lambda f: json.dumps(f.span["label"].swapcase()), "E101", "A label in other case.")
_value("label_of_another_layer", "label", lambda f: f'"{_OTHER[f.layer]}"', "E101", "A label of another layer.")
_value("label_look_alike", "label", lambda f: '"P\u0415R"', "E101", "A label with a Cyrillic letter, pasted from a chat.", "entities")
_value("label_with_space", "label", lambda f: f'"{f.span["label"]} "', "E101", "A label with a space after it, from a spreadsheet.")
_value("label_invisible", "label", lambda f: f'"{f.span["label"]}\u200b"', "E101", "A label with a zero-width space, from a web form.")
_value("label_bio", "label", lambda f: f'"B-{f.span["label"]}"', "E101", "A BIO tag for a label, from a tagger.")
_value("label_number", "label", lambda f: "4", "E101", "A label as the number that Parquet stores.")
_value("label_null", "label", lambda f: "null", "E101", "No label, by an annotator who skipped it.")
_value("label_list", "label", lambda f: f'["{f.span["label"]}"]', "E101", "Labels as a list, as Label Studio and doccano write.")
_value("label_of_another_scheme", "label", lambda f: '"LOCATION"', "E101", "A label of another scheme (Stanford, OntoNotes).", "entities")
_value("form_unknown", "form", lambda f: '"footer"', "E101", "A form of spam that nobody listed.", "spam")
_value("obfuscation_as_list", "obfuscation", lambda f: '["leet", "emoji"]', "E101", "Two disguises where one is asked for.", "spam")
_value("id_capital", "id", lambda f: f'"{f.span["id"].upper()}"', "E101", "The id of a span in capitals.")
_value("id_look_alike", "id", lambda f: f'"\u0435{f.span["id"][1:]}"', "E101", "The id of a span with a Cyrillic letter.", "entities")
_value("id_number", "id", lambda f: f.span["id"][1:], "E101", "The id of a span as a number.", where=lambda f: f.span["id"][1:].isdigit())
_value("id_empty", "id", lambda f: '""', "E101", "The id of a span left empty.")
_value("id_uuid", "id", lambda f: '"3f2b8c1e-7a55-4d6f-9b1e-0c8a5d2e4f61"', "E101", "A UUID for the id of a span, as Label Studio and INCEpTION make them.")
_value("checkworthy_as_word", "checkworthy", lambda f: f'"{str(f.span["checkworthy"]).lower()}"', "E101", "Check-worthiness as a string, from a CSV file.", "claims")
_value("checkworthy_as_number", "checkworthy", lambda f: str(int(f.span["checkworthy"])), "E101", "Check-worthiness as 0 or 1, from a database.", "claims")
_value("checkworthy_null", "checkworthy", lambda f: "null", "E101", "Check-worthiness left open.", "claims")
_value("speaker_as_words", "speaker", lambda f: '"kata pejabat"', "E201", "A speaker given in words and not yet anchored.", "claims")
_value("speaker_as_list", "speaker", lambda f: f"[{f.span['start']}, {f.span['end']}]", "E101", "A speaker as a pair of numbers.", "claims")
_value("speaker_without_end", "speaker", lambda f: f'{{"start": {f.span["start"]}}}', "E101", "A speaker with a start alone.", "claims")
_value("claimant_as_words", "claimant", lambda f: '"Agus Nugroho"', "E101", "A claimant by name where an id is asked for.", "claims")
_value("claimant_as_list", "claimant", lambda f: '["e1", "e2"]', "E101", "Two claimants where one is asked for.", "claims")
_value("claimant_gone", "claimant", lambda f: '"e9999"', "E303", "A claimant whose entity was removed.", "claims", where=lambda f: f.span["speaker"])
_value("claimant_a_claim", "claimant", lambda f: f'"{f.span["id"]}"', "E303", "The claim's own id for its claimant.", "claims", where=lambda f: f.span["speaker"])
_value("claimant_look_alike", "claimant", lambda f: f'"{f.span["claimant"]}a"', "E303", "A letter too many in the id of a claimant.", "claims", where=lambda f: f.span["claimant"])
_value("speaker_dropped", "speaker", lambda f: "null", "E306", "The speaker removed and its claimant forgotten.", "claims", where=lambda f: f.span["claimant"])


@operator("document", "E308")
def claimant_next_id(m: Material, random: Random) -> Corruption | None:
    """The claimant's id counted one too far, onto a figure or a date."""
    mute = {found.span["id"] for found in m.found if found.layer == "entities" and found.span["label"] in ("CRD", "DAT", "MON", "PRC", "QTY", "TIM", "ORD", "LAN")}
    found = m.pick(random, lambda f: f.span["claimant"], "claims")
    return m.edited({found.number: found.with_values(claimant=random.choice(sorted(mute)))}, "E308") if found and mute else None


def _key(m: Material, random: Random, change: Callable[[str, Found], str], code: str, *layers: str) -> Corruption | None:
    found = m.pick(random, lambda f: True, *layers)
    return found and m.edited({found.number: change(found.line, found)}, code)


@operator("document", "E101")
def key_missing(m: Material, random: Random) -> Corruption | None:
    """A key of a span left out."""
    return _key(m, random, lambda line, f: line.replace('"label": ' + json.dumps(f.span["label"]) + ", ", "").replace(', "label": ' + json.dumps(f.span["label"]), ""), "E101")


@operator("document", "E101")
def key_unknown(m: Material, random: Random) -> Corruption | None:
    """A key that nobody knows, such as an annotator's note."""
    return _key(m, random, lambda line, f: line.replace('"label": ', '"note": "unsure", "label": ', 1), "E101")


@operator("document", "E010")
def key_twice(m: Material, random: Random) -> Corruption | None:
    """A key twice in a span, after a merge by hand."""
    return _key(m, random, lambda line, f: line.replace('"start": ', '"start": 0, "start": ', 1), "E010")


@operator("document", "E201")
def span_quoted(m: Material, random: Random) -> Corruption | None:
    """A span still written as a quote, without offsets."""
    return _key(m, random, lambda line, f: line.replace(f'"start": {f.span["start"]}, "end": {f.span["end"]}, "text": ', '"exact": ', 1), "E201")


@operator("document", "W012")
def keys_reordered(m: Material, random: Random) -> Corruption | None:
    """The keys of a span in another order, by a program that sorts them."""
    found = m.pick(random)
    return found and m.edited({found.number: "    " + json.dumps(found.span, sort_keys=True, ensure_ascii=False) + found.line[len(found.line.rstrip(",")) :]}, "W012")


@operator("document", "W012")
def space_doubled(m: Material, random: Random) -> Corruption | None:
    """A space too many in the line of a span, typed by hand."""
    found = m.pick(random)
    return found and m.edited({found.number: found.line.replace('"start": ', '"start":  ', 1)}, "W012")


@operator("document", "E205")
def id_taken(m: Material, random: Random) -> Corruption | None:
    """A span with the id of an earlier one, after copying its line."""
    found = m.pick(random, lambda f: f.index > 0)
    first = found and next(f for f in m.found if f.layer == found.layer)
    return found and m.edited({found.number: found.with_values(id=first.span["id"])}, "E205")


@operator("document", "E205")
def id_of_another_layer(m: Material, random: Random) -> Corruption | None:
    """A claim with the id of an entity."""
    found, other = m.pick(random, lambda f: True, "claims"), m.pick(random, lambda f: True, "entities")
    return m.edited({found.number: found.with_values(id=other.span["id"])}, "E205") if found and other else None


def _after(found: Found, line: str) -> str:
    return found.line.rstrip(",") + ",\n" + line


@operator("document", "E205", "E206")
def line_doubled(m: Material, random: Random) -> Corruption | None:
    """The line of a span twice, after a merge."""
    found = m.pick(random)
    return found and m.edited({found.number: _after(found, found.line)}, "E205", "E206", line=found.number + 1)


@operator("document", "E206")
def line_doubled_with_new_id(m: Material, random: Random) -> Corruption | None:
    """A span annotated twice, each time with an id of its own."""
    found = m.pick(random)
    return found and m.edited({found.number: _after(found, found.with_values(id="x99"))}, "E206", line=found.number + 1)


@operator("document", "E206")
def nested(m: Material, random: Random) -> Corruption | None:
    """A span inside one of the same layer (`Demak` in `BPBD Demak`), from a scheme that nests."""
    found = m.pick(random, lambda f: len(f.span["text"].split()) > 1 and f.span["text"].split()[0].isalnum())
    if not found:
        return None
    first = found.span["text"].split()[0]
    line = found.with_values(id="x99", end=found.span["start"] + len(first), text=first)
    return m.edited({found.number: _after(found, line)}, "E206")


def _neighbours(m: Material, random: Random) -> tuple[Found, Found] | None:
    """A span and the next of its layer."""
    after = {(f.layer, f.index): f for f in m.found}
    found = m.pick(random, lambda f: (f.layer, f.index + 1) in after)
    return (found, after[found.layer, found.index + 1]) if found else None


@operator("document", "E206")
def grown_into_the_next(m: Material, random: Random) -> Corruption | None:
    """A span that runs on into the next of its layer, surface and all."""
    pair = _neighbours(m, random)
    if not pair:
        return None
    found, other = pair
    end = other.span["start"] + 1
    return m.edited({found.number: found.with_values(end=end, text=m.text[found.span["start"] : end])}, "E206", line=other.number)


@operator("document", "E207")
def lines_exchanged(m: Material, random: Random) -> Corruption | None:
    """Two spans in the wrong order, after inserting one by hand."""
    pair = _neighbours(m, random)
    if not pair:
        return None
    found, other = pair
    comma = "," if other.line.endswith(",") else ""
    return m.edited({found.number: other.line.rstrip(",") + ",", other.number: found.line.rstrip(",") + comma}, "E207", line=other.number)


@operator("document", "E203")
def surfaces_exchanged(m: Material, random: Random) -> Corruption | None:
    """The surfaces of two spans exchanged, by a sort of one column alone."""
    found = m.pick(random)
    other = found and m.pick(random, lambda f: f.layer == found.layer and f.span["text"] != found.span["text"])
    if not other:
        return None
    changed = {found.number: found.with_values(text=other.span["text"]), other.number: other.with_values(text=found.span["text"])}
    both = [m.edited(changed, "E203", line=number).expected[0] for number in changed]
    return Corruption(m.edited(changed).files, tuple(both))


@operator("document", "W504")
def title_taken_in(m: Material, random: Random) -> Corruption | None:
    """A person's title taken into the name, as some guidelines want it."""
    titles = ("Presiden ", "Menteri ", "Gubernur ", "Bupati ", "Ketua ", "Direktur ", "Sekretaris ", "Prof. ", "Dr. ", "Kolonel ", "Hakim ")

    def title(found: Found) -> str:
        return next((t for t in titles if m.text[: found.span["start"]].endswith(t)), "") if found.span["label"] == "PER" else ""

    found = m.pick(random, title, "entities")
    if not found:
        return None
    start = found.span["start"] - len(title(found))
    return m.edited({found.number: found.with_values(start=start, text=m.text[start : found.span["end"]])}, "W504")


@operator("document", "W501")
def mention_dropped(m: Material, random: Random) -> Corruption | None:
    """One of several mentions of a name left untagged."""
    names = ("PER", "ORG", "NOR", "GPE", "LOC", "FAC")

    def fits(f: Found) -> bool:
        surface, after = f.span["text"], m.text[f.span["end"] : f.span["end"] + 1]
        same = [o for o in m.found if o.layer == "entities" and o.span["text"] == surface and o.span["label"] in names]
        last = f.line.endswith(",")
        return f.span["label"] in names and len(same) > 1 and len(surface) > 3 and surface[0].isupper() and last and not (after.isalnum() or m.text[f.span["start"] - 1 : f.span["start"]].isalnum())

    found = m.pick(random, fits, "entities") if m.where == "gold" else None
    if not found:
        return None
    raw = "\n".join(line for number, line in enumerate(m.lines, 1) if number != found.number)
    line = m.text_line(found.span["start"])
    edited = m.rewritten(raw, 1)
    return Corruption(edited.files, m.resourced(m.source, line, "W501").expected)


def _in_spam(m: Material, random: Random) -> tuple[Found, list[tuple[int, int]]] | None:
    """A spam region and its words."""
    found = m.pick(random, lambda f: len(list(words(f.span["text"]))) > 2, "spam")
    return found and (found, [(found.span["start"] + a, found.span["start"] + b) for a, b in words(found.span["text"])])


def _new(m: Material, layer: str, start: int, end: int, code: str) -> Corruption:
    span = {"id": "x99", "start": start, "end": end, "text": m.text[start:end], "label": "ORG"}
    if layer == "claims":
        span |= {"label": "event", "claimant": None, "speaker": None, "cue": None, "checkworthy": False}
    raw, line = m.inserted(layer, span)
    return m.rewritten(raw, line, code)


@operator("document", "E302")
def brand_tagged(m: Material, random: Random) -> Corruption | None:
    """A brand inside a spam region tagged as an entity, by a tagger."""
    spam = _in_spam(m, random)
    return spam and _new(m, "entities", *random.choice(spam[1]), "E302")


@operator("document", "E302")
def promise_of_spam_claimed(m: Material, random: Random) -> Corruption | None:
    """A claim within a spam region, by an annotator who took it for news."""
    spam = _in_spam(m, random)
    return spam and _new(m, "claims", spam[1][0][0], spam[1][1][1], "E302")


@operator("document", "E301")
def claim_ends_in_spam(m: Material, random: Random) -> Corruption | None:
    """A claim that runs on into a spam region."""
    spam = _in_spam(m, random)
    before = spam and [a for a, _ in words(m.text[: spam[0].span["start"]])]
    return _new(m, "claims", before[-1], spam[1][0][1], "E301") if before else None


@operator("document", "E301")
def entity_starts_in_spam(m: Material, random: Random) -> Corruption | None:
    """An entity that starts in a spam region and ends after it."""
    spam = _in_spam(m, random)
    after = spam and [spam[0].span["end"] + b for _, b in words(m.text[spam[0].span["end"] :])]
    return _new(m, "entities", spam[1][-1][0], after[0], "E301") if after else None


@operator("document", "E305")
def cue_in_spam(m: Material, random: Random) -> Corruption | None:
    """A cue taken from a spam region (`kata` in an advertisement)."""
    spam, found = _in_spam(m, random), m.pick(random, lambda f: True, "claims")
    if not (spam and found):
        return None
    start, end = random.choice(spam[1])
    return m.edited({found.number: found.with_values(cue={"start": start, "end": end})}, "E305")


@operator("document", "E209")
def region_split(m: Material, random: Random) -> Corruption | None:
    """A spam region annotated as two, a line or a sentence each."""
    found = m.pick(random, lambda f: " " in f.span["text"], "spam")
    if not found:
        return None
    start, end = found.span["start"], found.span["end"]
    at = start + random.choice([n for n, character in enumerate(found.span["text"]) if character == " "])
    rest = next((n for n in range(at, end) if not m.text[n].isspace()), end)
    head = at - len(m.text[start:at]) + len(m.text[start:at].rstrip())
    second = found.with_values(id="x99", start=rest, text=m.text[rest:end])
    return m.edited({found.number: found.with_values(end=head, text=m.text[start:head]).rstrip(",") + ",\n" + second}, "E209", line=found.number + 1)


@operator("document", "I208", "E101")
def span_unreadable(m: Material, random: Random) -> Corruption | None:
    """A span that is no object but a list, as token tuples are; the rest is still examined, and what is not is said."""
    found = m.pick(random)
    values = json.dumps([found.span["start"], found.span["end"], found.span["label"]]) if found else ""
    comma = "," if found and found.line.endswith(",") else ""
    made = found and m.edited({found.number: f"    {values}{comma}"}, "E101")
    return made and Corruption(made.files, (*made.expected, m.rewritten("", 1, "I208").expected[0]))
