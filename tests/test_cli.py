"""The command as a person meets it: bad input, exit codes, formats, help. No traceback, ever."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cases import GOLD, TEXT
from conftest import Done

from sisipan.build import build
from sisipan.cli import COMMANDS

EXPECTED = Path(__file__).parent / "expected"
NOT_RUN = "I410 not-run: Some checks need more than the file that was named. They were not run, which is no sign that they would pass.\n\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str, tmp_path: Path, run: Callable[..., Done]) -> None:
    done = run(command, "--help", cwd=tmp_path)
    assert done.returncode == 0 and f"sisipan {command}" in done.stdout


def test_formats_and_exit_codes(root: Path, run: Callable[..., Done]) -> None:
    assert run("validate", cwd=root).returncode == 0
    gold = root / GOLD
    gold.write_text(gold.read_text("utf-8").replace('"start": 64, "end": 76', '"start": 65, "end": 77'), "utf-8")
    done = run("validate", cwd=root)
    assert (done.returncode, done.stdout) == (
        1,
        "annotations/gold/banjir-demak.json:8:5: error E203 quote-mismatch [banjir-demak e4 65:77]\n"
        '  text is "Tirta Wenang" but article has "irta Wenang "; the offsets fit UTF-16 units: convert them\n'
        "\n"
        "E203 quote-mismatch: The surface of a span is what stands between its offsets, exactly. It tells a moved offset from a wrong one.\n"
        "\n"
        "2 articles in 8 files: 1 error\n"
        "--fix mends 1 of these, or says why not: sisipan validate --fix annotations/gold/banjir-demak.json\n",
    )
    found = json.loads(run("validate", "--format", "json", cwd=root).stdout)
    assert found == [
        {
            "code": "E203", "name": "quote-mismatch", "severity": "error", "path": "annotations/gold/banjir-demak.json", "line": 8, "column": 5,
            "article": "banjir-demak", "span": "e4 65:77",
            "message": 'text is "Tirta Wenang" but article has "irta Wenang "; the offsets fit UTF-16 units: convert them', "known": False, "fixable": True,
        }
    ]  # fmt: skip
    github = run("validate", "--format", "github", cwd=root).stdout
    assert github.startswith("::error file=annotations/gold/banjir-demak.json,line=8,col=5,title=E203 quote-mismatch::text is ")
    sarif = json.loads(run("validate", "--format", "sarif", cwd=root).stdout)
    assert sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 8, "startColumn": 5}
    junit = ElementTree.fromstring(run("validate", "--format", "junit", cwd=root).stdout.encode())
    assert junit.find("testsuite").get("failures") == "1"
    assert run("validate", "no/such/path", cwd=root).returncode == 2


def test_github_shows_at_most_ten_of_a_kind(root: Path, run: Callable[..., Done]) -> None:
    gold = root / GOLD
    span = ',\n    {"id": "x1", "start": 0, "end": 6, "text": "Hujan", "label": "LOC"}'
    content = gold.read_text("utf-8").replace('"label": "GPE"}', '"label": "GPE"}' + span, 1)
    gold.write_text(content.replace(span, "".join(span.replace("x1", f"x{n}") for n in range(12))), "utf-8")
    lines = run("validate", "--format", "github", cwd=root).stdout.splitlines()
    assert 0 < sum(line.startswith("::error ") for line in lines) <= 10
    assert any("more like it; see the job summary" in line for line in lines)


def test_one_file_is_checked_alone(root: Path, run: Callable[..., Done]) -> None:
    (root / "corpus/panen-garam.txt").write_bytes(b"")
    done = run("validate", GOLD, cwd=root)
    assert (done.returncode, done.stdout) == (0, (EXPECTED / "I410.txt").read_text("utf-8") + "\n" + NOT_RUN + "1 article in 1 file: 1 note\n")
    assert run("validate", "annotations/gold", cwd=root).returncode == 0
    assert run("validate", "README.txt", cwd=root).returncode == 2


def test_explain(root: Path, run: Callable[..., Done]) -> None:
    assert run("validate", "--explain", "e203", cwd=root).stdout.startswith("E203 quote-mismatch (error)\n")
    assert "no such code" in run("validate", "--explain", "E999", cwd=root).stderr


DEEP = b"[" * 100_000 + b"]" * 100_000
BAD_DOCUMENTS = {
    "empty": b"",
    "not utf-8": b'{"article": "\xff"}',
    "deep": b'{"entities": ' + DEEP + b"}",
    "bare deep": DEEP,
    "long number": b'{"article": ' + b"9" * 10_000 + b"}",
    "huge offset": b'{"article": "banjir-demak", "entities": [{"id": "e1", "start": 9223372036854775808, "end": 9223372036854775809, "text": "x", "label": "PER"}]}',
    "float offset": b'{"entities": [{"id": "e1", "start": 1e400, "end": 2.5, "text": "x", "label": "PER"}]}',
    "duplicate keys": b'{"article": "a", "article": "b"}',
    "path id": b'{"article": "../../x", "text_sha256": "", "entities": [], "claims": [], "spam": []}',
    "wrong types": b'{"article": [], "text_sha256": {}, "entities": {"a": 1}, "claims": [1, null, [], "x"], "spam": [{"id": {}, "start": "0", "end": true}]}',
    "nulls": b'{"article": null, "text_sha256": null, "entities": null, "claims": null, "spam": null}',
    "a list": b"[]",
    "a string": b'"x"',
    "truncated": b'{"article": "banjir-demak", "entities": [{"id": "e1", "start": 0',
    "50 MB line": b'{"article": "' + b"a" * 50_000_000 + b'"}',
    "binary": bytes(range(256)) * 40,
    "id is a list": b'{"entities": [{"id": [], "start": 0, "end": 1, "text": "x", "label": []}], "claims": [{"claimant": {"a": 1}, "speaker": [], "cue": 7}]}',
    "escape codes": b'{"article": "\\u001b[31m\\u202e", "entities": []}',
}


@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_a_bad_document_is_a_finding_with_its_place(root: Path, name: str, run: Callable[..., Done]) -> None:
    (root / GOLD).write_bytes(BAD_DOCUMENTS[name])
    before = sorted(path.name for path in root.rglob("*"))
    for words in (("validate",), ("validate", GOLD), ("validate", "--format", "sarif")):
        done = run(*words, cwd=root)
        assert done.returncode == 1, done.stderr
        assert "banjir-demak.json" in done.stdout and "\x1b" not in done.stdout and len(done.stdout) < 20_000
    for words in (("build",), ("show", "banjir-demak"), ("anchor", "--dry-run", GOLD)):
        done = run(*words, cwd=root)
        assert done.returncode in ((0, 1, 2) if words[0] == "anchor" else (1, 2)), done.stderr
    assert sorted(path.name for path in root.rglob("*")) == before
    assert (root / GOLD).read_bytes() == BAD_DOCUMENTS[name]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"not parquet at all", b"\xff" * 1000])
def test_a_bad_parquet_file_is_a_finding(root: Path, content: bytes, run: Callable[..., Done]) -> None:
    build(root)
    path = root / "data/articles/train.parquet"
    for data in (content, path.read_bytes()[: len(content) * 7 + 900]):
        path.write_bytes(data)
        for words in (("validate", path), ("validate", "data"), ("validate", "data", "--format", "json")):
            done = run(*words, cwd=root)
            assert done.returncode == 1, done.stderr
            assert "E601" in done.stdout
        for words in (("stats",), ("diff", ".", "."), ("rehydrate", "--texts", ".", "--out", "out")):
            done = run(*words, cwd=root)
            assert done.returncode == 2 and done.stderr.startswith(("sisipan: error: ", "rehydrating")), done.stderr
    assert not (root / "out").exists()


def test_a_foreign_parquet_file_is_told(root: Path, run: Callable[..., Done]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1], "b": ["x"]}), root / "other.parquet")
    done = run("validate", "other.parquet", cwd=root)
    assert done.returncode == 1 and "its columns (a, b) are those of no configuration; a foreign file?" in done.stdout


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "A", "a--b", "", "x" * 81, "a\nb"])
def test_an_id_that_is_none_is_refused_and_nothing_is_written(root: Path, name: str, run: Callable[..., Done]) -> None:
    before = sorted(map(str, root.parent.rglob("*")))
    done = run("new", name, "--topic", "sport", "--register", "feature", cwd=root)
    assert done.returncode == 2
    assert run("show", name, cwd=root).returncode == 2
    assert sorted(map(str, root.parent.rglob("*"))) == before


def test_a_manifest_that_leads_out_of_the_release_is_not_followed(root: Path, run: Callable[..., Done]) -> None:
    build(root)
    path = root / "data/manifest.json"
    path.write_text(path.read_text().replace("data/spam/train.parquet", "../../../etc/passwd"))
    done = run("validate", "data", cwd=root)
    assert done.returncode == 1 and "not a manifest" in done.stdout


@pytest.mark.parametrize("content", [b"", b"[", DEEP, b'{"version": "0.1.0", "files": [{"path": 7}]}', b'{"version": ' + b"9" * 10_000 + b"}", b"\xff"], ids=range(6))
def test_a_bad_manifest_is_told(root: Path, content: bytes, run: Callable[..., Done]) -> None:
    build(root)
    (root / "data/manifest.json").write_bytes(content)
    done = run("validate", "data", cwd=root)
    assert done.returncode == 1 and "E603 manifest" in done.stdout
    for words in (("stats",), ("diff", ".", "."), ("rehydrate", "--texts", ".", "--out", "out")):
        assert run(*words, cwd=root).returncode == 2


def test_a_folder_that_links_out_of_the_tree_is_not_read(root: Path, run: Callable[..., Done]) -> None:
    (root / "annotations/gold").rename(root.parent / "gold")
    os.symlink(root.parent / "gold", root / "annotations/gold")
    done = run("validate", cwd=root)
    assert done.returncode == 1 and done.stdout.count("E002 symlink-outside") == 3


def test_a_new_article_from_a_marked_text(root: Path, run: Callable[..., Done]) -> None:
    (root / "draft.txt").write_text("Panen Raya di [Subang|GPE]\n\n[Tatang|PER] memanen padi.\n", "utf-8")
    done = run("new", "panen-subang", "--from", "draft.txt", "--topic", "agriculture_fisheries", "--register", "regional_brief", "--published", "2021-05-06", cwd=root)
    assert done.returncode == 0, done.stderr
    text = (root / "corpus/panen-subang.txt").read_text("utf-8")
    assert text.startswith("---\ntitle: Panen Raya di Subang\npublished: 2021-05-06\n") and text.endswith("---\nPanen Raya di Subang\n\nTatang memanen padi.\n")
    path = root / "annotations/pass-a/panen-subang.json"
    assert '{"id": "e2", "start": 22, "end": 28, "text": "Tatang", "label": "PER"}' in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace('"claims": []', '"claims": [{"exact": "Tatang memanen padi", "label": "event", "speaker": null, "cue": null, "claimant": null, "checkworthy": false}]'))
    anchored = run("anchor", path, cwd=root)
    assert anchored.returncode == 0 and '"id": "c1", "start": 22, "end": 41, "text": "Tatang memanen padi"' in path.read_text("utf-8")
    assert run("anchor", path, cwd=root).stdout == f"{path}: already in place\n"
    assert "exists already" in run("new", "panen-subang", "--topic", "sport", "--register", "feature", cwd=root).stderr


def test_anchor_refuses_with_the_candidates_and_leaves_the_file(root: Path, run: Callable[..., Done]) -> None:
    path = root / "annotations/pass-a/banjir-demak.json"
    content = path.read_text("utf-8").replace('"start": 7, "end": 12, "text": "Demak"', '"exact": "emak"')
    path.write_text(content, "utf-8")
    done = run("anchor", path, cwd=root)
    assert done.returncode == 1 and path.read_text("utf-8") == content
    assert "refused: entities[0]: the quote 'emak' stands 2 times; add prefix or suffix: line 1, column 9 [8:12]" in done.stdout


def test_after_an_edit_spans_move_with_the_text_that_git_has(root: Path, run: Callable[..., Done]) -> None:
    path = root / "annotations/gold/banjir-demak.json"
    before = json.loads(path.read_bytes())
    for words in (("init", "-q"), ("add", "-A"), ("-c", "user.name=t", "-c", "user.email=t@example.test", "commit", "-qm", "one")):
        subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)
    text = (root / TEXT).read_text("utf-8")
    (root / TEXT).write_text(text.replace("DEMAK – ", "DEMAK (Kilas Demak) – ").replace("kata Tirta", "demikian kata Tirta"), "utf-8")
    done = run("anchor", path, cwd=root)
    assert (done.returncode, done.stdout) == (0, f"{path}: anchored\n")
    after = json.loads(path.read_bytes())
    fresh = (root / TEXT).read_text("utf-8").split("---\n", 2)[2]
    assert [e["text"] for e in after["entities"]] == [e["text"] for e in before["entities"]]
    claim = after["claims"][0]
    assert fresh[claim["cue"]["start"] : claim["cue"]["end"]] == "kata"
    assert fresh[claim["speaker"]["start"] : claim["speaker"]["end"]] == "Tirta Wenang dari BPBD Demak"
    assert run("validate", path, cwd=root).returncode == 0
    (root / TEXT).write_text(text.replace("Tirta Wenang", "Tirta Wening"), "utf-8")
    refused = run("anchor", path, cwd=root)
    assert refused.returncode == 1 and "'Tirta Wenang' is no longer in the text" in refused.stdout
    assert json.loads(path.read_bytes()) == after


def test_anchor_takes_entities_from_a_marked_copy(root: Path, run: Callable[..., Done]) -> None:
    text = (root / TEXT).read_text("utf-8").split("---\n", 2)[2]
    (root / "marked.txt").write_text(text.replace("Tirta Wenang", "[Tirta Wenang|PER]"), "utf-8")
    path = root / "annotations/pass-b/banjir-demak.json"
    content = path.read_text("utf-8").replace('"claimant": "e4"', '"claimant": null')
    path.write_text(content, "utf-8")
    assert run("anchor", "--marked", "marked.txt", path, cwd=root).returncode == 0
    assert [e["text"] for e in json.loads(path.read_bytes())["entities"]] == ["Tirta Wenang"]
    (root / "marked.txt").write_text(text.replace("Tirta Wenang", "[Tirta W.|PER]"), "utf-8")
    done = run("anchor", "--marked", "marked.txt", path, cwd=root)
    assert done.returncode == 2 and "differs from" in done.stderr


def test_show_and_stats(root: Path, run: Callable[..., Done]) -> None:
    build(root)
    shown = run("show", "banjir-demak", cwd=root, COLUMNS="200").stdout
    assert "Tanggul jebol Senin[DAT] pagi slot wangi ini." in shown and "spam s2 136:165 togel / byline / none" in shown
    assert "\x1b[" not in shown and "\x1b[" in run("show", "--color", "banjir-demak", cwd=root).stdout
    assert json.loads(run("show", "--json", "banjir-demak", cwd=root).stdout)["spam"][0]["text"] == "slot wangi"
    counts = json.loads(run("stats", "--json", cwd=root).stdout)
    assert counts["spam"]["train"] == {"slot": 1, "togel": 1}
    assert json.loads(run("stats", "--json", "--with-datasets", cwd=root, HF_DATASETS_CACHE=str(root / "cache")).stdout)["spam"] == {"train": {"slot": 1, "togel": 1}}
    done = run("show", "banjir", cwd=root)
    assert done.returncode == 2 and done.stderr == "sisipan: error: banjir: no such article in gold; there is banjir-demak\n"


def test_outside_of_any_corpus(tmp_path: Path, run: Callable[..., Done]) -> None:
    for words in (("validate",), ("build",), ("stats",), ("show", "x"), ("rehydrate", "--texts", ".", "--out", "o")):
        done = run(*words, cwd=tmp_path)
        assert done.returncode == 2 and "sisipan: error: " in done.stderr, (words, done.stderr)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written(root: Path, run: Callable[..., Done]) -> None:
    os.chmod(root, 0o555)
    try:
        assert run("build", cwd=root).returncode == 2
    finally:
        os.chmod(root, 0o755)
