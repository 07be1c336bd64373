"""What every annotation tool understands: labelled regions of a text and labelled links between them.

The formats of this package are written from and read into this form. A claim's speaker and cue become regions of their
own, tied to it by links; a claimant is a link to an entity. All offsets are code points, half-open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sisipan.errors import SisipanError
from sisipan.model import LAYERS, Article
from sisipan.offsets import from_code_points, text_sha256, to_code_points

SIDES = ("speaker", "cue")
KINDS = (*LAYERS, *SIDES)
LINKS = (*SIDES, "claimant")
ATTRIBUTES = {"entities": (), "claims": ("checkworthy",), "spam": ("form", "obfuscation"), "speaker": (), "cue": ()}
UNITS = ("code points", "utf-16")
_OWN_ID = re.compile(r"[a-z][a-z0-9]*")


class LossError(SisipanError):
    """Something that a format cannot hold, or that a file has and the corpus cannot."""


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of text. `kind` is a layer, `speaker` or `cue`; the label of the latter two is the kind itself."""

    id: str
    kind: str
    start: int
    end: int
    label: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """From a claim to its speaker, cue or claimant, by the ids of regions."""

    source: str
    label: str
    target: str


@dataclass(frozen=True)
class Page:
    """A text with its regions and links: what one document of a tool holds."""

    id: str
    text: str
    regions: tuple[Region, ...]
    links: tuple[Link, ...]


def to_page(article: Article) -> Page:
    """The page of an article; claims with the same speaker or cue share its region. Raises SisipanError where its text is withheld."""
    if article.text is None:
        raise SisipanError(f"{article.id}: its text is withheld, so that no tool can show it; rehydrate it first")
    regions = [Region(s.id, layer, s.start, s.end, s.label, {name: getattr(s, name) for name in ATTRIBUTES[layer]}) for layer in LAYERS for s in getattr(article, layer)]
    links = []
    shared: dict[tuple[str, int, int], Region] = {}
    for claim in article.claims:
        for side in SIDES:
            at = getattr(claim, side)
            if at:
                one = shared.setdefault((side, at.start, at.end), Region(f"{claim.id}.{side}", side, at.start, at.end, side))
                links.append(Link(claim.id, side, one.id))
        if claim.claimant:
            links.append(Link(claim.id, "claimant", claim.claimant))
    return Page(article.id, article.text, (*regions, *shared.values()), tuple(links))


def _sides(page: Page, claim: Region, links: Iterable[Link], known: Mapping[str, Region]) -> dict[str, Any]:
    """Speaker, cue and claimant of a claim by its links. Raises LossError where there are several, or they lead nowhere."""
    out: dict[str, Any] = dict.fromkeys(LINKS)
    for link in links:
        target = known.get(link.target)
        wanted = "entities" if link.label == "claimant" else link.label
        if target is None or target.kind != wanted:
            raise LossError(f"{page.id}: the {link.label} of the claim {claim.id} is {f'a region of {target.kind}' if target else 'missing'}; link it to one of {wanted}")
        if out[link.label] is not None:
            raise LossError(f"{page.id}: the claim {claim.id} has two links {link.label}; a claim has one")
        out[link.label] = target.id if link.label == "claimant" else {"start": target.start, "end": target.end}
    return out


def to_document(page: Page) -> dict[str, Any]:
    """The annotation document of a page, spans in order of the text; ids are kept, new ones made where there are none.

    Raises LossError for links that a claim cannot have.
    """
    document: dict[str, Any] = {"article": page.id, "text_sha256": text_sha256(page.text)}
    known, claims = {region.id: region for region in page.regions}, {region.id for region in page.regions if region.kind == "claims"}
    of: dict[str, list[Link]] = {}
    for link in page.links:
        of.setdefault(link.source, []).append(link)
        if link.label not in LINKS or link.source not in claims:
            raise LossError(f"{page.id}: the link {link.label[:30]!r} from {link.source[:30]!r} is none that a claim has; they are {', '.join(LINKS)}")
    linked = {link.target for link in page.links}
    if loose := [region for region in page.regions if region.kind in SIDES and region.id not in linked]:
        raise LossError(f"{page.id}: the {loose[0].kind} {page.text[loose[0].start : loose[0].end][:40]!r} belongs to no claim and would be lost; link it, or remove it")
    for layer in LAYERS:
        spans = []
        for region in sorted((r for r in page.regions if r.kind == layer), key=lambda r: (r.start, r.end)):
            span = {"id": region.id, "start": region.start, "end": region.end, "text": page.text[region.start : region.end], "label": region.label}
            sides = _sides(page, region, of.get(region.id, ()), known) if layer == "claims" else {}
            ordered = {"claimant": sides["claimant"], "speaker": sides["speaker"], "cue": sides["cue"]} if sides else {}
            spans.append({**span, **ordered, **{name: region.attributes[name] for name in ATTRIBUTES[layer]}})
        document[layer] = spans
    return document


Quoted = tuple[Any, Any, str | None, str]


def fitted(page_id: str, text: str, given: Sequence[Quoted], unit: str | None = None) -> list[tuple[int, int]]:
    """Ranges of code points from those that a tool gave, each `(start, end, quote or None, where)`.

    All regions of a document are in one unit: code points where every quote fits so, else UTF-16 where every quote fits
    so, never a guess region by region. Without any quote the tool's own `unit` is believed. Raises LossError, naming the region,
    where neither fits.
    """
    for start, end, _, where in given:
        if type(start) is not int or type(end) is not int or not 0 <= start < end:
            raise LossError(f"{page_id}: {where}: expected start before end, found {str(start)[:20]}:{str(end)[:20]}")
    misfits = {}
    for name in (unit,) if unit else UNITS:
        ranges = []
        for start, end, quote, where in given:
            found = (start, end) if name == "code points" else to_code_points(text, start, end, "utf-16")
            if found is None or found[1] > len(text):
                misfits[name] = f"{where}: {start}:{end} ({name}) is no range of the text, which has {len(text)} code points"
                break
            shown = text[slice(*found)]
            if quote is not None and quote != shown and quote.replace("\\n", "\n") != shown:
                misfits[name] = f"{where}: {start}:{end} is {shown[:40]!r} in {name}, but the quote is {quote[:40]!r}"
                break
            ranges.append(found)
        else:
            return ranges
    raise LossError(f"{page_id}: {'; '.join(misfits.values())}; export it again from the tool, on the text of the corpus")


def in_unit(text: str, region: Region, unit: str) -> tuple[int, int]:
    """A region's range in a tool's unit."""
    return (region.start, region.end) if unit == "code points" else from_code_points(text, region.start, region.end, "utf-16")


def fresh_ids(regions: Sequence[Region]) -> list[Region]:
    """The regions with an id of the corpus each: those without one, or with a tool's own, get the next free of e1, c1, s1."""
    used = {region.id for region in regions if _OWN_ID.fullmatch(region.id)}
    letters = {"entities": "e", "claims": "c", "spam": "s", "speaker": "p", "cue": "q"}
    out, taken, numbers = [], set(), dict.fromkeys(letters, 0)
    for region in regions:
        name = region.id if (region.id in used or (region.kind in SIDES and region.id)) and region.id not in taken else ""
        while not name:
            numbers[region.kind] += 1
            candidate = f"{letters[region.kind]}{numbers[region.kind]}"
            name = "" if candidate in used or candidate in taken else candidate
        taken.add(name)
        out.append(Region(name, region.kind, region.start, region.end, region.label, region.attributes))
    return out


def renamed(page_id: str, text: str, regions: Sequence[Region], links: Iterable[Link]) -> Page:
    """A page whose regions have ids of the corpus, links following those that had another one."""
    named = fresh_ids(regions)
    to = {old.id: new.id for old, new in zip(regions, named) if old.id}
    return Page(page_id, text, tuple(named), tuple(Link(to.get(link.source, link.source), link.label, to.get(link.target, link.target)) for link in links))


def label_of(region: Region) -> str:
    """Kind, label and attributes as one word, for tools whose regions have a label only: `spam:slot:byline:none`, `claims:event:checkworthy`."""
    extra = [str(region.attributes[name]) for name in ATTRIBUTES[region.kind]]
    if region.kind == "claims":
        extra = ["checkworthy"] if region.attributes["checkworthy"] else []
    return ":".join([region.kind, region.label, *extra])


def parse_label(label: Any, where: str) -> tuple[str, str, dict[str, Any]]:
    """The inverse of `label_of`: kind, label, attributes. Raises LossError for a word that is none."""
    parts = str(label).split(":")
    kind = parts[0]
    if kind in ("entities", *SIDES) and len(parts) == 2:
        return kind, parts[1], {}
    if kind == "claims" and len(parts) in (2, 3) and parts[2:] in ([], ["checkworthy"]):
        return kind, parts[1], {"checkworthy": len(parts) == 3}
    if kind == "spam" and len(parts) == 4:
        return kind, parts[1], {"form": parts[2], "obfuscation": parts[3]}
    raise LossError(f"{where}: the label {str(label)[:50]!r} is none of `entities:LABEL`, `claims:LABEL`, `claims:LABEL:checkworthy`, `spam:LABEL:FORM:OBFUSCATION`, `speaker:speaker`, `cue:cue`")
