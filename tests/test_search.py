"""`sisipan search` finds words in texts and spans, says where, and is silent about nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import REPOSITORY

from sisipan.cli import cli
from sisipan.errors import SisipanError

run = CliRunner().invoke
HERE = ["--release", str(REPOSITORY)]


def test_words_in_texts_with_their_place() -> None:
    done = run(cli, ["search", "gereja gmist sion", *HERE])
    lines = done.output.splitlines()
    assert done.exit_code == 0 and lines[0] == "gempa-sangihe-petta:3:9" and "»Gereja GMIST Sion«" in lines[1]
    assert lines[-1] == "1 hits in 1 articles"


def test_spans_by_layer_label_and_words() -> None:
    found = [json.loads(line) for line in run(cli, ["search", "--layer", "entities", "--label", "LAN", "Sangir", "--json", *HERE]).stdout.splitlines()]
    assert {hit["label"] for hit in found} == {"LAN"} and all("Sangir" in hit["text"] for hit in found)
    assert run(cli, ["search", "--layer", "spam", "--topic", "disaster", "--limit", "1", *HERE]).output.splitlines()[-1].endswith("1 shown")


def test_no_hit_is_exit_one_and_bad_words_are_refused(tmp_path: Path) -> None:
    assert run(cli, ["search", "qqqqqq", *HERE]).exit_code == 1
    for words, message in ((["search", *HERE], "nothing to search for"), (["search", "--split", "tst", "x", *HERE], "'tst' is no split; they are train"), (["search", "--label", "FOO", *HERE], "'FOO' is no label"), (["search", "--regex", "(", *HERE], "no regular expression")):
        with pytest.raises(SisipanError, match=message):
            run(cli, words, catch_exceptions=False, standalone_mode=False)
