"""brat stand-off: `ID.txt` and `ID.ann`, offsets in code points.

Types carry the layer (`Entity-PER`, `Claim-event`, `Spam-slot`, `Speaker`, `Cue`), attributes are `A` lines, links `R`
lines, and the corpus's own ids notes (`id e1`); any other note would be lost and is refused. A line end inside a span makes fragments, as brat writes it; they are joined again.
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
    notes = [f"#{n}\t{NOTE} {names[region.id]}\tid {region.id}" for n, region in enumerate(page.regions, start=1)]
    return {f"{page.id}.txt": page.text, f"{page.id}.ann": "".join(f"{line}\n" for line in (*lines, *more, *links, *notes))}


def _places(places: str, where: str) -> list[tuple[int, int]]:
    if not re.fullmatch(r"\d+ \d+(;\d+ \d+)*", places):
        raise LossError(f"{where}: expected `start end` or `start end;start end`, found {places[:40]!r}")
    return [(int(a), int(b)) for a, b in (part.split() for part in places.split(";"))]


def _placed(page_id: str, text: str, found: Mapping[str, tuple]) -> dict[str, tuple[int, int]]:
    """The range of each mark; all of a file in one unit, told by the quoted texts."""
    misfits = []
    for unit in UNITS:
        out = {}
        for mark, (_, _, parts, quoted, where) in found.items():
            try:
                ranges = fitted(page_id, text, [(a, b, None, where) for a, b in parts], unit)
            except LossError as error:
                misfits.append(str(error))
                break
            if " ".join(text[a:b] for a, b in ranges) != quoted:
                misfits.append(f"{where}: {';'.join(f'{a} {b}' for a, b in parts)} is not {quoted[:40]!r} in {unit}")
                break
            for (_, end), (start, _) in zip(ranges, ranges[1:]):
                if text[end:start].strip("\n"):
                    raise LossError(f"{where}: a span in pieces, with {text[end:start][:30]!r} between them; a span of the corpus is one stretch")
            out[mark] = (ranges[0][0], ranges[-1][1])
        else:
            return out
    raise LossError(f"{'; '.join(misfits)}; the text is another one")


def read(page_id: str, text: str, ann: str) -> Page:
    """The page of a text and its `.ann`. Raises LossError for what the corpus cannot hold: events, equivalences, pieces."""
    found: dict[str, tuple] = {}
    attributes: dict[str, dict[str, object]] = {}
    links: list[tuple[str, str, str]] = []
    own: dict[str, str] = {}
    for number, line in enumerate(ann.split("\n"), start=1):
        where = f"{page_id}.ann:{number}"
        fields = line.split("\t")
        if not line.strip():
            continue
        mark, head = fields[0], fields[1].split(" ") if len(fields) > 1 else []
        if mark in found:
            raise LossError(f"{where}: {mark} stands twice")
        if mark[:1] == "T" and len(fields) >= 3 and head:
            kind, _, label = head[0].partition("-")
            if kind not in _KINDS or (kind not in ("Speaker", "Cue") and not label):
                raise LossError(f"{where}: the type {head[0][:40]!r} is none of `Entity-LABEL`, `Claim-LABEL`, `Spam-LABEL`, `Speaker`, `Cue`")
            found[mark] = (_KINDS[kind], label or _KINDS[kind], _places(" ".join(head[1:]), where), "\t".join(fields[2:]), where)
        elif mark[:1] in ("A", "M") and len(head) >= 2:
            if head[0] == "checkworthy" and len(head) > 2:
                raise LossError(f"{where}: checkworthy is there or not, and has no value {head[2][:20]!r}")
            attributes.setdefault(head[1], {})[head[0]] = head[2] if len(head) > 2 else True
        elif mark[:1] == "R" and len(head) == 3 and head[0] in LINKS:
            ends = dict(part.partition(":")[::2] for part in head[1:])
            if set(ends) != {"Arg1", "Arg2"}:
                raise LossError(f"{where}: expected Arg1 and Arg2, found {' '.join(head[1:])[:40]!r}")
            links.append((ends["Arg1"], head[0], ends["Arg2"]))
        elif mark[:1] == "#" and len(fields) >= 3 and head[:1] == [NOTE] and len(head) > 1 and fields[2].startswith("id "):
            own[head[1]] = fields[2][3:].strip()
        else:
            raise LossError(f"{where}: {line[:50]!r} would be lost: the corpus holds spans, their attributes, and the links {', '.join(LINKS)}")
    if lost := sorted(set(attributes) - set(found)):
        raise LossError(f"{page_id}.ann: an attribute belongs to {lost[0]}, which is no span of the file")
    marks, places = list(found), _placed(page_id, text, found)
    regions = []
    for mark in marks:
        kind, label = found[mark][:2]
        given = attributes.get(mark, {})
        if unknown := sorted(set(given) - set(ATTRIBUTES[kind])):
            raise LossError(f"{page_id}.ann: {mark} has the attribute {unknown[0][:30]!r}, which {kind} do not have")
        filled = {name: given.get(name, False if name == "checkworthy" else None) for name in ATTRIBUTES[kind]}
        if missing := [name for name, value in filled.items() if value is None]:
            raise LossError(f"{page_id}.ann: {mark} ({label}) has no {missing[0]}; set it in brat")
        regions.append(Region(own.get(mark, ""), kind, *places[mark], label, filled))
    named = fresh_ids(regions)
    ids = {mark: region.id for mark, region in zip(marks, named)}
    if lost := [end for a, _, b in links for end in (a, b) if end not in ids]:
        raise LossError(f"{page_id}.ann: a link leads to {lost[0]}, which is no span of the file")
    return Page(page_id, text, tuple(named), tuple(Link(ids[a], label, ids[b]) for a, label, b in links))


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
