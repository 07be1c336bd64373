"""The official scorer: worked by hand, against seqeval, independent of order, and hard to misuse."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from spans import FLOOD, articles

from sisipan.cli import cli
from sisipan.errors import SisipanError
from sisipan.model import LAYERS, Claim, Entity, Range, Spam, article_to_record
from sisipan.schemas import load_schemas
from sisipan.scoreboard import as_prediction, compute, layer_score, paired, prediction
from sisipan.views import tagged, words

LABELS = {layer: load_schemas().labels(layer) for layer in LAYERS}
TEXT = "0123456789" * 6
GOLD = replace(
    FLOOD,
    id="g",
    text=TEXT,
    text_sha256="h",
    entities=(Entity("e1", 0, 5, TEXT[0:5], "PER"), Entity("e2", 5, 9, TEXT[5:9], "ORG"), Entity("e3", 20, 25, TEXT[20:25], "PER")),
    claims=(Claim("c1", 0, 20, TEXT[0:20], "event", "e3", Range(20, 25), Range(26, 30), True), Claim("c2", 30, 40, TEXT[30:40], "state", None, None, None, False)),
    spam=(Spam("s1", 40, 50, TEXT[40:50], "slot", "byline", "none"), Spam("s2", 52, 56, TEXT[52:56], "togel", "comment", "leet")),
)


def guess(**layers: list) -> object:
    """A prediction for GOLD."""
    return prediction({"id": "g", "text_sha256": "h", **layers}, LABELS)


def spans(*found: tuple[int, int, str]) -> list[dict]:
    return [{"start": s, "end": e, "label": x} for s, e, x in found]


def test_half_open_neighbours_and_labels_worked_by_hand() -> None:
    one = layer_score(paired([GOLD], [guess(entities=spans((0, 5, "PER"), (5, 9, "PER"), (9, 12, "ORG"), (21, 25, "PER")))]), "entities", 10)
    assert (one.scores["strict"].precision, one.scores["strict"].recall) == (1 / 4, 1 / 3)
    assert (one.scores["boundary"].precision, one.scores["boundary"].recall) == (2 / 4, 2 / 3)
    assert one.scores["overlap"].precision == pytest.approx(2 / 4) and one.scores["overlap"].recall == pytest.approx((1 + 0.8) / 3)
    assert one.scores["characters"].precision == pytest.approx(13 / 16) and one.scores["characters"].recall == pytest.approx(13 / 14)
    assert one.labels["ORG"]["strict"].f1 == 0 and one.macro["strict"] == pytest.approx((2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2)) / 2)


def test_recall_of_forms_and_disguises() -> None:
    one = layer_score(paired([GOLD], [guess(spam=spans((40, 50, "slot"), (54, 56, "togel")))]), "spam", 10)
    assert one.recall_of["form"] == {"byline": (1.0, 1.0, 1), "comment": (0.0, 0.5, 1)}
    assert one.recall_of["obfuscation"] == {"none": (1.0, 1.0, 1), "leet": (0.0, 0.5, 1)}


def test_relations_strict_and_given_matched_claims() -> None:
    moved = [{"start": 1, "end": 20, "label": "event", "speaker": {"start": 20, "end": 25}, "cue": {"start": 26, "end": 29}, "claimant": "p1"}]
    one = layer_score(paired([GOLD], [guess(claims=moved, entities=[{"id": "p1", **spans((20, 25, "PER"))[0]}])]), "claims", 10)
    whole, given_ = one.relations["speaker"]
    assert whole.f1 == 0 and given_.f1 == 1
    assert one.relations["cue"][1].f1 == 0 and one.relations["claimant"][1].f1 == 1


def test_empty_against_empty_is_one_in_the_mean_of_articles() -> None:
    bare = replace(GOLD, id="b", text_sha256="hb", spam=())
    wrong = prediction({"id": "b", "text_sha256": "hb", "spam": spans((0, 3, "slot"))}, LABELS)
    assert layer_score(paired([bare], []), "spam", 10).articles_mean == 1
    assert layer_score(paired([GOLD, bare], [guess(spam=spans((40, 50, "slot"), (52, 56, "togel"))), wrong]), "spam", 10).articles_mean == 0.5


@given(articles(), articles(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_gold_against_itself_is_perfect_and_order_changes_nothing(one: object, two: object, shuffle: object) -> None:
    one, two = replace(one, text=one.text.ljust(130)), replace(two, id="other", text_sha256="else", text=two.text.ljust(130))
    guesses = [as_prediction(one), as_prediction(two)]
    for layer in LAYERS:
        perfect = layer_score(paired([one, two], guesses), layer, 5)
        assert all(score.f1 == 1 for score in perfect.scores.values()) and perfect.articles_mean == 1
        assert all(whole.f1 == given_.f1 == 1 for whole, given_ in perfect.relations.values())
    loose = replace(guesses[0], spans={layer: tuple(shuffle.sample(found, len(found))) for layer, found in guesses[1].spans.items()})
    again = replace(loose, spans={layer: tuple(sorted(found)) for layer, found in loose.spans.items()})
    for layer in LAYERS:
        assert layer_score(paired([two, one], [guesses[1], loose]), layer, 5) == layer_score(paired([one, two], [again, guesses[1]]), layer, 5)


@given(articles(spam=False), st.data())
@settings(max_examples=60, deadline=None)
def test_strict_f1_of_words_is_that_of_seqeval(article: object, data: st.DataObject) -> None:
    metrics = pytest.importorskip("seqeval.metrics")
    offsets = words(article, cut=True)
    gold = tagged(article, offsets)
    article = replace(article, entities=tuple(e for e in article.entities if e.id not in gold.unaligned))
    tags = ["O" if tag is None else tag for tag in gold.tags]
    shifted = data.draw(st.permutations(article.entities)) if article.entities else []
    other = replace(article, entities=tuple(sorted((replace(e, label=data.draw(st.sampled_from(["PER", "ORG"]))) for e in shifted[: max(1, len(shifted) - 1)]), key=lambda e: e.start)))
    mine = layer_score(paired([article], [as_prediction(other)]), "entities", 5).scores["strict"].f1
    theirs = metrics.f1_score([tags], [["O" if tag is None else tag for tag in tagged(other, offsets).tags]], zero_division=1)
    if article.entities and other.entities:
        assert mine == pytest.approx(theirs)


def test_what_is_only_predicted_costs_and_nothing_depends_on_order() -> None:
    bare = replace(GOLD, entities=())
    one = layer_score(paired([bare], [guess(entities=spans((0, 5, "PER")))]), "entities", 5)
    assert one.scores["strict"].f1 == one.macro["strict"] == 0
    spurious = layer_score(paired([GOLD], [guess(entities=spans((0, 5, "PER"), (20, 25, "PER"), (5, 9, "ORG"), (30, 33, "LOC")))]), "entities", 5)
    assert spurious.macro["strict"] == pytest.approx(2 / 3)
    claims = [{**span, "cue": {"start": at, "end": at + 4}} for span, at in zip(spans((0, 20, "state"), (0, 20, "event")), (40, 26))]
    forth, back = (layer_score(paired([GOLD], [guess(claims=found)]), "claims", 5).relations["cue"] for found in (claims, claims[::-1]))
    assert forth == back and forth[1].f1 == 1, "the claim of the same label is the match"


def test_misuse_is_refused_by_name() -> None:
    other = replace(guess(), text_sha256="zz")
    for given_, message in (
        ([other], "g: predicted on another text"),
        ([replace(guess(), id="nope")], "nope: gold has no such article"),
        ([guess(), guess()], "g: predicted twice"),
        ([guess(spam=spans((55, 61, "slot")))], "g: 55:61 lies beyond the text, which has 60 code points; are the offsets in UTF-16"),
    ):
        with pytest.raises(SisipanError, match=message):
            paired([GOLD], given_)
    for record, message in (
        ({"id": "g"}, "has no text_sha256"),
        ({"id": "g", "text_sha256": "h", "claims": spans((5, 6, "event"), (5, 6, "event"))}, r"claims\[1\]: 5:6 event is predicted twice"),
        ({"id": "g", "text_sha256": "h", "spam": spans((5, 5, "slot"))}, r"prediction: spam\[0\]: expected start before end"),
        ({"id": "g", "text_sha256": "h", "spam": spans((5, 6, "slots"))}, "'slots' is no label of the layer; they are togel, slot"),
        ({"id": "g", "text_sha256": "h", "claims": [{**spans((5, 6, "event"))[0], "claimant": "e9"}]}, r"claims\[0\] claimant: 'e9' is no entity of the prediction"),
    ):
        with pytest.raises(SisipanError, match=message):
            prediction(record, LABELS)


def test_compute_takes_records_and_numbers_for_labels() -> None:
    record = article_to_record(FLOOD)
    given_ = [{"id": FLOOD.id, "text_sha256": FLOOD.text_sha256, "spam": [{"start": s.start, "end": s.end, "label": LABELS["spam"].index(s.label)} for s in FLOOD.spam]}]
    found = compute(given_, [record, {**record, "id": "w", "text": None}])
    assert found["strict_f1"] == found["characters_mean_f1"] == found["strict_macro_f1"] == 1.0
    with pytest.raises(SisipanError, match="'x' is no layer"):
        compute([], [record], layer="x")


def test_the_command(tmp_path: Path) -> None:
    gold, pred = tmp_path / "gold.jsonl", tmp_path / "pred.jsonl"
    gold.write_text(json.dumps(article_to_record(FLOOD)) + "\n", "utf-8")
    pred.write_text(json.dumps({"id": FLOOD.id, "text_sha256": FLOOD.text_sha256, "spam": [{"start": s.start, "end": s.end, "label": s.label} for s in FLOOD.spam]}) + "\n", "utf-8")
    run = CliRunner().invoke
    shown = run(cli, ["score", str(gold), str(pred)])
    assert shown.exit_code == 0 and "| spam | strict | 1.000 | 1.000 | 1.000 | 1.000 to 1.000 | 1.000 |" in shown.output and "| claims |" not in shown.output
    value = json.loads(run(cli, ["score", str(gold), str(pred), "--json", "--layer", "claims"]).stdout)
    assert value["layers"]["claims"]["strict"]["recall"] == 0 and value["articles"] == 1
    pred.write_text(json.dumps({"id": FLOOD.id, "text_sha256": FLOOD.text_sha256, "entities": []}) + "\n", "utf-8")
    assert "| entities | strict |" in run(cli, ["score", str(gold), str(pred)]).output, "a layer with an empty list is predicted"
    pred.write_text("{\n", "utf-8")
    with pytest.raises(SisipanError, match=r"pred\.jsonl:1: no JSON"):
        run(cli, ["score", str(gold), str(pred)], catch_exceptions=False, standalone_mode=False)
