"""brat stand-off: `ID.txt` and `ID.ann`, offsets in code points.

Types carry the layer (`Entity-PER`, `Claim-event`, `Spam-slot`, `Speaker`, `Cue`), attributes are `A` lines, links `R`
lines, and the corpus's own ids notes. A line end inside a span makes fragments, as brat writes it; they are joined again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sisipan.convert.regions import ATTRIBUTES, LINKS, UNITS, Link, LossError, Page, Region, fitted, fresh_ids
from sisipan.schemas import Schemas

_TYPES = {"entities": "Entity", "claims": "Claim", "spam": "Spam", "speaker": "Speaker", "cue": "Cue"}
_KINDS = {name: kind for kind, name in _TYPES.items()}
NOTE = "AnnotatorNotes"


def _type(region: Region) -> str:
    name = _TYPES[region.kind]
    return name if region.kind in ("speaker", "cue") else f"{name}-{region.label}"


def _fragments(page: Page, region: Region) -> list[tuple[int, int]]:
    surface = page.text[region.start : region.end]
    if surface != surface.strip("\n"):
        raise LossError(f"{page.id}: {region.id} {surface[:30]!r} begins or ends with a line end, which brat cannot hold; trim it first")
    return [(region.start + match.start(), region.start + match.end()) for match in re.finditer(r"[^\n]+", surface)]


def write(page: Page) -> dict[str, str]:
    """`ID.txt` and `ID.ann`. Raises LossError for a span that begins or ends with a line end."""
    names = {region.id: f"T{n}" for n, region in enumerate(page.regions, start=1)}
    lines, more = [], []
    for region in page.regions:
        parts = _fragments(page, region)
        places = ";".join(f"{start} {end}" for start, end in parts)
        lines.append(f"{names[region.id]}\t{_type(region)} {places}\t{' '.join(page.text[start:end] for start, end in parts)}")
        for attribute in ATTRIBUTES[region.kind]:
            value = region.attributes[attribute]
            if value is not False:
                more.append(f"A{len(more) + 1}\t{attribute} {names[region.id]}" + ("" if value is True else f" {value}"))
    links = [f"R{n}\t{link.label} Arg1:{names[link.source]} Arg2:{names[link.target]}" for n, link in enumerate(page.links, start=1)]
    notes = [f"#{n}\t{NOTE} {names[region.id]}\t{region.id}" for n, region in enumerate(page.regions, start=1)]
    return {f"{page.id}.txt": page.text, f"{page.id}.ann": "".join(f"{line}\n" for line in (*lines, *more, *links, *notes))}


def _join(page_id: str, text: str, places: str, quoted: str, where: str) -> tuple[int, int]:
    if not re.fullmatch(r"\d+ \d+(;\d+ \d+)*", places):
        raise LossError(f"{where}: expected `start end` or `start end;start end`, found {places[:40]!r}")
    parts = [tuple(map(int, part.split())) for part in places.split(";")]
    for unit in UNITS:
        try:
            ranges = [fitted(page_id, text, *part, None, where, unit) for part in parts]
        except LossError:
            continue
        if " ".join(text[a:b] for a, b in ranges) == quoted:
            break
    else:
        raise LossError(f"{where}: {places} is not {quoted[:40]!r}, in code points and in UTF-16; the text is another one")
    for (_, end), (start, _) in zip(ranges, ranges[1:]):
        if text[end:start].strip("\n"):
            raise LossError(f"{where}: a span in pieces, with {text[end:start][:30]!r} between them; a span of the corpus is one stretch")
    return ranges[0][0], ranges[-1][1]


def read(page_id: str, text: str, ann: str) -> Page:
    """The page of a text and its `.ann`. Raises LossError for what the corpus cannot hold: events, equivalences, pieces."""
    found: dict[str, list] = {}
    attributes: dict[str, dict[str, object]] = {}
    links: list[tuple[str, str, str]] = []
    own: dict[str, str] = {}
    for number, line in enumerate(ann.split("\n"), start=1):
        where = f"{page_id}.ann:{number}"
        fields = line.split("\t")
        if not line.strip():
            continue
        mark, head = fields[0], fields[1].split(" ") if len(fields) > 1 else []
        if mark[:1] == "T" and len(fields) >= 3 and head:
            kind, _, label = head[0].partition("-")
            if kind not in _KINDS or (kind not in ("Speaker", "Cue") and not label):
                raise LossError(f"{where}: the type {head[0][:40]!r} is none of `Entity-LABEL`, `Claim-LABEL`, `Spam-LABEL`, `Speaker`, `Cue`")
            place = _join(page_id, text, " ".join(head[1:]), "\t".join(fields[2:]), where)
            found[mark] = [_KINDS[kind], label or _KINDS[kind], *place]
        elif mark[:1] in "AM" and len(head) >= 2:
            attributes.setdefault(head[1], {})[head[0]] = head[2] if len(head) > 2 else True
        elif mark[:1] == "R" and len(head) == 3 and head[0] in LINKS:
            links.append((head[1].removeprefix("Arg1:"), head[0], head[2].removeprefix("Arg2:")))
        elif mark[:1] == "#" and len(fields) >= 3:
            if head[0] == NOTE and len(head) > 1:
                own[head[1]] = "\t".join(fields[2:]).strip()
        else:
            raise LossError(f"{where}: {line[:50]!r} would be lost: the corpus holds spans, their attributes, and the links {', '.join(LINKS)}")
    marks = list(found)
    regions = []
    for mark in marks:
        kind, label, start, end = found[mark]
        given = attributes.get(mark, {})
        if unknown := sorted(set(given) - set(ATTRIBUTES[kind])):
            raise LossError(f"{page_id}.ann: {mark} has the attribute {unknown[0][:30]!r}, which {kind} do not have")
        filled = {name: given.get(name, False if name == "checkworthy" else None) for name in ATTRIBUTES[kind]}
        if missing := [name for name, value in filled.items() if value is None]:
            raise LossError(f"{page_id}.ann: {mark} ({label}) has no {missing[0]}; set it in brat")
        regions.append(Region(own.get(mark, ""), kind, start, end, label, filled))
    named = fresh_ids(regions)
    ids = {mark: region.id for mark, region in zip(marks, named)}
    return Page(page_id, text, tuple(named), tuple(Link(ids.get(a, a), label, ids.get(b, b)) for a, label, b in links))


def configuration(schemas: Schemas) -> Mapping[str, str]:
    """`annotation.conf` of a brat collection, from the schema."""
    spam = schemas.documents["spam"]["properties"]
    types = [*(f"Entity-{x}" for x in schemas.labels("entities")), *(f"Claim-{x}" for x in schemas.labels("claims")), *(f"Spam-{x}" for x in schemas.labels("spam")), "Speaker", "Cue"]
    claims = "|".join(f"Claim-{x}" for x in schemas.labels("claims"))
    regions = "|".join(f"Spam-{x}" for x in schemas.labels("spam"))
    entities = "|".join(f"Entity-{x}" for x in schemas.labels("entities"))
    lines = [
        "[entities]", *types, "", "[relations]",
        f"speaker\tArg1:{claims}, Arg2:Speaker", f"cue\tArg1:{claims}, Arg2:Cue", f"claimant\tArg1:{claims}, Arg2:{entities}",
        "<OVERLAP>\tArg1:<ANY>, Arg2:<ANY>, <OVL-TYPE>:<ANY>", "", "[events]", "", "[attributes]", f"checkworthy\tArg:{claims}",
        *(f"{name}\tArg:{regions}, Value:{'|'.join(spam[name]['enum'])}" for name in ("form", "obfuscation")),
    ]  # fmt: skip
    return {"annotation.conf": "".join(f"{line}\n" for line in lines)}
