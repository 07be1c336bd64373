"""UIMA CAS, as XMI and JSON, through dkpro-cassis, which turns code points into UTF-16 and back exactly.

One type a kind below `sisipan.` (`sisipan.Entity`, `sisipan.Claim`, …) with string features; speaker, cue and claimant are
references. INCEpTION imports both, with the type system beside them.
"""

from __future__ import annotations

import warnings
from typing import Any

from sisipan.convert.regions import ATTRIBUTES, LINKS, Link, LossError, Page, Region, fresh_ids
from sisipan.errors import SisipanError

TYPES = {"entities": "sisipan.Entity", "claims": "sisipan.Claim", "spam": "sisipan.Spam", "speaker": "sisipan.Speaker", "cue": "sisipan.Cue"}
_TARGET = {"speaker": "sisipan.Speaker", "cue": "sisipan.Cue", "claimant": "sisipan.Entity"}
DOCUMENT = "sisipan.Document"


def _cassis() -> Any:
    try:
        import cassis
    except ImportError:
        raise SisipanError("UIMA CAS needs dkpro-cassis: pip install 'sisipan[cas]'") from None
    return cassis


def typesystem() -> Any:
    """The UIMA type system of the corpus."""
    types = _cassis().TypeSystem()
    for kind, name in TYPES.items():
        made = types.create_type(name=name, supertypeName="uima.tcas.Annotation")
        for feature in ("id", "label", *ATTRIBUTES[kind]):
            types.create_feature(domainType=made, name="spanId" if feature == "id" else feature, rangeType="uima.cas.Boolean" if feature == "checkworthy" else "uima.cas.String")
    for link in LINKS:
        types.create_feature(domainType=types.get_type(TYPES["claims"]), name=link, rangeType=types.get_type(_TARGET[link]))
    document = types.create_type(name=DOCUMENT, supertypeName="uima.tcas.Annotation")
    types.create_feature(domainType=document, name="articleId", rangeType="uima.cas.String")
    return types


def _unwritable(text: str) -> str | None:
    """The first character that XML 1.0 cannot hold, if there is one."""
    return next((c for c in text if not (c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff")), None)


def write(page: Page, form: str) -> str:
    """XMI or JSON of a page (`form` is `xmi` or `json`). Raises LossError for text that XML cannot hold."""
    if form == "xmi" and (bad := _unwritable(page.text)):
        raise LossError(f"{page.id}: the character U+{ord(bad):04X} cannot stand in XML; use the JSON form")
    types = typesystem()
    cas = _cassis().Cas(typesystem=types)
    cas.sofa_string, cas.sofa_mime = page.text, "text/plain"
    cas.add(types.get_type(DOCUMENT)(begin=0, end=len(page.text), articleId=page.id))
    made = {}
    for region in page.regions:
        made[region.id] = types.get_type(TYPES[region.kind])(begin=region.start, end=region.end, spanId=region.id, label=region.label, **region.attributes)
    for link in page.links:
        setattr(made[link.source], link.label, made[link.target])
    cas.add_all(made.values())
    return cas.to_xmi(pretty_print=True) if form == "xmi" else cas.to_json(pretty_print=True)


_PASSED_OVER = frozenset(
    [
        DOCUMENT,
        *(f"uima.cas.{name}" for name in ("NULL", "Sofa", "View")),
        "uima.tcas.DocumentAnnotation",
        "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData",
        "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.TagsetDescription",
        "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.TagDescription",
        *(f"de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.{name}" for name in ("Token", "Sentence")),
        *(f"de.tudarmstadt.ukp.clarin.webanno.api.type.{name}" for name in ("CASMetadata", "LayerDefinition", "FeatureDefinition")),
    ]
)


def _foreign(content: str) -> str | None:
    """The first element of an XMI file that neither UIMA, DKPro nor this type system has: loading leniently would drop it.

    Raises ValueError for a document type, which no XMI has: its entities could grow without end, or name files of the reader.
    """
    from defusedxml import ElementTree  # comes with the extra

    for element in ElementTree.fromstring(content, forbid_dtd=True):
        space, _, kind = element.tag[1:].partition("}")
        found = f"{space.removeprefix('http:///').removesuffix('.ecore').replace('/', '.')}.{kind}"
        if found not in _PASSED_OVER and found not in TYPES.values():
            return found
    return None


def read(content: str, form: str, name: str) -> Page:
    """The page of a CAS; what INCEpTION and DKPro add (tokens, sentences, metadata) is passed over.

    Raises LossError for annotations of other types, and for what is no CAS.
    """
    cassis = _cassis()
    try:
        if form == "xmi" and (foreign := _foreign(content)):
            raise LossError(f"{name}: annotations of the type {foreign} would be lost")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for each token that is passed over
            cas = cassis.load_cas_from_xmi(content, typesystem=typesystem(), lenient=True) if form == "xmi" else cassis.load_cas_from_json(content)
    except LossError:
        raise
    except Exception as error:  # lxml, json and cassis raise what they like on broken input
        raise LossError(f"{name}: no CAS of this type system ({type(error).__name__}: {str(error)[:80]})") from None
    if len(cas.sofas) > 1:
        raise LossError(f"{name}: has {len(cas.sofas)} views; the corpus holds one text")
    text = cas.sofa_string or ""
    ids = [one.articleId for one in cas.select(DOCUMENT)] if cas.typesystem.contains_type(DOCUMENT) else []
    page_id = ids[0] if ids and ids[0] else name
    kinds = {type_: kind for kind, type_ in TYPES.items()}
    found = []
    for one in cas.select_all_annotations():
        if one.type.name in kinds:
            found.append(one)
        elif one.type.name not in _PASSED_OVER:
            raise LossError(f"{page_id}: annotations of the type {one.type.name} would be lost")
    regions = []
    for one in found:
        kind = kinds[one.type.name]
        values = {key: bool(one.get(key)) if key == "checkworthy" else one.get(key) for key in ATTRIBUTES[kind]}
        label = one.label or (kind if kind in ("speaker", "cue") else None)
        if missing := [key for key, value in {"label": label, **values}.items() if value is None]:
            raise LossError(f"{page_id}: {one.type.name} at {one.begin}:{one.end} has no {missing[0]}")
        if odd := [key for key, value in {"label": label, "spanId": one.spanId or "", **values}.items() if not isinstance(value, bool if key == "checkworthy" else str)]:
            raise LossError(f"{page_id}: {one.type.name} at {one.begin}:{one.end}: {odd[0]} is no text")
        if type(one.begin) is not int or type(one.end) is not int or not 0 <= one.begin < one.end <= len(text):
            raise LossError(f"{page_id}: {one.type.name} at {one.begin}:{one.end} is no range of the text")
        regions.append(Region(one.spanId or "", kind, one.begin, one.end, label, values))
    named = fresh_ids(regions)
    of = {one.xmiID: region.id for one, region in zip(found, named)}
    links = [Link(of[one.xmiID], link, of[target.xmiID]) for one in found if kinds[one.type.name] == "claims" for link in LINKS if (target := one.get(link))]
    return Page(page_id, text, tuple(named), tuple(links))
