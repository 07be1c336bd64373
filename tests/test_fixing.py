"""`sisipan validate --fix`: a diff first, nothing written unasked, all files of an article together, and never anything worse."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from cases import CASES, GOLD, SALT, TEXT, apply, reanchored
from conftest import Done

from sisipan.checks import BY_CODE
from sisipan.cli.fixing import _write
from sisipan.errors import SisipanError
from sisipan.fixes import FIXES, MENDED, ONLY, how_mended

PASS_A = "annotations/pass-a/banjir-demak.json"
UNSORTED = next(case for case in CASES if case.code == "E207").bad
SPACE = ((GOLD, '"start": 108, "end": 113, "text": "Senin"', '"start": 107, "end": 114, "text": " Senin "'),)
DIFF = """\
--- a/annotations/gold/banjir-demak.json
+++ b/annotations/gold/banjir-demak.json
@@ -7,7 +7,7 @@
     {"id": "e3", "start": 46, "end": 51, "text": "2.316", "label": "CRD"},
     {"id": "e4", "start": 64, "end": 76, "text": "Tirta Wenang", "label": "PER"},
     {"id": "e5", "start": 82, "end": 92, "text": "BPBD Demak", "label": "ORG"},
-    {"id": "e6", "start": 107, "end": 114, "text": " Senin ", "label": "DAT"}
+    {"id": "e6", "start": 108, "end": 113, "text": "Senin", "label": "DAT"}
   ],
   "claims": [
     {"id": "c1", "start": 31, "end": 57, "text": "Hujan merendam 2.316 rumah", "label": "statistic", "claimant": "e4", "speaker": {"start": 64, "end": 92}, "cue": {"start": 59, "end": 63}, "checkworthy": true},
"""


def contents(root: Path) -> dict[str, bytes]:
    """Every file below the root."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_without_a_terminal_the_diff_is_shown_and_nothing_written(root: Path, run: Callable[..., Done]) -> None:
    apply(root, SPACE)
    before = contents(root)
    done = run("validate", "--fix", cwd=root)
    assert (done.returncode, done.stdout) == (1, DIFF)
    assert done.stderr == f"mends {GOLD}: white space trimmed\nnothing was written: 1 file of 1 article can be mended; --yes writes them\n"
    assert contents(root) == before


def test_with_yes_it_is_written_and_validated_again(root: Path, run: Callable[..., Done]) -> None:
    good = contents(root)
    apply(root, SPACE)
    done = run("validate", "--fix", "--yes", cwd=root)
    assert (done.returncode, done.stdout) == (0, DIFF + "2 articles in 8 files: no findings\n")
    assert done.stderr.splitlines()[1] == "wrote 1 file of 1 article"
    assert contents(root) == good
    done = run("validate", "--fix", cwd=root)
    assert (done.returncode, done.stdout, done.stderr.splitlines()[0]) == (0, "2 articles in 8 files: no findings\n", "nothing to mend")


def test_the_diff_is_one_that_git_applies(root: Path, run: Callable[..., Done]) -> None:
    good = contents(root)
    apply(root, UNSORTED)
    for path in (TEXT, PASS_A, SALT):
        (root / path).write_bytes((root / path).read_bytes().replace(b"\n", b"\r\n"))
    (root / SALT).write_bytes((root / SALT).read_bytes()[:-2])
    done = run("validate", "--fix", cwd=root)
    subprocess.run(["git", "apply", "-"], cwd=root, input=done.stdout.encode(), check=True)
    mended = contents(root)
    assert {path for path in good if mended[path] != good[path]} == {GOLD}  # the one whose span was another, not only misplaced
    assert run("validate", "--fix", cwd=root).stderr.splitlines()[0] == "nothing to mend"


@pytest.mark.parametrize("answer", ["n", "y"])
def test_on_a_terminal_it_asks(root: Path, answer: str) -> None:
    good = contents(root)
    apply(root, SPACE)
    before = contents(root)
    main, side = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "sisipan", "validate", "--fix"], cwd=root, stdin=side, stdout=side, stderr=side)
    os.close(side)
    os.write(main, f"{answer}\n".encode())
    shown = b""
    try:
        while piece := os.read(main, 4096):
            shown += piece
    except OSError:
        pass  # the end, on Linux
    os.close(main)
    assert process.wait() == (1 if answer == "n" else 0), shown
    assert b"write 1 file of 1 article? [y/N]" in shown
    assert contents(root) == (before if answer == "n" else good)


def test_text_and_documents_of_an_article_are_written_together_and_others_left(root: Path, run: Callable[..., Done]) -> None:
    good = contents(root)
    for path in (TEXT, SALT):
        (root / path).write_bytes(b"\xef\xbb\xbf" + (root / path).read_bytes().replace(b"\n", b"\r\n"))
    bad = contents(root)
    done = run("validate", "--fix", "--yes", GOLD, cwd=root)
    assert done.returncode == 0 and f"mends {TEXT}: byte-order mark removed, line ends" in done.stderr
    assert contents(root) == {**good, SALT: bad[SALT]}
    assert run("validate", "--fix", "--yes", "corpus", cwd=root).stderr.count("mends") == 1
    assert contents(root) == good


def test_nothing_is_written_where_a_fix_would_make_a_new_finding(root: Path, run: Callable[..., Done]) -> None:
    """Counted in UTF-16, the last region lies beyond the text, so that what lies in it was not seen."""
    content = (root / GOLD).read_text("utf-8")
    content = content.replace('"label": "DAT"}', '"label": "DAT"},\n    {"id": "e7", "start": 151, "end": 153, "text": "By", "label": "PER"}')
    for offset in sorted({int(n) for n in re.findall(r'(?:start|end)": (\d+)', content)}, reverse=True):
        if offset > 30 and offset not in (151, 153):
            content = content.replace(f'": {offset}', f'": {offset + 1}')
    content = content.replace('"start": 151, "end": 153', '"start": 154, "end": 156')
    (root / GOLD).write_text(content, "utf-8")
    before = contents(root)
    done = run("validate", "--fix", "--yes", cwd=root)
    assert done.returncode == 1
    assert "leaves banjir-demak: left as it is, since it would then have E302 inside-spam: lies within the spam region s2 136:165; remove it\n" in done.stderr
    assert contents(root) == before


FAMOUS = "Kaf\u00e9 r\u00e9sum\u00e9 na\u00eff d\u00e9j\u00e0 v\u00fc k\u00e9ju l\u00e9 m\u00e9 r\u00e9 s\u00e9 t\u00e9 d\u00e9 p\u00e9 n\u00e9 b\u00e9 h\u00e9"


@pytest.mark.parametrize(("decomposed", "left"), [(TEXT, "banjir-demak"), (SALT, "panen-garam")])
def test_nothing_is_written_where_a_fix_would_make_a_duplicate_across_splits(root: Path, run: Callable[..., Done], decomposed: str, left: str) -> None:
    """Which of the two the finding would stand in does not matter, nor that another article is mended in the same run."""
    for path, after in ((TEXT, "slot wangi ini."), (SALT, "koperasi setempat.")):
        words = unicodedata.normalize("NFD", FAMOUS) if path == decomposed else FAMOUS
        apply(root, ((path, after, f"{after} {words}."),))
    reanchored(root)
    other = next(path for path in (TEXT, SALT) if path != decomposed)
    (root / other).write_bytes((root / other).read_bytes()[:-1])
    before = contents(root)
    assert "E407" not in run("validate", cwd=root).stdout
    done = run("validate", "--fix", "--yes", cwd=root)
    where = "it" if left == "panen-garam" else "panen-garam"
    assert (
        f"leaves {left}: left as it is, since {where} would then have E407 near-duplicate-across-splits: "
        "shares 38% of its 5-word shingles with banjir-demak, which is in train, not test\n" in done.stderr
    )
    assert contents(root) == {**before, other: before[other] + b"\n"}


def test_a_mention_that_was_accepted_stays_so(root: Path, run: Callable[..., Done]) -> None:
    apply(root, next(case for case in CASES if case.code == "W501").bad)
    apply(root, SPACE)
    run("audit", "--signal", "untagged_mention", "--accept", cwd=root)
    done = run("validate", "--fix", "--yes", cwd=root)
    assert (done.returncode, done.stderr.splitlines()[-2:]) == (0, ["wrote 1 file of 1 article", "validating …"])


UTF16 = "every offset counted in UTF-16 units"
OF_SOURCES = [case for case in CASES if not case.target and case.code != "I410"]


def counted_in_utf16(root: Path) -> None:
    """The base's emoji stands before code point 30: every offset behind it is one more."""
    for path in (GOLD, PASS_A):
        (root / path).write_text(re.sub(r'((?:start|end)": )(\d+)', lambda m: f"{m[1]}{int(m[2]) + (int(m[2]) > 28)}", (root / path).read_text("utf-8")), "utf-8")


@pytest.mark.parametrize(("code", "bad"), [*((case.code, case.bad) for case in OF_SOURCES), ("E203", (counted_in_utf16,))], ids=[*(case.code for case in OF_SOURCES), UTF16])
def test_what_is_called_fixable_is_mended_and_nothing_else(code: str, bad: tuple, root: Path, run: Callable[..., Done]) -> None:
    apply(root, bad)
    found = [one for one in json.loads(run("validate", "--format", "json", cwd=root).stdout) if one["code"] == code]
    said = run("validate", "--fix", "--yes", cwd=root).stderr
    left = {(one["path"], one["message"]) for one in json.loads(run("validate", "--format", "json", cwd=root).stdout) if one["code"] == code}
    never = {(one["path"], one["message"]) for one in found if not one["fixable"]}
    refused = {(one["path"], one["message"]) for one in found if f"leaves {one['path']}: " in said}
    assert found and never <= left <= never | refused
    assert "leaves" not in said or how_mended(code) != "yes"
    assert {one["fixable"] for one in found} <= {"": {False}, "yes": {True}, "some": {True, False}}[how_mended(code)]


def test_every_fix_that_is_told_of_a_code_has_a_code_of_its_own() -> None:
    assert {code for code in MENDED if how_mended(code) == "some"} == set(ONLY) and set(BY_CODE) >= MENDED == set(chain.from_iterable(fix.codes for fix in FIXES))
    assert {case.code for case in OF_SOURCES} >= MENDED


def test_the_last_line_says_what_can_be_mended_and_how(root: Path, run: Callable[..., Done]) -> None:
    apply(root, SPACE)
    (root / SALT).write_bytes((root / SALT).read_bytes()[:-1])
    command = f"sisipan validate --fix {GOLD} {SALT}"
    assert run("validate", cwd=root).stdout.splitlines()[-2:] == ["2 articles in 8 files: 2 errors", f"--fix mends 2 of these, or says why not: {command}"]
    assert f"2 articles in 8 files: 2 errors\n\n--fix mends 2 of these, or says why not: `{command}`\n" in run("validate", "--format", "markdown", cwd=root).stdout
    apart = root.parent / "my folder"
    apart.mkdir()
    line = run("validate", "--root", root, GOLD, cwd=root).stdout.splitlines()[-1]
    assert line == f"--fix mends 1 of these, or says why not: sisipan validate --fix {GOLD}"
    told = shlex.split(run("validate", "--root", root, cwd=apart).stdout.splitlines()[-1].split(": ")[1])
    assert told[3:] == [f"../{root.name}/{GOLD}", f"../{root.name}/{SALT}"]
    assert run(*told[1:], "--yes", cwd=apart).stdout.splitlines()[-1] == "2 articles in 2 files: 1 note"
    for path in (TEXT, SALT, GOLD, PASS_A):
        (root / path).write_bytes((root / path).read_bytes() + b"\n\n" if path.endswith("json") else (root / path).read_bytes()[:-1])
    assert run("validate", cwd=root).stdout.splitlines()[-1].endswith("4 of these, or says why not: sisipan validate --fix")
    assert run("validate", "--root", root, cwd=apart).stdout.splitlines()[-1].endswith(f"sisipan validate --fix ../{root.name}")


def test_of_two_corpora_each_finding_is_in_its_own(root: Path, run: Callable[..., Done]) -> None:
    above, copy = root.parent, root.parent / "a copy"
    shutil.copytree(root, copy)
    (root / GOLD).write_bytes((root / GOLD).read_bytes()[:-1])
    apply(copy, SPACE)
    lines = run("validate", root.name, copy.name, cwd=above).stdout.splitlines()
    assert [line for line in lines if GOLD in line and "fix" not in line] == [
        f"{root.name}/{GOLD}:1:1: warning W012 not-canonical [banjir-demak]",
        f"a copy/{GOLD}:10:5: error E204 untrimmed [banjir-demak e6 107:114]",
    ]
    assert lines[-1].endswith(f"sisipan validate --fix 'a copy/{GOLD}'; sisipan validate --fix {root.name}/{GOLD}")
    github = run("validate", root.name, copy.name, "--format", "github", cwd=above).stdout
    assert f"file={root.name}/{GOLD},line=1," in github and f"file=a copy/{GOLD},line=10," in github


def test_what_fix_has_left_is_not_offered_again(root: Path, run: Callable[..., Done]) -> None:
    apply(root, ((GOLD, '"start": 64, "end": 76', '"start": 65, "end": 77'),))
    assert "--fix mends 1 of these" in run("validate", cwd=root).stdout
    done = run("validate", "--fix", "--yes", cwd=root)
    assert "e4 65:77 fits UTF-16 units, but" in done.stderr and done.stdout.splitlines()[-1] == "2 articles in 8 files: 1 error"


@pytest.mark.parametrize(("code", "said"), [("E204", "`sisipan validate --fix` mends it."), ("E203", "`sisipan validate --fix` mends it where the message ends: convert them."), ("E101", None)])
def test_explain_says_whether_a_code_is_mended(code: str, said: str | None, root: Path, run: Callable[..., Done]) -> None:
    lines = run("validate", "--explain", code, cwd=root).stdout.splitlines()
    assert (lines[-1] == said and lines[-2] == "") if said else len(lines) == 3


def test_a_machine_format_stays_readable(root: Path, run: Callable[..., Done]) -> None:
    apply(root, SPACE)
    done = run("validate", "--fix", "--yes", "--format", "json", cwd=root)
    assert done.stdout == "[\n]\n" and DIFF in done.stderr


def test_a_file_that_was_changed_meanwhile_is_not_written_over(root: Path) -> None:
    with pytest.raises(SisipanError, match=f"^{TEXT}: was changed while the fix was shown"):
        _write(root, {GOLD: ((root / GOLD).read_bytes(), "x"), TEXT: (b"other", "y")})
    assert (root / GOLD).read_bytes() != b"x"


def test_a_link_and_a_broken_file_are_left(root: Path, run: Callable[..., Done]) -> None:
    (root / "kept.json").write_bytes((root / GOLD).read_bytes().replace(b"    {", b"   {"))
    (root / GOLD).unlink()
    (root / GOLD).symlink_to("../../kept.json")
    (root / SALT).write_bytes(b"\xff\xfe")
    before = contents(root)
    done = run("validate", "--fix", "--yes", cwd=root)
    assert done.returncode == 1 and done.stderr.startswith(f"leaves {GOLD}: is a link; only files are mended\nnothing to mend\n")
    assert contents(root) == before


def test_what_fix_does_not_go_with_is_told(root: Path, run: Callable[..., Done]) -> None:
    for words, said in (
        (["--yes"], "--yes goes with --fix"),
        (["--fix", "--select", "E2"], "--fix mends all that it can; give --select or --ignore without it"),
        (["--fix", "schema"], f"schema: nothing here that --fix mends; it takes texts of {root.resolve()}/corpus and documents of {root.resolve()}/annotations"),
    ):
        done = run("validate", *words, cwd=root)
        assert (done.returncode, done.stderr) == (2, f"sisipan: error: {said}\n")
