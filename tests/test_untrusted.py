"""Data of somebody else: what it says reaches no terminal, workflow or browser as a command, and its paths lead nowhere."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Done, copy_base

from sisipan.build import build
from sisipan.offsets import text_sha256
from sisipan.formats import FORMATS

ESCAPES = "\x1b[31mMerah\x1b]8;;https://jahat.example\x07tautan\x1b]8;;\x07\x9b1m"
WORDS = f"{ESCAPES} \u202eterbalik\u2066 \u200bnol\u200f </script><img src=x onerror=alert(1)> =cmd()"
NASTY = f"{WORDS}\n::error file=a::palsu Nirmala\n\n##[error]palsu Nirmala"
NAME = "jahat\n::error::palsu \x1b[31m\u202e"
RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)


def assert_harmless(done: Done, obeyed: re.Pattern[str] = COMMAND) -> None:
    """No raw control or bidirectional character, no workflow command of the data, no traceback."""
    for stream in (done.stdout, done.stderr):
        assert not RAW.search(stream), repr(stream)
        assert not obeyed.search(stream), stream
        assert "Traceback" not in stream


def with_nasty_words(root: Path) -> None:
    """The salt article with a nasty paragraph at its end, in which there is a span of each layer; brand and source are nasty, too."""
    path = root / "corpus/panen-garam.txt"
    old = path.read_text("utf-8")
    front, text = re.fullmatch(r"(---\n.*?^---\n)(.*)\n", old, re.DOTALL | re.MULTILINE).groups()
    start = len(text) + 2
    text += f"\n\n{NASTY}"
    shown = json.dumps(WORDS)
    front = front.replace("brands: []", f"brands: [{json.dumps(WORDS[:40])}]").replace("source: events invented", f"source: {shown}")
    path.write_text(f"{front}{text}\n", "utf-8", newline="\n")
    name, claim = text.index("Nirmala"), text.rindex("palsu")
    spans = {
        "entities": {"id": "e9", "start": name, "end": name + 7, "text": "Nirmala", "label": "PER"},
        "claims": {"id": "c9", "start": claim, "end": len(text), "text": text[claim:], "label": "event", "claimant": None, "speaker": None, "cue": None, "checkworthy": False},
        "spam": {"id": "s9", "start": start, "end": start + len(WORDS), "text": WORDS, "label": "slot", "form": "keyword_tail", "obfuscation": "none"},
    }
    for number, annotation_pass in enumerate(("gold", "pass-a", "pass-b")):
        document = root / "annotations" / annotation_pass / "panen-garam.json"
        value = json.loads(document.read_text("utf-8"))
        value["text_sha256"] = text_sha256(text)
        for layer, span in spans.items():
            value[layer] += [{**span, "label": "ORG"} if (number, layer) == (2, "entities") else span]
        document.write_text(json.dumps(value), "utf-8")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid corpus with nasty words and its release; beside it `old`, the release without them, and files to read."""
    folder = tmp_path_factory.mktemp("untrusted")
    build(copy_base(folder / "old"))
    root = copy_base(folder / "new")
    with_nasty_words(root)
    assert build(root)[1].clean
    rows = [{"id": WORDS, "text": "Rapat ditutup.\n\nsl0t g4c0r m4xw1n"}, {"id": NAME, "text": None}, {"id": f"a\n{NASTY}"}]
    (folder / "pages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (folder / "crawl").mkdir()
    for name in ("a.jsonl", f"{NAME}.jsonl", f"{NAME}.bin".replace("/", "-")):
        (folder / "crawl" / name).write_text("{\n" if name != "a.jsonl" else "".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (folder / "pred.jsonl").write_text(json.dumps({"id": NASTY, "text_sha256": NASTY, "entities": [{"start": 0, "end": 1, "label": NASTY}]}) + "\n", "utf-8")
    (folder / "draft.txt").write_text(f"Judul\n\n[{WORDS}|{WORDS}] {NASTY}\n", "utf-8")
    (folder / "texts").mkdir()
    (folder / "texts" / f"{NAME}.txt").write_text(NASTY, "utf-8")
    return root


COMMANDS = [
    ("validate",),
    ("validate", "annotations/gold/panen-garam.json"),
    ("validate", "."),
    ("validate", "--format", "json"),
    ("validate", "--format", "junit"),
    ("validate", "--explain", NASTY),
    ("build", "--check"),
    ("show", "panen-garam"),
    ("show", "panen-garam", "--json"),
    ("show", NASTY),
    ("search", "Nirmala"),
    ("search", "palsu", "--json"),
    ("search", "--layer", "spam"),
    ("search", "--layer", "entities", "--json"),
    ("search", "--regex", f"({WORDS}"),
    ("search", "--label", NASTY),
    ("stats",),
    ("stats", "--json"),
    ("diff", "../old", "."),
    ("diff", "../old", ".", "--json"),
    ("diff", NASTY, "."),
    ("agreement",),
    ("signs", "--examples"),
    ("audit", "--without", "contested"),
    ("audit", "--without", "contested", "--json"),
    ("adjudicate", "panen-garam"),
    ("adjudicate", NASTY),
    ("explore", "../site"),
    *(("export", "--to", name, f"../out-{name}") for name in ("brat", "label-studio", "cas-json", "doccano", "conll", "docbin")),
    ("export", "--to", "xmi", "../out-xmi"),
    ("export", "--to", "brat", "--article", NASTY, "../out-none"),
    ("import", "--from", "label-studio", "../pred.jsonl", "../in-1"),
    ("import", "--from", "prodigy", "../pred.jsonl", "../in-2"),
    ("score", ".", "../pred.jsonl"),
    ("score", "../pred.jsonl", "../pred.jsonl"),
    ("new", "baru", "--from", "../draft.txt", "--topic", "disaster", "--register", "agency_report"),
    ("new", NASTY, "--topic", NASTY, "--register", NASTY),
    ("anchor", "--marked", "../draft.txt", "annotations/gold/panen-garam.json"),
    ("rehydrate", "--texts", "../texts", "--out", "../whole"),
    ("tag", "../pages.jsonl", "../tagged.jsonl"),
    ("clean", "../pages.jsonl", "../clean.jsonl"),
    ("clean", "../crawl", "../cleaned", "--json"),
    ("tag", "../crawl", "../tagged"),
    ("tag", NASTY, "-"),
    ("validate", f"{NAME}/none"),
    (NASTY,),
    ("show", f"--{NASTY}"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: "-".join(word if word.isprintable() else "NASTY" for word in words)[:60])
def test_what_a_command_says_is_obeyed_by_nobody(words: tuple[str, ...], corpus: Path, run: Callable[..., Done]) -> None:  # noqa: F811
    """Every command that prints. Files that are to hold the text as it is (exports, results of `clean`) do so."""
    assert_harmless(run(*words, cwd=corpus))


@pytest.mark.parametrize("format_", FORMATS)
def test_findings_about_nasty_names_and_values_are_obeyed_by_nobody(format_: str, root: Path, run: Callable[..., Done]) -> None:  # noqa: F811
    with_nasty_words(root)
    (root / "corpus" / f"{NAME}.txt").write_text(f"---\n\"{WORDS.encode('unicode_escape').decode().replace(chr(92), chr(92) * 2)}\": x\n---\n{NASTY}\n", "utf-8")
    (root / "corpus" / f"{NAME}.md").write_text(NASTY, "utf-8")
    (root / "corpus" / "keluar.txt").symlink_to(root.parent / NAME)
    gold = root / "annotations/gold/panen-garam.json"
    value = json.loads(gold.read_text("utf-8"))
    value["entities"].append({"id": NASTY, "start": 1, "end": 9, "text": NASTY, "label": NASTY, NASTY: NASTY})
    value["claims"][0]["claimant"] = NASTY
    gold.write_text(json.dumps(value), "utf-8")
    (root / "annotations/gold" / f"{NAME}.json").write_text(json.dumps({NASTY: NASTY}), "utf-8")
    done = run("validate", "--format", format_, cwd=root)
    assert done.returncode == 1
    obeyed = {"github": r"^\s*::(?!(error|warning|notice) file=)|^::error file=a::|##\[", "junit": r"##\["}  # JUnit is a file for a tool, whose lines nobody obeys
    assert_harmless(done, re.compile(obeyed[format_], re.MULTILINE) if format_ in obeyed else COMMAND)


def test_the_page_and_the_picture_hold_no_markup_of_the_data(corpus: Path, tmp_path: Path, run: Callable[..., Done]) -> None:  # noqa: F811
    run("explore", tmp_path / "site", cwd=corpus)
    for path in tmp_path.glob("site/**/*.js"):
        if path.name != "app.js":
            assert not re.search(r"[<>\u0080-\U0010ffff]", path.read_text("utf-8"))
    run("show", "panen-garam", "--svg", tmp_path / "a.svg", cwd=corpus)
    drawn = (tmp_path / "a.svg").read_text("utf-8")
    assert not RAW.search(drawn) and "<img" not in drawn and "&lt;img" in drawn


def test_a_journal_of_somebody_else_moves_and_removes_nothing(root: Path, run: Callable[..., Done]) -> None:  # noqa: F811
    """A corpus may come with what looks like a build that was killed."""
    precious = root.parent / "precious.txt"
    precious.write_text("x")
    stage = root / ".sisipan-stage"
    (stage / "new").mkdir(parents=True)
    plan = {"paths": {}, "gone": [], "had": [], "whole": False}
    for journal in (plan | {"gone": ["../precious.txt"]}, plan | {"gone": [str(precious)]}, plan | {"paths": {"../new.txt": "0" * 64}}, plan | {"gone": 1}, {"gone": []}, []):
        (stage / "journal.json").write_text(json.dumps(journal), "utf-8")
        (stage / "new.txt").write_text("y")
        done = run("build", cwd=root)
        assert (done.returncode, precious.read_text()) == (2, "x") and "is not what a build left behind" in done.stderr
        assert not (root.parent / "new.txt").exists()


def test_a_stage_that_is_a_link_is_written_into_by_nobody(root: Path, run: Callable[..., Done]) -> None:  # noqa: F811
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (root / ".sisipan-stage").symlink_to(elsewhere)
    done = run("build", cwd=root)
    assert done.returncode == 2 and "is a link" in done.stderr and not os.listdir(elsewhere)


@pytest.mark.parametrize("command", [("stats",), ("diff", ".", "."), ("search", "garam"), ("explore", "../site"), ("export", "--to", "brat", "../out"), ("rehydrate", "--texts", "corpus", "--out", "../whole")], ids=lambda words: words[0])
@pytest.mark.parametrize("key", ["config", "split"])
def test_a_manifest_leads_no_command_out_of_its_release(command: tuple[str, ...], key: str, root: Path, run: Callable[..., Done]) -> None:  # noqa: F811
    build(root)
    shutil.copy(root / "data/articles/train.parquet", root.parent / "outside.parquet")
    path = root / "data/manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    entry = next(entry for entry in manifest["files"] if entry["config"] == "articles")
    entry[key] = "../../../outside" if key == "split" else "articles/../.."
    entry["path"] = f"data/{entry['config']}/{entry['split']}.parquet"
    path.write_text(json.dumps(manifest), "utf-8")
    done = run(*command, cwd=root)
    assert done.returncode == 2 and "not a manifest" in done.stderr


def test_ids_of_a_release_lead_nowhere(root: Path, tmp_path: Path, run: Callable[..., Done]) -> None:  # noqa: F811
    """An article of a release may call itself what it likes: no command reads or writes by that name outside its folder."""
    import pyarrow.parquet as pq

    build(root)
    path = root / "data/articles/train.parquet"
    table = pq.read_table(path)
    at = table.schema.get_field_index("id")
    pq.write_table(table.set_column(at, table.schema.field(at), [["../../../keluar"] * len(table)]), path)
    before = sorted(root.parent.rglob("*"))
    for words in (("export", "--to", "brat", "out/a"), ("export", "--to", "cas-json", "out/a"), ("explore", "out/b")):
        done = run(*words, cwd=root)
        assert not [one for one in sorted(root.parent.rglob("*")) if "keluar" in one.name and one not in before], words
        assert done.returncode == (2 if words[0] == "export" else 0)


@pytest.mark.parametrize("linked", ["banjir-demak.txt", "banjir-demak.ann"])
def test_an_import_reads_no_file_outside_its_folder(linked: str, root: Path, run: Callable[..., Done]) -> None:  # noqa: F811
    build(root)
    run("export", "--to", "brat", "../brat", cwd=root)
    secret = root.parent / "secret"
    secret.write_text("rahasia besar\n")
    (root.parent / "brat" / linked).unlink()
    (root.parent / "brat" / linked).symlink_to(secret)
    done = run("import", "--from", "brat", "../brat", "../in", cwd=root)
    assert done.returncode == 2 and f"brat/{linked}: links to {secret}, outside ../brat" in done.stderr and "rahasia" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["../../keluar", "/tmp/keluar", "..", "a/b", "a\x00b"])
@pytest.mark.parametrize("form", ["label-studio", "prodigy", "cas-json"])
def test_an_import_writes_no_file_by_the_name_that_data_gives(name: str, form: str, root: Path, run: Callable[..., Done]) -> None:  # noqa: F811
    build(root)
    run("export", "--to", form, "../there", cwd=root)
    for path in (root.parent / "there").iterdir():
        path.write_text(path.read_text("utf-8").replace('"banjir-demak"', json.dumps(name)), "utf-8")
    done = run("import", "--from", form, "../there", "../in", cwd=root)
    assert done.returncode == 2 and not (root.parent / "in").exists() and "is no id of an article" in done.stderr


BOMB = '<!DOCTYPE x [<!ENTITY a "haha">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi")) + "]>"


@pytest.mark.parametrize("kind", ["bomb", "file", "parameter"])
def test_an_xmi_with_entities_is_refused(kind: str, root: Path, run: Callable[..., Done]) -> None:  # noqa: F811
    """Neither do they grow without end, nor do they bring a file of the reader in."""
    build(root)
    run("export", "--to", "xmi", "../xmi", cwd=root)
    secret = root.parent / "secret"
    secret.write_text("rahasia besar")
    doctype = {"bomb": BOMB, "file": f'<!DOCTYPE x [<!ENTITY i SYSTEM "{secret.as_uri()}">]>', "parameter": f'<!DOCTYPE x SYSTEM "{secret.as_uri()}">'}[kind]
    path = root.parent / "xmi/banjir-demak.xmi"
    head, rest = path.read_text("utf-8").split("<xmi:XMI", 1)
    path.write_text(f"{head}{doctype}<xmi:XMI{rest.replace('Demak', '&i;', 1) if kind != 'parameter' else rest}", "utf-8")
    done = run("import", "--from", "xmi", path, "../in", cwd=root)
    assert done.returncode == 2 and "DTDForbidden" in done.stderr and "rahasia" not in done.stderr and not (root.parent / "in").exists()


@pytest.mark.parametrize("name", ["../keluar", "/tmp/keluar", "a/../../keluar", "a\x00b"])
def test_no_folder_is_written_with_a_file_outside(name: str, tmp_path: Path) -> None:
    from sisipan.cli.common import write_folder
    from sisipan.errors import SisipanError

    with pytest.raises(SisipanError, match="would be written outside"):
        write_folder(tmp_path / "out", {"a.txt": b"", name: b""})
    assert os.listdir(tmp_path) == []
