"""E3xx: what holds between the layers of one article. W5xx: likely slips."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush

from sisipan.checks.context import Record, Span, brief, name_of, span_hit
from sisipan.findings import Hit, Place, check, checks_in
from sisipan.offsets import reads
from sisipan.quotes import cuts_word

NAMES = frozenset({"PER", "ORG", "NOR", "GPE", "LOC", "FAC", "EVT", "LAW", "PRD", "WOA"})
MUTE = frozenset({"CRD", "DAT", "LAN", "MON", "ORD", "PRC", "QTY", "TIM"})
TITLES = frozenset(
    "presiden wapres menteri menko gubernur bupati camat lurah ketua sekretaris direktur dirut prof dr jenderal kolonel kapten letnan brigjen irjen komjen kombes "
    "hakim jaksa senator".split()
)
_NO_FIRST, _NO_LAST = frozenset(",;:.!?)”’"), frozenset(",;:!?(“‘")


def _cut(start: int, end: int, spam: Span) -> bool:
    """Whether a range starts or ends inside a spam region, without lying in it."""
    starts = spam["start"] <= start < spam["end"]
    ends = spam["start"] < end <= spam["end"]
    return starts != ends


def _within(start: int, end: int, spam: Span) -> bool:
    return spam["start"] <= start and end <= spam["end"]


def _holding(spans: Sequence[Span], points: Iterable[int]) -> dict[int, list[int]]:
    """For each point the numbers of the spans that hold it, found in one sweep over the text."""
    coming = sorted(range(len(spans)), key=lambda number: spans[number]["start"], reverse=True)
    open_: list[tuple[int, int]] = []
    found = {}
    for point in sorted(set(points)):
        while coming and spans[coming[-1]]["start"] <= point:
            number = coming.pop()
            heappush(open_, (spans[number]["end"], number))
        while open_ and open_[0][0] <= point:
            heappop(open_)
        found[point] = [number for _, number in open_]
    return found


def reached(ranges: Sequence[tuple[int, int]], spam: Sequence[Span]) -> Iterator[list[Span]]:
    """For each range the spam regions, in their order, that it starts or ends inside of, or lies within. A range may be empty or backwards."""
    if not spam:
        yield from ([] for _ in ranges)
        return
    holding = _holding(spam, (point for start, end in ranges for point in (start, end - 1)))
    by_start = sorted(range(len(spam)), key=lambda number: spam[number]["start"])
    starts = [spam[number]["start"] for number in by_start]
    for start, end in ranges:
        between = by_start[bisect_left(starts, end) : bisect_right(starts, start)] if end < start else []
        yield [spam[number] for number in sorted({*holding[start], *holding[end - 1], *between})]


def _reaching(record: Record, layer: str) -> Iterator[tuple[int, Span, Span]]:
    """Each span of a layer with each spam region that it reaches into, without lying round it."""
    spans = record.sound[layer]
    regions = reached([(span["start"], span["end"]) for _, span in spans], [spam for _, spam in record.sound["spam"]])
    for (index, span), found in zip(spans, regions):
        yield from ((index, span, spam) for spam in found)


@check("E301", "crosses-spam", "record")
def crosses_spam(record: Record) -> Iterator[Hit]:
    """No entity or claim starts or ends inside a spam region: taking the spam out must leave it whole."""
    for layer in ("entities", "claims"):
        for index, span, spam in _reaching(record, layer):
            if _cut(span["start"], span["end"], spam):
                yield span_hit(layer, index, span, f"starts or ends inside the spam region {name_of(spam)}; end it before, or around it")


@check("E302", "inside-spam", "record")
def inside_spam(record: Record) -> Iterator[Hit]:
    """No entity or claim lies within a spam region: what a spammer says is not annotated."""
    for layer in ("entities", "claims"):
        for index, span, spam in _reaching(record, layer):
            if _within(span["start"], span["end"], spam):
                yield span_hit(layer, index, span, f"lies within the spam region {name_of(spam)}; remove it")


@check("E303", "unknown-claimant", "record")
def unknown_claimant(record: Record) -> Iterator[Hit]:
    """The claimant of a claim is the id of an entity of the same article."""
    entities = record.data.get("entities")
    known = {span["id"] for span in (entities if isinstance(entities, list) else ()) if isinstance(span, dict) and isinstance(span.get("id"), str)}
    for index, claim in record.sound["claims"]:
        if claim["claimant"] is not None and claim["claimant"] not in known:
            yield span_hit("claims", index, claim, f"claimant {brief(claim['claimant'])} is no entity of this article", "claimant")


def _sides(record: Record) -> Iterator[tuple[int, Span, str, Span]]:
    for index, claim in record.sound["claims"]:
        for side in ("speaker", "cue"):
            if claim[side] is not None:
                yield index, claim, side, claim[side]


@check("E304", "attribution-range", "record")
def attribution_range(record: Record) -> Iterator[Hit]:
    """Speaker and cue cover at least one code point, lie within the text and are trimmed."""
    for index, claim, side, span in _sides(record):
        start, end = span["start"], span["end"]
        place = f"{side} {start}:{end}"
        if start >= end:
            yield span_hit("claims", index, claim, f"{place}: start is not before end", side)
        elif record.text is not None and end > len(record.text):
            yield span_hit("claims", index, claim, f"{place} lies beyond the text, which has {len(record.text)} code points", side)
        elif record.fits and record.text[start:end] != record.text[start:end].strip():
            yield span_hit("claims", index, claim, f"{place} is {brief(record.text[start:end])}: trim the white space", side)


@check("E305", "attribution-in-spam", "record")
def attribution_in_spam(record: Record) -> Iterator[Hit]:
    """Speaker and cue neither start nor end inside a spam region, nor lie within one."""
    sides = list(_sides(record))
    regions = reached([(span["start"], span["end"]) for *_, span in sides], [spam for _, spam in record.sound["spam"]])
    for (index, claim, side, span), found in zip(sides, regions):
        for spam in found:
            if _cut(span["start"], span["end"], spam) or _within(span["start"], span["end"], spam):
                yield span_hit("claims", index, claim, f"{side} {span['start']}:{span['end']} reaches into the spam region {name_of(spam)}", side)


@check("E306", "claimant-without-speaker", "record")
def claimant_without_speaker(record: Record) -> Iterator[Hit]:
    """A claimant names the one whom the speaker words stand for; without speaker words there is no claimant."""
    for index, claim in record.sound["claims"]:
        if claim["claimant"] is not None and claim["speaker"] is None:
            yield span_hit("claims", index, claim, "has a claimant but no speaker; give the words that name who says it, or drop the claimant", "claimant")


@check("E307", "attribution-edge", "record")
def attribution_edge(record: Record) -> Iterator[Hit]:
    """Speaker and cue begin and end with a whole word: an offset that is off by one cuts a word, or takes in a comma, a bracket or a quotation mark."""
    for index, claim, side, span in _sides(record):
        start, end = span["start"], span["end"]
        if not record.fits or not start < end <= len(record.text):
            continue
        words = record.text[start:end]
        if cuts_word(record.text, start) or cuts_word(record.text, end, clitics=True):
            wrong = "starts or ends inside a word"
        elif words[0] in _NO_FIRST or words[-1] in _NO_LAST:
            wrong = "starts or ends with a sign that is no part of it"
        elif words.count("(") != words.count(")") or words.count('"') % 2 or words.count("“") != words.count("”"):
            wrong = "holds one half of a pair of brackets or quotation marks"
        else:
            continue
        around = record.text[max(0, start - 8) : start] + "»" + words + "«" + record.text[end : end + 8]
        yield span_hit("claims", index, claim, f"{side} {start}:{end} {wrong} ({brief(around)}); give whole words", side)


@check("E308", "claimant-cannot-speak", "record")
def claimant_cannot_speak(record: Record) -> Iterator[Hit]:
    """The claimant is somebody or something that says it: a person, a body, a law, a work. A number, a date or a language says nothing."""
    labels = {span["id"]: (span["label"], name_of(span)) for _, span in record.sound["entities"]}
    for index, claim in record.sound["claims"]:
        label, name = labels.get(claim["claimant"], ("", ""))
        if label in MUTE:
            yield span_hit("claims", index, claim, f"claimant {name} is a {label}, which says nothing; name the entity that does", "claimant")


@check("W503", "cuts-word", "record")
def cuts_word_(record: Record) -> Iterator[Hit]:
    """A span starts or ends inside a word. A glued dateline (`KABULPemerintah`), a clitic (`Inggris`nya) and an article with the defect missing_space may do so."""
    defects = record.data.get("defects")
    if not record.fits or isinstance(defects, list) and "missing_space" in defects:
        return
    for layer, values in record.sound.items():
        for index, span in values:
            start, end = span["start"], span["end"]
            sound = span["text"] is not None and reads(record.text, start, end, span["text"])  # E203 tells of others
            if sound and (cuts_word(record.text, start) or cuts_word(record.text, end, clitics=True)):
                around = record.text[max(0, start - 8) : start] + "»" + record.text[start:end][:40] + "«" + record.text[end : end + 8]
                yield span_hit(layer, index, span, f"starts or ends inside a word ({brief(around)}); is an offset off?")


def leading_title(name: str) -> str | None:
    """The title, rank or degree that a name of several words starts with."""
    words = name.split(None, 2)
    return words[0] if len(words) > 1 and words[0].casefold().rstrip(".") in TITLES else None


@check("W504", "title-in-name", "record")
def title_in_name(record: Record) -> Iterator[Hit]:
    """A person's title, rank or degree stays outside the name: `Presiden` Joko Widodo, `Prof.` Sri Adiningsih."""
    for index, span in record.sound["entities"]:
        title = leading_title(span["text"] or "") if span["label"] == "PER" else None
        if title is not None:
            yield span_hit("entities", index, span, f"{brief(span['text'])} starts with the title {brief(title)}; leave it outside")


def _whole_words(text: str, words: str) -> Iterator[tuple[int, int]]:
    """Where words stand in a text and are not part of longer ones, one after the other: as `(?<!\\w)words(?!\\w)` is found."""
    at, size = text.find(words), len(words)
    while at >= 0:
        sides = text[at - 1 : at] + text[at + size : at + size + 1]
        whole = not any(side.isalnum() or side == "_" for side in sides)
        if whole:
            yield at, at + size
        at = text.find(words, at + size if whole else at + 1)


def bare_mentions(text: str, entities: Iterable[tuple[int, int, str]], spam: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Start and end of each bare mention of a name that an entity (start, end, label) tags elsewhere in the text, and the number of that entity."""
    named: dict[str, int] = {}
    taken = bytearray(len(text))
    for start, end in spam:
        taken[start:end] = b"\1" * (end - start)
    for number, (start, end, label) in enumerate(entities):
        taken[start:end] = b"\1" * (end - start)
        if label in NAMES and end - start > 3 and text[start].isupper():
            named.setdefault(text[start:end], number)
    for surface, number in sorted(named.items(), key=lambda item: -len(item[0])):
        for start, end in _whole_words(text, surface):
            if taken.find(1, start, end) < 0:
                taken[start:end] = b"\1" * (end - start)
                yield start, end, number


BEFORE = 24


def mention_key(text: str, start: int, end: int) -> tuple[str, str]:
    """What names a bare mention when offsets move: its words and those before it."""
    return text[start:end], text[max(0, start - BEFORE) : start]


@check("W501", "untagged-mention", "record")
def untagged_mention(record: Record) -> Iterator[Hit]:
    """A name is tagged in one place and bare in another of the same article. Look at it: most often the bare one was missed. Where it is right, `sisipan audit --signal untagged_mention --accept`."""
    text = record.text
    if text is None:
        return
    entities = [span for _, span in record.sound["entities"]]
    spam = [(span["start"], span["end"]) for _, span in record.sound["spam"]]
    for start, end, number in bare_mentions(text, [(e["start"], e["end"], e["label"]) for e in entities], spam):
        if mention_key(text, start, end) not in record.accepted:
            around, tagged = text[max(0, start - 15) : end + 15], entities[number]
            yield Hit(Place("text", (start,)), f"{brief(text[start:end])} at {start}:{end} ({brief(around)}) is bare, but {name_of(tagged)} tags it {tagged['label']}")


@check("W502", "brand-not-in-spam", "record")
def brand_not_in_spam(record: Record) -> Iterator[Hit]:
    """A brand listed in the front matter stands in a spam region of the article. If it is disguised there, list it as it reads."""
    brands, text = record.data.get("brands"), record.text
    if text is None or not isinstance(brands, list) or "spam" not in record.data:
        return
    shown = "".join(text[span["start"] : span["end"]] for _, span in record.sound["spam"])
    read = readable(shown)
    for brand in brands:
        if isinstance(brand, str) and (readable(brand) or brand) not in (read if readable(brand) else shown):
            yield Hit(Place("front", ("brands",)), f"the brand {brief(brand)} stands in no spam region of the article")


_LOOKS = str.maketrans(
    "аеорсухіјѕԁɡһкмтвнԛԝʏοαικνρτυχε0134578@$ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡᴢ",
    "aeopcyxijsdghkmtbhqwyoaiknptuxeoieastbasabcdefghijklmnoprstuvwz",
)


def readable(text: str) -> str:
    """Letters and digits as an eye reads them: compatibility forms, look-alikes and joints undone, case folded."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LOOKS)
    return "".join(character for character in plain if character.isalnum())


CHECKS = checks_in(globals())
