"""Which articles of an Arrow batch certainly have no finding of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sisipan.checks import at_level
from sisipan.checks.context import Record
from sisipan.checks.layers import MUTE, NAMES, TITLES, bare_mentions, leading_title, mention_key, readable
from sisipan.checks.texts import bom_in_text, carriage_return, headline, is_slip, lone_surrogate, not_nfc, nul
from sisipan.fast import edges, spans
from sisipan.fast.spans import Layer
from sisipan.fast.texts import Texts
from sisipan.fast.values import Values, bools, lengths, present
from sisipan.model import LAYERS
from sisipan.schemas import Schemas

# the checks of an article that are covered here; with one more, nothing is certain any longer
COVERED = frozenset(
    "E101 E102 E103 E104 E105 E106 E107 E108 E109 E110 E111 E112 E201 E202 E203 E204 E205 E206 E207 I208 E209 "
    "E301 E302 E303 E304 E305 E306 E307 E308 W501 W502 W503 W504".split()
)
_OF_WRITING = (not_nfc, carriage_return, nul, bom_in_text, lone_surrogate)
Accepted = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Verdicts:
    """For each row: `fits` where it certainly satisfies the schema, `clean` where it certainly has no finding at all; and the texts."""

    fits: np.ndarray
    clean: np.ndarray
    texts: Texts | None = None


def covered() -> bool:
    """Whether all checks of an article are covered here."""
    return {check.code for check in at_level("record")} <= COVERED


def _equals(array: pa.Array, value: str, labels: list[str]) -> np.ndarray:
    wanted = labels.index(value) if pa.types.is_integer(array.type) else value
    return bools(pc.fill_null(pc.equal(array, wanted), False))


@dataclass(frozen=True)
class Judge:
    """Judges batches of nested article records: the columns of the default configuration, labels as strings or numbers."""

    schemas: Schemas

    @cached_property
    def _values(self) -> Values:
        return Values(self.schemas)

    @cached_property
    def _enums(self) -> dict[str, list[str]]:
        properties = self.schemas.documents["article"]["properties"]
        return {name: list(node["enum"]) for name, node in properties.items() if "enum" in node}

    def verdicts(self, batch: pa.RecordBatch, accepted: Sequence[Accepted] | None = None) -> Verdicts:
        """What is certain of each row. The strings of the batch must be valid UTF-8. `accepted` holds each row's bare mentions that are right."""
        nothing = Verdicts(np.zeros(batch.num_rows, bool), np.zeros(batch.num_rows, bool))
        if not covered() or batch.num_rows >= spans.MOST_ROWS or set(batch.schema.names) != set(self.schemas.documents["article"]["properties"]):
            return nothing
        fits = np.ones(batch.num_rows, bool)
        for name, node in self.schemas.documents["article"]["properties"].items():
            fits &= self._values.certain(batch.column(name), "article", node)
        texts = Texts(pc.fill_null(batch.column("text"), ""))
        return Verdicts(fits, self._clean(batch, texts, fits, accepted), texts)

    def _clean(self, batch: pa.RecordBatch, texts: Texts, fits: np.ndarray, accepted: Sequence[Accepted] | None) -> np.ndarray:
        """Rows without a finding, among those that fit the schema."""
        column = batch.column
        good = fits & self._front(batch)
        layers = {name: Layer.of(column(name)) for name in LAYERS}
        for layer in layers.values():
            good[layer.rows[~present(layer.columns["text"])]] = False
        good[[row for row in texts.odd_rows().tolist() if good[row] and self._ill_written(texts.array[row].as_py())]] = False
        for layer in layers.values():
            good[spans.out_of_order(layer, texts)] = False
        layers = {name: layer.only(good) for name, layer in layers.items()}
        places = {name: layer.places(texts) for name, layer in layers.items()}
        entities, claims, spam = (layers[name] for name in LAYERS)
        found = [spans.doubled_ids(layers.values()), spans.unknown_claimants(claims, entities)]
        for name, layer in layers.items():
            found += [spans.mismatched(layer, texts, *places[name]), spans.untrimmed(texts, layer.rows, *places[name])]
            found += [edges.cuts(texts, layer.rows, *ends) for ends in zip((layer.start, layer.end), places[name], (False, True))]
        rows, start, end, ragged = spans.attributions(claims, texts)
        good[ragged] = False
        inside = good[rows]
        sides = texts.places(rows[inside], start[inside]), texts.places(rows[inside], end[inside])
        found += [edges.cuts(texts, rows[inside], *ends) for ends in zip((start[inside], end[inside]), sides, (False, True))]
        found += [edges.odd_signs(texts, rows[inside], *sides), edges.close_regions(spam, texts, *places["spam"])]
        found += [spans.touching_spam(rows, start, end, spam)]
        found += [spans.touching_spam(layer.rows, layer.start, layer.end, spam) for layer in (entities, claims)]
        bare = spans.bare_names(entities, self._labelled(entities, NAMES), texts, places["entities"], places["spam"])
        found.append(self._bare(np.unique(bare), texts, entities, spam, accepted))
        found.append(spans.claimants_among(claims, entities, self._labelled(entities, MUTE)))
        titled = edges.starting_with(entities, self._labelled(entities, {"PER"}), texts, places["entities"][0], TITLES)
        surfaces = entities.columns["text"].take(pa.array(titled)).to_pylist()
        found.append(entities.rows[titled[[leading_title(surface) is not None for surface in surfaces]]])
        good[np.concatenate(found)] = False
        self._titles(batch, texts, spam, good)
        self._brands(batch, texts, spam, places["spam"], good)
        self._hashes(batch, texts, good)
        return good

    def _front(self, batch: pa.RecordBatch) -> np.ndarray:
        """E109, E110, E111: only written or translated articles whose text is here, with their language as it should be."""
        equals = lambda name, value: _equals(batch.column(name), value, self._enums[name])  # noqa: E731
        foreign = present(batch.column("original_language"))
        language = (equals("origin", "written") & ~foreign) | (equals("origin", "machine_translated") & foreign)
        return language & equals("text_status", "included") & ~equals("license", "withheld") & present(batch.column("text")) & present(batch.column("title"))

    def _labelled(self, entities: Layer, wanted: Collection[str]) -> np.ndarray:
        """Which entities have one of the labels."""
        labels = entities.columns["label"]
        known = [n for n, label in enumerate(self.schemas.labels("entities")) if label in wanted] if pa.types.is_integer(labels.type) else sorted(wanted)
        return bools(pc.is_in(labels, value_set=pa.array(known, labels.type)))

    def _ill_written(self, text: str) -> bool:
        """E102 to E105, E112: whether the checks have something to say of a text as it is written."""
        record = Record("", {"text": text}, self.schemas)
        return any(True for check in _OF_WRITING for _ in check.run(record))

    def _bare(self, rows: np.ndarray, texts: Texts, entities: Layer, spam: Layer, accepted: Sequence[Accepted] | None) -> np.ndarray:
        """W501: those of the rows in which a name is bare and was not accepted so."""
        labels = self.schemas.labels("entities")
        found = []
        for row in rows.tolist():
            text, right = texts.array[row].as_py(), accepted[row] if accepted else frozenset()
            theirs = (label if isinstance(label, str) else labels[label] for label in entities.values("label", row))
            marked = [(start, end, label) for (start, end), label in zip(entities.ranges(row), theirs)]
            if any(mention_key(text, start, end) not in right for start, end, _ in bare_mentions(text, marked, spam.ranges(row))):
                found.append(row)
        return np.array(found, np.int64)

    def _titles(self, batch: pa.RecordBatch, texts: Texts, spam: Layer, good: np.ndarray) -> None:
        """E106: the title is the first line, and no spam region starts in it; where it is not so, the check is asked."""
        column = batch.column("title")
        covered_ = np.zeros(len(good), bool)
        sizes = pc.fill_null(pc.utf8_length(column), 0).to_numpy(zero_copy_only=False)
        covered_[spam.rows[spam.start <= sizes[spam.rows]]] = True
        run, bounds = texts.run, texts.bounds.tolist()
        whole = memoryview(run)
        for row, (title, ok, bad) in enumerate(zip(column.to_pylist(), good.tolist(), covered_.tolist())):
            if not ok:
                continue
            first, stop = bounds[row], bounds[row + 1]
            line = (title + "\n").encode("utf-8", "surrogatepass")
            start = bytes(whole[first : min(stop, first + len(line))])
            if bad or not title.strip() or "\n" in title or start not in (line, line[:-1]) or (start == line[:-1] and stop - first != len(start)):
                text = texts.array[row].as_py()
                good[row] = not is_slip(title, headline(text, spam.ranges(row)), text)

    def _brands(self, batch: pa.RecordBatch, texts: Texts, spam: Layer, places: tuple[np.ndarray, np.ndarray], good: np.ndarray) -> None:
        """W502: each brand reads the same somewhere in the spam regions."""
        column = batch.column("brands")
        some = np.flatnonzero((lengths(column) > 0) & good)
        run = texts.run.tobytes() if len(some) else b""
        for row, brands in zip(some.tolist(), column.take(pa.array(some)).to_pylist()):
            mine = range(spam.firsts[row], spam.firsts[row] + spam.counts[row])
            shown = b"".join(run[places[0][n] : places[1][n]] for n in mine).decode()
            hidden = [brand for brand in brands if brand not in shown]
            plain = readable(shown) if any(map(_readable, hidden)) else ""
            if any((_readable(brand) or brand) not in (plain if _readable(brand) else shown) for brand in hidden):
                good[row] = False

    def _hashes(self, batch: pa.RecordBatch, texts: Texts, good: np.ndarray) -> None:
        """E108: the hash is that of the text."""
        whole, bounds, sha256 = memoryview(texts.run), texts.bounds.tolist(), hashlib.sha256
        for row, (stored, ok) in enumerate(zip(batch.column("text_sha256").to_pylist(), good.tolist())):
            if ok and sha256(whole[bounds[row] : bounds[row + 1]]).hexdigest() != stored:
                good[row] = False


_readable = lru_cache(maxsize=4096)(readable)
