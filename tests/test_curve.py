"""The CRF of the learning curve learns, and reads other people's files exactly."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sisipan.curve import apart, coarse, evaluate, read_columns, sample, shape, spans, train
from sisipan.errors import SisipanError
from sisipan.figures import differing
from sisipan.manifest import data_path

SENTENCES = [
    [("Bupati", "O"), (name, "B-PER"), ("tiba", "O"), ("di", "O"), (place, "B-LOC"), (".", "O")]
    for name, place in (("Rita", "Demak"), ("Doni", "Kudus"), ("Wati", "Blora"), ("Jaka", "Tuban"))
]


def test_columns_of_other_sets_are_read_with_coarse_labels(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("Bhosle\tB-PERSON\ndi\tO\n\nPBB PROPN B-NOR\nSelasa X B-DAT\n\n\n")
    assert read_columns(path) == [[("Bhosle", "B-PER"), ("di", "O")], [("PBB", "B-ORG"), ("Selasa", "O")]]
    path.write_text("Bhosle\n")
    with pytest.raises(SisipanError, match=r"x\.tsv:1: expected a word and a tag, found 'Bhosle'"):
        read_columns(path)
    assert coarse("I-FAC") == "I-LOC" and coarse("B-MON") == coarse("O") == "O"


def test_spans_of_tags_worked_by_hand() -> None:
    assert spans(["B-PER", "I-PER", "O", "I-LOC", "B-LOC", "I-ORG"]) == [(0, 2, "PER"), (3, 4, "LOC"), (4, 5, "LOC"), (5, 6, "ORG")]
    assert spans([]) == [] and shape("Rp1,5") == "Xxd,d"


def test_it_learns_and_a_smaller_sample_lies_within_a_larger_one() -> None:
    tagger = train(apart(SENTENCES * 3))
    unseen = [[("Bupati", "O"), ("Siti", "B-PER"), ("tiba", "O"), ("di", "O"), ("Pati", "B-LOC"), (".", "O")]]
    assert evaluate(tagger, unseen).f1 == 1
    names = [f"a{n}" for n in range(20)]
    assert set(sample(names, 0.25)) < set(sample(names, 0.5)) < set(sample(names, 1.0)) == set(names)


def test_a_stale_page_is_told_from_rounding() -> None:
    page = "# Curve\n\n| share | articles | F1 |\n|---|---|---|\n| 25% | 21 | 0.571 |\n"
    now = "| share | articles | F1 |\n|---|---|---|\n| 25% | 21 | {} |"
    assert differing(now.format("0.574"), page) == []
    assert differing(now.format("0.590"), page) == ["page: | 25% | 21 | 0.571 |", "now:  | 25% | 21 | 0.590 |"]
    assert differing(now.format("0.571").replace("21", "22"), page) != []
    assert differing(now.format("0.571") + "\n| 50% | 42 | 0.600 |", page) == ["rows: 3 in the page, 4 measured"]


def test_the_script_prints_a_row_a_share(repository: Path, tmp_path: Path) -> None:
    for split, few in (("train", 400), ("test", 100)):  # all of them: `make curve`
        path = tmp_path / data_path("ner", split)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pq.read_table(repository / data_path("ner", split)).slice(0, few), path)
    shutil.copytree(repository / "schema", tmp_path / "schema")
    rows = runpy.run_path(str(repository / "scripts/learning_curve.py"))["measure"](tmp_path, []).strip().splitlines()
    assert [row.split(" | ")[0] for row in rows[2:]] == ["| 25%", "| 50%", "| 100%"]
    assert all(0 < float(row.split(" | ")[3].strip(" |")) < 1 for row in rows[2:])
