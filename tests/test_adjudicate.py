"""Two passes become gold by decisions, each on one difference."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import BASE

from sisipan.adjudicate import compare, decide, worksheet
from sisipan.errors import SisipanError
from sisipan.store import read_article

TEXT = read_article(BASE / "corpus/banjir-demak.txt").text
A = json.loads((BASE / "annotations/pass-a/banjir-demak.json").read_bytes())


def other() -> dict:
    """A second pass: one entity with another label, one shorter, one missing, one claim judged otherwise; other ids."""
    b = json.loads((BASE / "annotations/pass-b/banjir-demak.json").read_bytes())
    for entity in b["entities"]:
        entity["id"] = "x" + entity["id"]
    b["claims"][0]["claimant"] = "xe4"
    b["claims"][0]["checkworthy"] = False
    b["entities"][3]["label"] = "ORG"
    b["entities"][4] |= {"start": 87, "text": "Demak"}
    del b["entities"][5]
    return b


def test_equal_passes_have_no_difference_whatever_their_ids() -> None:
    b = other() | {"entities": [{**e, "id": "x" + e["id"]} for e in A["entities"]], "claims": [{**A["claims"][0], "claimant": "xe4"}, A["claims"][1]]}
    agreed, differences = compare(TEXT, A, b)
    assert differences == [] and [len(agreed[layer]) for layer in ("entities", "claims", "spam")] == [6, 2, 2]


def test_each_difference_is_one_question() -> None:
    rows = worksheet(TEXT, compare(TEXT, A, other())[1])
    assert [(row["n"], row["layer"], [s["text"] for s in row["a"]], [s["text"] for s in row["b"]]) for row in rows] == [
        (1, "entities", ["Tirta Wenang"], ["Tirta Wenang"]),
        (2, "entities", ["BPBD Demak"], ["Demak"]),
        (3, "entities", ["Senin"], []),
        (4, "claims", ["Hujan merendam 2.316 rumah"], ["Hujan merendam 2.316 rumah"]),
    ]
    assert rows[3]["a"][0]["speaker"] == "Tirta Wenang dari BPBD Demak" and rows[3]["a"][0]["cue"] == "kata"
    assert rows[1]["context"].endswith("dari »BPBD Demak«. Tanggul jebol Senin pagi slot wangi ini.\n\nTogel Tiga Rupa\n")


def test_decisions_make_gold() -> None:
    gold = decide(TEXT, "banjir-demak", A, other(), {"1": "a", "2": "b", "3": [{"exact": "Senin pagi", "label": "TIM"}], "4": "b"})
    assert [(e["id"], e["text"], e["label"]) for e in gold["entities"]] == [
        ("e1", "Demak", "GPE"), ("e2", "DEMAK", "GPE"), ("e3", "2.316", "CRD"), ("e4", "Tirta Wenang", "PER"), ("e5", "Demak", "ORG"), ("e6", "Senin pagi", "TIM"),
    ]  # fmt: skip
    assert gold["claims"][0]["claimant"] == "e4" and gold["claims"][0]["checkworthy"] is False
    assert decide(TEXT, "banjir-demak", A, A, {}) == A


@pytest.mark.parametrize(
    ("decisions", "message"),
    [
        ({"1": "a"}, "no decision on 2, 3, 4"),
        ({"1": "a", "2": "a", "3": "a", "4": "a", "5": "a"}, "there is no difference 5; they are numbered 1 to 4"),
        ({"1": "c", "2": "a", "3": "a", "4": "a"}, "decision 1 is 'c'"),
        ({"1": [{"exact": "tidak ada", "label": "PER"}], "2": "a", "3": "a", "4": "a"}, "is not in the text"),
        ({"1": "a", "2": [{"exact": "2.316 rumah", "label": "QTY"}], "3": "a", "4": "a"}, "would overlap; decide anew"),
        ({"1": "none", "2": "a", "3": "a", "4": "a"}, "the claimant 'Tirta Wenang' is no entity"),
    ],
)
def test_what_cannot_be_gold_is_refused(decisions: dict, message: str) -> None:
    with pytest.raises(SisipanError, match=message):
        decide(TEXT, "banjir-demak", A, other(), decisions)


def test_the_command_writes_gold_only_when_all_is_decided(root: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    (root / "annotations/pass-b/banjir-demak.json").write_text(json.dumps(other()), "utf-8")
    gold = root / "annotations/gold/banjir-demak.json"
    gold.unlink()

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "sisipan", "adjudicate", "banjir-demak", *words], cwd=root, capture_output=True, text=True, check=False)

    assert [json.loads(line)["n"] for line in run().stdout.splitlines()] == [1, 2, 3, 4]
    (tmp_path / "d.json").write_text('{"1": "a"}')
    assert run("--decisions", str(tmp_path / "d.json")).returncode == 2 and not gold.exists()
    (tmp_path / "d.json").write_text('{"1": "a", "2": "a", "3": "a", "4": "a"}')
    assert run("--decisions", str(tmp_path / "d.json")).returncode == 0
    assert gold.read_bytes() == (BASE / "annotations/gold/banjir-demak.json").read_bytes()
