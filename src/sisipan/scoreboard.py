"""The official scores of predictions against gold: every measure, per label, origin and form, with intervals and relations.

Measures: strict and exact-boundary F1 with one-to-one matching; overlap F1 (SemEval-2020 task 11, Da San Martino et
al. 2020); character F1 pooled, and its mean over articles (Toxic Spans, SemEval-2021 task 5, Pavlopoulos et al. 2021;
an article without spans on either side counts 1). Macro F1 is the mean over the labels that gold or the prediction has. Intervals by
bootstrap over articles (Efron 1979), the same on every run. Spans are half-open; the order of spans and articles changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sisipan.errors import SisipanError
from sisipan.model import LAYERS, Article
from sisipan.score import ZERO, Labelled, Score, characters, exact_boundary, match, partial_overlap, spans_of, strict

RESAMPLES = 1000
RELATIONS = ("speaker", "claimant", "cue")
MEASURES: dict[str, Callable[[list[Labelled], list[Labelled]], Score]] = {"strict": strict, "boundary": exact_boundary, "overlap": partial_overlap, "characters": characters}
PIECES = ("hit_p", "found", "hit_r", "wanted")


@dataclass(frozen=True)
class Prediction:
    """What a system says of one article: spans of each layer, for each claim the ranges of its relations, and which layers it predicts at all."""

    id: str
    text_sha256: str
    spans: Mapping[str, tuple[Labelled, ...]]
    relations: Mapping[Labelled, Mapping[str, tuple[int, int]]]
    layers: frozenset[str] = frozenset(LAYERS)


@dataclass(frozen=True)
class LayerScore:
    """Scores of one layer. `recall_of` gives, per value of an attribute of gold spans, the share of spans found strictly, the share of their characters, and their number."""

    layer: str
    scores: Mapping[str, Score]
    macro: Mapping[str, float]
    articles_mean: float
    intervals: Mapping[str, tuple[float, float]]
    labels: Mapping[str, Mapping[str, Score]]
    groups: Mapping[str, Mapping[str, Score]]
    recall_of: Mapping[str, Mapping[str, tuple[float, float, int]]]
    relations: Mapping[str, tuple[Score, Score]]


def _range(value: Any, entities: Mapping[str, tuple[int, int]], where: str) -> tuple[int, int] | None:
    """A relation as a range: `{start, end}`, or the id of an entity of the same article."""
    if value is None:
        return None
    if isinstance(value, str):
        if value not in entities:
            raise SisipanError(f"{where}: {value[:40]!r} is no entity of the prediction; give {{start, end}} or predict the entity")
        return entities[value]
    if not isinstance(value, Mapping) or type(value.get("start")) is not int or type(value.get("end")) is not int or not 0 <= value["start"] < value["end"]:
        raise SisipanError(f"{where}: expected start before end in code points, found {str(value)[:60]}")
    return value["start"], value["end"]


def _spans(record: Mapping[str, Any], layer: str, where: str, names: Sequence[str]) -> list[tuple[Labelled, Mapping[str, Any]]]:
    found = record.get(layer) if record.get(layer) is not None else []
    if not isinstance(found, list):
        raise SisipanError(f"{where}: {layer} is no list of spans, but {str(found)[:40]}")
    out = []
    for n, span in enumerate(found):
        at = f"{where}: {layer}[{n}]"
        if not isinstance(span, Mapping) or type(span.get("start")) is not int or type(span.get("end")) is not int or not 0 <= span["start"] < span["end"]:
            raise SisipanError(f"{at}: expected start before end in code points, found {str(span)[:80]}")
        label = span.get("label")
        label = names[label] if type(label) is int and 0 <= label < len(names) else label
        if label not in names:
            raise SisipanError(f"{at}: {str(label)[:40]!r} is no label of the layer; they are {', '.join(names)}")
        out.append(((span["start"], span["end"], label), span))
    return out


def prediction(record: Mapping[str, Any], labels: Mapping[str, Sequence[str]], where: str = "prediction") -> Prediction:
    """A prediction from a record: `id`, `text_sha256`, and any of the layers with spans `{start, end, label}`.

    Claims may have `speaker` and `cue` as `{start, end}` and `claimant` as that or as the id of a predicted entity.
    Raises SisipanError, with `where`, for anything misshapen.
    """
    for name in ("id", "text_sha256"):
        if not isinstance(record.get(name), str):
            raise SisipanError(f"{where}: has no {name}; a prediction names its article and the hash of the text it was made on")
    layers = {layer: _spans(record, layer, where, labels[layer]) for layer in LAYERS}
    entities: dict[str, tuple[int, int]] = {}
    for labelled, span in layers["entities"]:
        if span.get("id") is not None:
            if str(span["id"]) in entities:
                raise SisipanError(f"{where}: two entities have the id {str(span['id'])[:40]!r}; a claimant could mean either")
            entities[str(span["id"])] = labelled[:2]
    relations: dict[Labelled, dict[str, tuple[int, int]]] = {}
    for n, (labelled, span) in enumerate(layers["claims"]):
        if labelled in relations:
            raise SisipanError(f"{where}: claims[{n}]: {labelled[0]}:{labelled[1]} {labelled[2]} is predicted twice; keep one")
        sides = {name: _range(span.get(name), entities, f"{where}: claims[{n}] {name}") for name in RELATIONS}
        relations[labelled] = {name: at for name, at in sides.items() if at}
    return Prediction(record["id"], record["text_sha256"], {layer: tuple(labelled for labelled, _ in found) for layer, found in layers.items()}, relations, frozenset(layer for layer in LAYERS if record.get(layer) is not None))


def as_prediction(article: Article) -> Prediction:
    """The gold of an article in the shape of a prediction."""
    places = {entity.id: (entity.start, entity.end) for entity in article.entities}
    relations = {}
    for claim in article.claims:
        sides = {"speaker": claim.speaker and (claim.speaker.start, claim.speaker.end), "claimant": places.get(claim.claimant), "cue": claim.cue and (claim.cue.start, claim.cue.end)}
        relations[claim.start, claim.end, claim.label] = {name: at for name, at in sides.items() if at}
    return Prediction(article.id, article.text_sha256, {layer: tuple(spans_of(article, layer)) for layer in LAYERS}, relations)


def paired(gold: Sequence[Article], found: Iterable[Prediction]) -> list[tuple[Article, Prediction]]:
    """Gold articles with their predictions, in order of id; one without a prediction gets an empty one.

    Raises SisipanError for an id that gold does not have, one that comes twice, another text, and a span beyond its text.
    """
    known = {article.id: article for article in gold}
    if len(known) < len(gold):
        raise SisipanError("gold has an article twice; keep one of each id")
    given: dict[str, Prediction] = {}
    for one in found:
        if one.id not in known:
            raise SisipanError(f"{one.id[:80]}: gold has no such article; score against the split that was predicted")
        if one.id in given:
            raise SisipanError(f"{one.id}: predicted twice; keep one")
        if one.text_sha256 != known[one.id].text_sha256:
            raise SisipanError(f"{one.id}: predicted on another text (hash {one.text_sha256[:12]}, gold {known[one.id].text_sha256[:12]}); predict on the text of this version")
        length = len(known[one.id].text or "")
        sides = [at for found in one.relations.values() for at in found.values()]
        if beyond := [span for spans in (*one.spans.values(), sides) for span in spans if span[1] > length]:
            raise SisipanError(f"{one.id}: {beyond[0][0]}:{beyond[0][1]} lies beyond the text, which has {length} code points; are the offsets in UTF-16 or bytes?")
        given[one.id] = one
    empty = {layer: () for layer in LAYERS}
    return [(known[name], given.get(name) or Prediction(name, known[name].text_sha256, empty, {})) for name in sorted(known)]


def _sum(scores: Iterable[Score]) -> Score:
    return sum(scores, ZERO)


def _intervals(tables: Mapping[str, Sequence[Score]], resamples: int) -> dict[str, tuple[float, float]]:
    """The F1 within which 95 of 100 resamples of the articles lie."""
    out = {}
    for name, scores in tables.items():
        counts = np.array([[getattr(score, piece) for piece in PIECES] for score in scores], dtype=float)
        rows = np.random.default_rng(0).integers(0, len(scores), (resamples, len(scores)))
        drawn = [Score(*counts[row].sum(axis=0)).f1 for row in rows]
        out[name] = (float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975)))
    return out


def _recall(pairs: Sequence[tuple[Article, Prediction]], layer: str, attribute: str) -> dict[str, tuple[float, float, int]]:
    totals: dict[str, list[float]] = {}
    for article, guess in pairs:
        exact = set(guess.spans[layer])
        covered = {at for s, e, _ in guess.spans[layer] for at in range(s, e)}
        for span in getattr(article, layer):
            row = totals.setdefault(str(getattr(span, attribute)), [0, 0, 0, 0])
            row[0] += (span.start, span.end, span.label) in exact
            row[1] += sum(at in covered for at in range(span.start, span.end))
            row[2] += span.end - span.start
            row[3] += 1
    return {value: (hits / count, inside / size, int(count)) for value, (hits, inside, size, count) in sorted(totals.items())}


def _relation(pairs: Sequence[tuple[Article, Prediction]], name: str) -> tuple[Score, Score]:
    """Strict: claim and relation with the same offsets, whatever the claim's label. Given: over claims that both have (largest overlap first), the relation alone."""
    whole, given = ZERO, ZERO
    for article, guess in pairs:
        gold = as_prediction(article)
        a = {(claim[:2], at) for claim, sides in gold.relations.items() if (at := sides.get(name))}
        b = {(claim[:2], at) for claim, sides in guess.relations.items() if (at := sides.get(name))}
        whole += Score(len(a & b), len(b), len(a & b), len(a))
        ones, others = gold.spans["claims"], guess.spans["claims"]
        for i, j in match(ones, others):
            one, other = gold.relations.get(ones[i], {}).get(name), guess.relations.get(others[j], {}).get(name)
            hit = one is not None and one == other
            given += Score(hit, other is not None, hit, one is not None)
    return whole, given


def layer_score(pairs: Sequence[tuple[Article, Prediction]], layer: str, resamples: int = RESAMPLES) -> LayerScore:
    """Scores of a layer over paired articles. Raises SisipanError where there is no article."""
    if not pairs:
        raise SisipanError("there is no article to score")

    def sides(pair: tuple[Article, Prediction], label: str | None = None) -> tuple[list[Labelled], list[Labelled]]:
        return tuple([s for s in found if label in (None, s[2])] for found in (spans_of(pair[0], layer), pair[1].spans[layer]))

    each = {name: [measure(*sides(pair)) for pair in pairs] for name, measure in MEASURES.items()}
    found = sorted({s.label for article, _ in pairs for s in getattr(article, layer)} | {s[2] for _, guess in pairs for s in guess.spans[layer]})
    labels = {label: {name: _sum(measure(*sides(pair, label)) for pair in pairs) for name, measure in MEASURES.items()} for label in found}
    origins = sorted({article.origin for article, _ in pairs})
    recalls = {"claims": ("checkworthy",), "spam": ("form", "obfuscation")}.get(layer, ())
    return LayerScore(
        layer,
        {name: _sum(scores) for name, scores in each.items()},
        {name: float(np.mean([scores[name].f1 for scores in labels.values()])) if labels else 1.0 for name in MEASURES},
        float(np.mean([score.f1 for score in each["characters"]])),
        _intervals(each, resamples),
        labels,
        {origin: {name: _sum(score for score, (article, _) in zip(scores, pairs) if article.origin == origin) for name, scores in each.items()} for origin in origins},
        {attribute: _recall(pairs, layer, attribute) for attribute in recalls},
        {name: _relation(pairs, name) for name in RELATIONS} if layer == "claims" else {},
    )


def compute(predictions: Sequence[Mapping[str, Any]], references: Sequence[Mapping[str, Any] | Article], layer: str = "spam") -> dict[str, float]:
    """Main scores of a layer as a flat dict, in the manner of the library `evaluate`.

    `references` are records of the default configuration (or articles), `predictions` records as `prediction` takes
    them. Withheld articles are passed over.
    """
    from sisipan.schemas import load_schemas
    from sisipan.views import as_article, known_layer

    held = [one for one in references if (one.text if isinstance(one, Article) else one.get("text")) is not None]
    names = {name: load_schemas().labels(name) for name in LAYERS}
    known_layer(layer)
    found = layer_score(paired([as_article(one) for one in held], [prediction(one, names, f"predictions[{n}]") for n, one in enumerate(predictions)]), layer, resamples=1)
    out = {f"{name}_{part}": getattr(score, part) for name, score in found.scores.items() for part in ("precision", "recall", "f1")}
    return {**out, **{f"{name}_macro_f1": value for name, value in found.macro.items()}, "characters_mean_f1": found.articles_mean}
