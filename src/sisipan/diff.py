"""What changed between two releases, to the level of spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sisipan.model import LAYERS, SPAN_TYPES, Article, Span, article_from_record
from sisipan.schemas import Field

_BODY = ("id", "text", "text_sha256", *LAYERS)


@dataclass(frozen=True)
class Change:
    """One difference. `kind` is added, removed or changed for an article; added, removed, moved, edited or relabelled for a span.

    `fields` gives, for each differing field, its old and new value. `split` is the article's (new one, where it has one).
    """

    article: str
    split: str
    layer: str | None
    kind: str
    span: str | None
    label: str | None
    surface: str | None
    fields: dict[str, tuple[Any, Any]]


def _values(span: Span) -> dict[str, Any]:
    return {name: value for name, value in asdict(span).items() if name not in ("id", "start", "end", "text")}


def _pairs(old: Sequence[Span], new: Sequence[Span]) -> list[tuple[Span | None, Span | None]]:
    """Match spans one to one: same id and surface, then same offsets, then same id; the rest is removed or added."""
    left, right = list(old), list(new)
    matched: list[tuple[Span | None, Span | None]] = []
    for key in (lambda s: (s.id, s.text, s.end - s.start), lambda s: (s.start, s.end), lambda s: s.id):
        index = {key(span): n for n, span in enumerate(right)}
        pairs = [(span, index.pop(key(span), None)) for span in left]
        matched += [(span, right[n]) for span, n in pairs if n is not None]
        taken = {n for _, n in pairs}
        left, right = [span for span, n in pairs if n is None], [span for n, span in enumerate(right) if n not in taken]
    return matched + [(span, None) for span in left] + [(None, span) for span in right]


def _span_changes(article: Article, layer: str, old: Sequence[Span], new: Sequence[Span]) -> list[Change]:
    changes = []
    pairs = sorted(_pairs(old, new), key=lambda pair: ((pair[1] or pair[0]).start, (pair[1] or pair[0]).id))
    for before, after in pairs:
        shown = after or before
        base = (article.id, article.split, layer)
        tail = (f"{shown.id} {shown.start}:{shown.end}", shown.label, shown.text)
        if before is None or after is None:
            changes.append(Change(*base, "added" if before is None else "removed", *tail, {}))
            continue
        differing = {name: (value, _values(after)[name]) for name, value in _values(before).items() if value != _values(after)[name]}
        offsets = {} if (before.start, before.end) == (after.start, after.end) else {"offsets": (f"{before.start}:{before.end}", f"{after.start}:{after.end}")}
        if offsets and before.text == after.text and before.end - before.start == after.end - after.start:
            changes.append(Change(*base, "moved", *tail, offsets))
        elif offsets or before.text != after.text:
            changes.append(Change(*base, "edited", *tail, offsets | {"text": (before.text, after.text)}))
        if differing:
            changes.append(Change(*base, "relabelled", *tail, differing))
    return changes


def diff(old: Sequence[Article], new: Sequence[Article]) -> list[Change]:
    """Every difference between two sets of articles, by id of the article."""
    before = {article.id: article for article in old}
    after = {article.id: article for article in new}
    changes: list[Change] = []
    for key in sorted(before.keys() | after.keys()):
        a, b = before.get(key), after.get(key)
        if a is None or b is None:
            shown = b or a
            changes.append(Change(key, shown.split, None, "added" if a is None else "removed", None, None, None, {}))
            continue
        differing = {f.name: (getattr(a, f.name), getattr(b, f.name)) for f in fields(Article) if f.name not in _BODY and getattr(a, f.name) != getattr(b, f.name)}
        if a.text_sha256 != b.text_sha256:
            differing["text_sha256"] = (a.text_sha256, b.text_sha256)
        if differing:
            changes.append(Change(key, b.split, None, "changed", None, None, None, differing))
        for layer in LAYERS:
            changes += _span_changes(b, layer, getattr(a, layer), getattr(b, layer))
    return changes


@dataclass(frozen=True)
class SchemaChange:
    """Fields (`claims.cue`) and labels (`entities.label: PER`) that one release has and the other has not, or whose kind changed."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


def _names(fields_: Sequence[Field], prefix: str = "") -> set[str]:
    out: set[str] = set()
    for field in fields_:
        inner = field
        while inner.kind == "list":
            inner = inner.children[0]
        out.add(f"{prefix}{field.name} ({'list of ' if field.kind == 'list' else ''}{inner.kind})")
        out |= {f"{prefix}{field.name}: {label}" for label in inner.labels}
        out |= _names(inner.children, f"{prefix}{field.name}.")
    return out


def schema_change(old: Sequence[Field], new: Sequence[Field]) -> SchemaChange:
    """What differs between the fields and labels of two releases; the order of labels is no difference."""
    a, b = _names(old), _names(new)
    return SchemaChange(tuple(sorted(b - a)), tuple(sorted(a - b)))


def comparable(rows: Sequence[Mapping[str, Any]]) -> list[Article]:
    """Articles of rows that another schema may have made: unknown fields are left out, missing ones are None or empty."""
    def fitted(kind: type, value: Mapping[str, Any]) -> dict[str, Any]:
        return {f.name: value.get(f.name) for f in fields(kind)}

    out = []
    for row in rows:
        record = fitted(Article, row)
        for name in ("brands", "defects"):
            record[name] = record[name] or []
        for layer in LAYERS:
            record[layer] = [fitted(SPAN_TYPES[layer], span) for span in record[layer] or []]
        out.append(article_from_record(record))
    return out


def required_bump(changes: Sequence[Change], schema: SchemaChange = SchemaChange((), ())) -> str:
    """The least version step that the rules of RELEASING.md ask for: major, minor, patch or none.

    Major: an article, field or label removed, text or split changed. Minor: an article, field or label added. Patch:
    everything else.
    """
    kinds = {(c.layer is None, c.kind) for c in changes}
    if schema.removed or (True, "removed") in kinds or any(c.layer is None and {"text_sha256", "split"} & set(c.fields) for c in changes):
        return "major"
    if schema.added or (True, "added") in kinds:
        return "minor"
    return "patch" if changes else "none"


def format_change(change: Change) -> str:
    """One line: `banjir-demak (test) entities relabelled e7 41:55 ORG "Bank Indonesia" label: NOR -> ORG`."""
    where = f"{change.article} ({change.split})"
    what = " ".join(part for part in (change.layer or "article", change.kind, change.span, change.label) if part)
    surface = f' "{change.surface[:60]}"' if change.surface else ""
    details = "; ".join(f"{name}: {_brief(a)} -> {_brief(b)}" for name, (a, b) in change.fields.items())
    return f"{where} {what}{surface}{' ' + details if details else ''}"


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value.get('start')}:{value.get('end')}"
    shown = str(value)
    return shown if len(shown) <= 60 else shown[:59] + "…"
