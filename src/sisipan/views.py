"""Views of an article for other uses: tagged tokens, labelled sentences, claims with who says them, text without spam, masks.

Every function takes an `Article` or a record, which is a row of the default configuration as `load_dataset` gives it
(labels as numbers) or as the sources have it (labels by name). All ranges are half-open, in code points of the text.
A withheld article has no text, so that every view of it raises SisipanError; `sisipan rehydrate` makes it whole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass, replace
from functools import cache, cached_property, wraps
from itertools import accumulate
from typing import Any

from sisipan.errors import SisipanError
from sisipan.model import LAYERS, Article, Claim, Entity, Range, article_from_record, article_to_record
from sisipan.offsets import merged, text_sha256
from sisipan.schemas import Field, load_schemas
from sisipan.segment import word_spans
from sisipan.tables import cut_words, sentence_rows

Record = Mapping[str, Any]
Offsets = Sequence[tuple[int, int]]
SCHEMES = ("BIO", "BILOU")


@cache
def _fields() -> tuple[Field, ...]:
    return load_schemas().configs["articles"]


def _named(value: Any, field: Field) -> Any:
    """A value with label numbers as names; everything else as it is."""
    if value is None:
        return None
    if field.kind == "label":
        known = 0 <= value < len(field.labels) if type(value) is int else value in field.labels
        if not known:
            raise ValueError(f"{value!r} is no value of {field.name}")
        return field.labels[value] if type(value) is int else value
    if field.kind == "list":
        return [_named(item, field.children[0]) for item in value]
    if field.kind == "struct":
        return {child.name: _named(value.get(child.name), child) for child in field.children}
    if field.kind == "string" and not isinstance(value, str) or field.kind == "integer" and type(value) is not int:
        raise ValueError(f"{field.name} is no {field.kind}")
    return value.isoformat() if field.kind == "date" and hasattr(value, "isoformat") else value


def as_article(record: Article | Record) -> Article:
    """The article of a record; raises SisipanError where it has no text or is no record of the default configuration."""
    if isinstance(record, Article):
        article = record
    else:
        try:
            article = article_from_record({field.name: _named(record[field.name], field) for field in _fields()})
            _bounded(article)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            name = record.get("id", "the record") if isinstance(record, Mapping) else "the record"
            raise SisipanError(f"{str(name)[:80]}: no record of the configuration `articles` ({type(error).__name__}: {error}); views need all of its columns") from None
    if article.text is None:
        raise SisipanError(f"{article.id}: its text is withheld; `sisipan rehydrate` gives it back to those who have it")
    return article


def _bounded(article: Article) -> None:
    """Raises ValueError where a range of the article is empty or lies outside its text."""
    size = len(article.text) if article.text is not None else None
    for layer in LAYERS:
        for span in getattr(article, layer):
            for at in (span, getattr(span, "speaker", None), getattr(span, "cue", None)):
                if at is not None and not (0 <= at.start < at.end and (size is None or at.end <= size)):
                    raise ValueError(f"{layer} {span.id} at {at.start}:{at.end} is no range of the text")


@dataclass(frozen=True)
class Tagged:
    """Tokens with a tag each. `tags` has None where a token covers no character (special tokens); `unaligned` holds the ids of the spans that no run of tokens fits, which are not in `tags`."""

    offsets: tuple[tuple[int, int], ...]
    tokens: tuple[str, ...]
    tags: tuple[str | None, ...]
    unaligned: tuple[str, ...]


def words(record: Article | Record, *, cut: bool = False) -> list[tuple[int, int]]:
    """Ranges of the project's tokens; with `cut`, divided wherever an entity or spam region begins or ends inside one."""
    article = as_article(record)
    found = word_spans(article.text)
    return cut_words(found, [at for span in (*article.entities, *article.spam) for at in (span.start, span.end)]) if cut else found


def known_layer(layer: str) -> None:
    """Raises SisipanError for a layer that does not exist."""
    if layer not in LAYERS:
        raise SisipanError(f"{layer!r} is no layer; they are {', '.join(LAYERS)}")


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A token's range without white space at its edges, which byte-level tokenizers leave in."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def tagged(record: Article | Record, offsets: Offsets | None = None, *, layer: str = "entities", scheme: str = "BIO") -> Tagged:
    """A layer as one tag a token, in the scheme BIO or BILOU.

    `offsets` are the tokens: an `offset_mapping` of a Hugging Face fast tokenizer, `(0, 0)` for special tokens; by
    default the project's own tokens. A span fits where a token begins at its start and one ends at its end; one that
    does not is named in `unaligned`. Raises SisipanError for an unknown layer or scheme, or an offset outside the text.
    """
    article = as_article(record)
    known_layer(layer)
    if scheme not in SCHEMES:
        raise SisipanError(f"{scheme!r} is no scheme; they are {', '.join(SCHEMES)}")
    given = [(int(start), int(end)) for start, end in (word_spans(article.text) if offsets is None else offsets)]
    for start, end in given:
        if not 0 <= start <= end <= len(article.text):
            raise SisipanError(f"{article.id}: the offset {start}:{end} is outside the text, which has {len(article.text)} code points; is it of another text?")
    ranges = [_trimmed(article.text, start, end) for start, end in given]
    full = [n for n, (start, end) in enumerate(ranges) if start < end]
    tags: list[str | None] = ["O" if start < end else None for start, end in ranges]
    starts, reach = [ranges[n][0] for n in full], [ranges[n][1] for n in full]
    in_order = starts == sorted(starts) and reach == sorted(reach)
    lost = []
    for span in getattr(article, layer):
        near = full[bisect_right(reach, span.start) : bisect_left(starts, span.end)] if in_order else full
        inside = [n for n in near if ranges[n][0] < span.end and span.start < ranges[n][1]]
        if not inside or ranges[inside[0]][0] != span.start or ranges[inside[-1]][1] != span.end:
            lost.append(span.id)
            continue
        for n in inside:
            tags[n] = f"I-{span.label}"
        tags[inside[0]] = f"B-{span.label}"
        if scheme == "BILOU":
            tags[inside[-1]] = f"{'U' if len(inside) == 1 else 'L'}-{span.label}"
    return Tagged(tuple(given), tuple(article.text[start:end] for start, end in given), tuple(tags), tuple(lost))


def untagged(offsets: Offsets, tags: Sequence[str | None], text: str | None = None) -> list[tuple[int, int, str]]:
    """The spans `(start, end, label)` that BIO or BILOU tags mean: the inverse of `tagged`.

    A tag that continues nothing begins a span, as conlleval has it. With `text`, ranges are trimmed of white space.
    """
    spans: list[list[Any]] = []
    running = False
    for (start, end), tag in zip(offsets, tags):
        if tag is None:
            continue
        kind, _, label = tag.partition("-")
        if tag == "O":
            running = False
            continue
        if running and kind in "IL" and spans[-1][2] == label:
            spans[-1][1] = end
        else:
            spans.append([start, end, label])
        running = kind in "BI"
    return [(*(_trimmed(text, start, end) if text else (start, end)), label) for start, end, label in spans]


def sentences(record: Article | Record) -> list[dict[str, Any]]:
    """A dict a sentence: `start`, `end`, `text`, and the flags `has_claim`, `has_checkworthy_claim`, `touches_spam`."""
    article = as_article(record)
    return list(sentence_rows(article))


def claims(record: Article | Record) -> list[dict[str, Any]]:
    """A dict a claim: `text`, `label`, `checkworthy`, and the words of `speaker`, `cue` and `claimant`, or None."""
    article = as_article(record)
    names = {entity.id: entity.text for entity in article.entities}

    def at(side: Range | None) -> str | None:
        return article.text[side.start : side.end] if side else None

    return [
        {"article_id": article.id, "id": c.id, "text": c.text, "label": c.label, "checkworthy": c.checkworthy, "speaker": at(c.speaker), "cue": at(c.cue), "claimant": names.get(c.claimant)}
        for c in article.claims
    ]


@dataclass(frozen=True)
class Removal:
    """Where characters of a text are after some ranges were taken out; the ranges are sorted and do not overlap."""

    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, ranges: Iterable[tuple[int, int]]) -> Removal:
        """From ranges in any order, which may overlap or touch."""
        return cls(tuple(merged(ranges)))

    @cached_property
    def _gone(self) -> list[int]:
        """How many characters the first ranges take out, for each number of them."""
        return list(accumulate((end - start for start, end in self.ranges), initial=0))

    @cached_property
    def _places(self) -> list[int]:
        """Where each range was, in the new text."""
        return [start - gone for (start, _), gone in zip(self.ranges, self._gone)]

    def text(self, text: str) -> str:
        """The text without the ranges; nothing else is changed."""
        pieces, at = [], 0
        for start, end in self.ranges:
            pieces.append(text[at:start])
            at = end
        return "".join([*pieces, text[at:]])

    def place(self, offset: int) -> int:
        """The new offset of an old one; every offset inside a range goes to where the range was."""
        count = bisect_right(self.ranges, (offset, offset))
        if count and offset < self.ranges[count - 1][1]:
            return self.ranges[count - 1][0] - self._gone[count - 1]
        return offset - self._gone[count]

    def back(self, offset: int) -> int:
        """The old offset of a character of the new text: the inverse of `place` outside the ranges."""
        return offset + self._gone[bisect_right(self._places, offset)]


def without_spam(record: Article | Record) -> Article:
    """The clean article: the text without its spam regions, entities, claims, speakers and cues where they then are.

    Nothing else is changed: a space on either side of an anchor stays, as both are the article's. The hash is that of
    the clean text; `spam` and `brands` are empty.
    """
    article = as_article(record)
    removal = Removal.of((span.start, span.end) for span in article.spam)
    text = removal.text(article.text)

    def moved(span: Any) -> Any:
        start, end = removal.place(span.start), removal.place(span.end)
        return replace(span, start=start, end=end) if isinstance(span, Range) else replace(span, start=start, end=end, text=text[start:end])

    def moved_claim(claim: Claim) -> Claim:
        return replace(moved(claim), speaker=moved(claim.speaker) if claim.speaker else None, cue=moved(claim.cue) if claim.cue else None)

    shown = article.title is not None and article.text.partition("\n")[0] == article.title
    return replace(
        article,
        title=text.partition("\n")[0] if shown else article.title,
        text=text,
        text_sha256=text_sha256(text),
        brands=(),
        entities=tuple(moved(entity) for entity in article.entities),
        claims=tuple(moved_claim(claim) for claim in article.claims),
        spam=(),
    )


def mask(record: Article | Record, layer: str = "spam") -> list[int]:
    """A 0 or 1 for each code point of the text: 1 where a span of the layer covers it."""
    article = as_article(record)
    known_layer(layer)
    out = [0] * len(article.text)
    for span in getattr(article, layer):
        out[span.start : span.end] = [1] * (span.end - span.start)
    return out


def rows_of(batch: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """The records of a batch of columns, as `Dataset.map(batched=True)` hands it over."""
    names = list(batch)
    return [dict(zip(names, values)) for values in zip(*batch.values())]


_SAMPLE = Article(
    "x", "x", "x y", "2000-01-01", "id", "written", None, "politics", "feature", "x", (), "", "CC-BY-4.0", "included", "", (), "train", "0.0.0",
    (Entity("e1", 0, 1, "x", "PER"),), (Claim("c1", 0, 3, "x y", "event", None, None, None, False),), (),
)  # fmt: skip


def _rows(found: Any) -> list[Mapping[str, Any]]:
    """What a view gave, as rows: an article as its record, other dataclasses as dicts, anything else as the column `value`."""
    if isinstance(found, list) and all(isinstance(one, Mapping) for one in found):
        return found
    if isinstance(found, Article):
        return [article_to_record(found)]
    if isinstance(found, Mapping):
        return [found]
    return [asdict(found)] if is_dataclass(found) else [{"value": found}]


def batched(view: Callable[[Any], Any]) -> Callable[[Mapping[str, Sequence[Any]]], dict[str, list[Any]]]:
    """A view as a function from columns to columns, for `Dataset.map(..., batched=True, remove_columns=dataset.column_names)`.

    A list of dicts becomes a row each (`sentences`, `claims`); a dict, an article (`without_spam`) or a dataclass (`tagged`)
    one row; anything else (`mask`) the column `value`. Withheld articles give no row.
    """

    @wraps(view)
    def run(batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        # the columns of a batch that has no row must be those of the others
        out: dict[str, list[Any]] = {name: [] for name in _rows(view(article_to_record(_SAMPLE)))[0]}
        for record in rows_of(batch):
            if record.get("text") is None:
                continue
            for row in _rows(view(record)):
                for name, value in row.items():
                    out.setdefault(name, []).append(value)
        return out

    return run
