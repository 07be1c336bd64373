"""What SECURITY.md promises of the code as such, read from its syntax: nothing in it runs, fetches or trusts what stands in data.

The project's own rules and not a linter's: it is short, knows the calls that matter here, and every exception names its reason.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import tomllib
import urllib.error
from pathlib import Path

import pytest
from conftest import REPOSITORY

FILES = sorted([*REPOSITORY.glob("src/**/*.py"), *REPOSITORY.glob("scripts/*.py")])
MODULES = frozenset(
    "pickle cPickle dill cloudpickle marshal shelve joblib subprocess socket ssl http urllib requests httpx aiohttp ftplib smtplib telnetlib xmlrpc "
    "xml lxml csv webbrowser ctypes pty code codeop runpy".split()
)
CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.startfile", "yaml.load", "yaml.load_all", "yaml.full_load", "yaml.unsafe_load", "torch.load", "pandas.read_pickle", "pickle.loads"}
HARMLESS = {"urllib.parse.quote", "urllib.parse.unquote", "urllib.parse.urljoin", "urllib.parse.urldefrag", "urllib.parse.urlsplit", "xml.sax.saxutils.escape", "xml.sax.saxutils.quoteattr"}
WRITES_XML = "xml.etree.ElementTree"

# (file, what it uses): why it may
ALLOWED = {
    ("src/sisipan/history.py", "subprocess"): "git, by a fixed list of words, to find the earlier text of an article",
    ("src/sisipan/load.py", "subprocess"): "git, by a fixed list of words, to read a release of a revision that the user names",
    ("src/sisipan/journal.py", "ctypes"): "renameat2, by which folders change places, has no name in Python",
    ("src/sisipan/report.py", WRITES_XML): "writes JUnit, reads nothing",
    ("scripts/release.py", "subprocess"): "a maintainer's act: git and the tests, by fixed lists of words",
    ("scripts/page_pictures.py", "subprocess"): "a maintainer's act: the project's own command",
    ("scripts/vulnerabilities.py", "subprocess"): "pip and pip-audit, by fixed lists of words",
    ("scripts/vulnerabilities.py", "urllib.error"): "asks the index of advisories whether it is there; reads no data of the corpus",
    ("scripts/vulnerabilities.py", "urllib.request"): "asks the index of advisories whether it is there; reads no data of the corpus",
}


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute, else nothing."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) and dotted(node.value) else ""


def imports(tree: ast.AST) -> set[str]:
    """Full names of what is imported."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def unsafe(source: str) -> list[str]:
    """What a module does that reading data must not do, in order of name."""
    tree = ast.parse(source)
    found = {name for name in imports(tree) if name.split(".")[0] in MODULES and name not in HARMLESS}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name, keywords = dotted(node.func), {word.arg: word.value for word in node.keywords}
        if name in CALLS:
            found.add(name)
        if "shell" in keywords and not (isinstance(keywords["shell"], ast.Constant) and keywords["shell"].value is False):
            found.add(f"{name}(shell)")
        if name in ("np.load", "numpy.load") and not (isinstance(keywords.get("allow_pickle"), ast.Constant) and keywords["allow_pickle"].value is False):
            found.add(f"{name} without allow_pickle=False")
        if isinstance(keywords.get("trust_remote_code"), ast.AST):
            found.add("trust_remote_code")
        if name == "yaml.compose" and dotted(keywords.get("Loader", node)) != "yaml.SafeLoader":
            found.add("yaml.compose without SafeLoader")
        if name.endswith("ElementTree.fromstring") and "forbid_dtd" not in keywords:
            found.add("XML with a document type")
    return sorted(found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_nothing_runs_fetches_or_trusts_data(path: Path) -> None:
    name = path.relative_to(REPOSITORY).as_posix()
    assert unsafe(path.read_text("utf-8")) == sorted(used for file, used in ALLOWED if file == name)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pickle", ["pickle"]),
        ("def f():\n    from urllib.request import urlopen", ["urllib.request.urlopen"]),
        ("from urllib.parse import quote", []),
        ("import re\nre.compile('a')", []),
        ("eval('1')", ["eval"]),
        ("import os\nos.system('x')", ["os.system"]),
        ("yaml.load(x, Loader=Loader)", ["yaml.load"]),
        ("yaml.compose(x, Loader=yaml.SafeLoader)", []),
        ("yaml.compose(x)", ["yaml.compose without SafeLoader"]),
        ("run(x, shell=True)", ["run(shell)"]),
        ("np.load(x)", ["np.load without allow_pickle=False"]),
        ("np.load(x, allow_pickle=False)", []),
        ("torch.load(x)", ["torch.load"]),
        ("import csv", ["csv"]),
        ("load_dataset(x, trust_remote_code=True)", ["trust_remote_code"]),
        ("from defusedxml import ElementTree\nElementTree.fromstring(x, forbid_dtd=True)", []),
        ("from defusedxml import ElementTree\nElementTree.fromstring(x)", ["XML with a document type"]),
    ],
)
def test_what_is_unsafe_is_seen(source: str, found: list[str]) -> None:
    assert unsafe(source) == found


def test_a_line_is_said_in_one_way() -> None:
    """Whatever a command prints goes through `say`, or through the formats of `validate`, which make it visible themselves; a diff in a pipe is for `git apply`."""
    says = {"click.echo", "click.secho", "print", "sys.stdout.write", "sys.stderr.write"}
    found = {path.name for path in FILES if path.is_relative_to(REPOSITORY / "src") for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call) and dotted(node.func) in says}
    assert found == {"say.py", "judging.py", "fixing.py"}


def test_no_spreadsheet_is_written() -> None:
    """No CSV, hence no formula: neither by Python's csv (above) nor by pandas, Polars, Arrow or `datasets`."""
    for path in FILES:
        assert not re.search(r"to_csv|write_csv|to_excel|pyarrow\.csv", path.read_text("utf-8")), path


@pytest.mark.parametrize("lock", [REPOSITORY / "requirements.lock", *sorted(REPOSITORY.glob("tests/*/*.lock"))], ids=lambda path: path.name)
def test_every_locked_package_has_its_hash_and_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==[^\s;]+\s+(;[^#]*?)?(--hash=sha256:[0-9a-f]{64}\s*)+(#.*)?$", line), line[:120]
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", text)


def test_an_audit_that_could_not_be_made_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Where the index does not answer there is a notice and no failure; where it answers, pip-audit decides."""
    spec = importlib.util.spec_from_file_location("vulnerabilities", REPOSITORY / "scripts/vulnerabilities.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    def no_network(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(script.urllib.request, "urlopen", no_network)
    assert script.main() == 0
    said = capsys.readouterr().out
    assert said.startswith("notice: the dependencies were not audited") and "no route to host" in said
    monkeypatch.setattr(script, "unreachable", lambda lock: None)
    for code in (0, 1):
        tool = tmp_path / "bin" / "pip-audit"
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(f"#!/bin/sh\necho \"$@\" > {tmp_path}/asked\nexit {code}\n")
        tool.chmod(0o755)
        monkeypatch.setattr(script, "FOLDER", tmp_path)
        assert script.main() == code
        assert (tmp_path / "asked").read_text().split() == ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--requirement", str(REPOSITORY / "requirements.lock")]


def test_the_lock_has_what_the_project_asks_for() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    locked = {name.lower().replace("_", "-") for name in re.findall(r"^([\w.-]+)==", (REPOSITORY / "requirements.lock").read_text("utf-8"), re.MULTILINE)}
    wanted = [*project["dependencies"], *(one for extra in ("test", "build", "hub", "baselines", "cas", "spacy") for one in project["optional-dependencies"][extra])]
    assert {re.match(r"[\w.-]+", one)[0].lower().replace("_", "-") for one in wanted} <= locked


def test_every_promise_is_held_by_a_test() -> None:
    """SECURITY.md names the test of each promise; a name without its test is a broken promise."""
    promises = re.findall(r"^- .*?(?=^- |^\s*$|\Z)", (REPOSITORY / "SECURITY.md").read_text("utf-8").split("## What is promised\n")[1].split("\n## ")[0], re.MULTILINE | re.DOTALL)
    assert len(promises) >= 8
    for promise in promises:
        named = re.findall(r"`(tests/\w+\.py)::(\w+)`", promise)
        assert named, promise
        for file, function in named:
            assert f"def {function}(" in (REPOSITORY / file).read_text("utf-8"), promise
