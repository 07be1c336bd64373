"""What is stopped: build, rehydrate, import and release of a small corpus, each with what it should find and leave."""

from __future__ import annotations

import base64
import hashlib
import importlib
import importlib.util
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import shim  # noqa: E402
from cases import WITHHELD, apply  # noqa: E402
from conftest import REPOSITORY, copy_base  # noqa: E402

import sisipan.build as build_module  # noqa: E402
import sisipan.publish as publish_module  # noqa: E402
from sisipan import journal  # noqa: E402
from sisipan.aside import SUFFIX  # noqa: E402
from sisipan.build import build  # noqa: E402
from sisipan.cli import main  # noqa: E402
from sisipan.convert import export_files  # noqa: E402
from sisipan.load import folder_reader, read_articles  # noqa: E402
from sisipan.publish import publish  # noqa: E402
from sisipan.schemas import load_schemas  # noqa: E402
from sisipan.segment import sentence_spans  # noqa: E402
from sisipan.releases import validate_release  # noqa: E402

for _name in ("build", "common", "import_", "rehydrate", "validate"):  # loaded before the fork, not anew in each
    importlib.import_module(f"sisipan.cli.{_name}")

SECRET = "Rahasia negara bocor"
_spec = importlib.util.spec_from_file_location("release_script", REPOSITORY / "scripts/release.py")
release_script = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(release_script)


class Composed:
    """What `compose` gives for sources that it has seen: the stops are in what follows, and a hundred of them need not do the same work a hundred times."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self._real = build_module.compose
        build_module.compose = publish_module.compose = self

    def __call__(self, root: Path, progress: Any = lambda *_: None, more_blocks: Any = None) -> Any:
        digest = hashlib.sha256()
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and parts[0] not in ("data", ".git", journal.STAGE) and path.name != "croissant.json":
                digest.update(repr((parts, path.read_bytes())).encode())
        key = f"{digest.hexdigest()} {more_blocks is not None}"
        if key not in self.known:
            self.known[key] = self._real(root, progress, *([more_blocks] if more_blocks else []))
        return self.known[key]

    def packed(self) -> str:
        return base64.b64encode(pickle.dumps(self.known)).decode()

    def learn(self, packed: str) -> None:
        self.known |= pickle.loads(base64.b64decode(packed))


def schemas_once() -> Callable[[], None]:
    """The schemas are read once, before the forks. Gives what undoes that."""
    schemas, changed = load_schemas(), []

    def once(directory: Path | None = None) -> Any:
        return schemas

    for name in [name for name in sys.modules if name.startswith("sisipan")]:
        if getattr(sys.modules[name], "load_schemas", None) is load_schemas:
            sys.modules[name].load_schemas = once
            changed.append(sys.modules[name])
    _ = schemas.validators, schemas.configs
    sentence_spans("Satu. Dua.", [])  # loads NLTK

    def undo() -> None:
        for module in changed:
            module.load_schemas = load_schemas

    return undo


@dataclass(frozen=True)
class Scene:
    """`prepare` makes the folder in which `run` is stopped; `watched` is the part of it whose files count; `clean` is what `run` must have left when it was not stopped."""

    prepare: Callable[[Path], None]
    run: Callable[[Path], None]
    watched: str


def in_child(act: Callable[[], Any], said: Path | None = None) -> tuple[int, Any]:
    """Exit status (minus the signal where one ended it) and result of a function in a fork of this process, which never runs Arrow itself."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        code = 0
        try:
            if said is not None:
                handle = os.open(said, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o666)
                os.dup2(handle, 1)
                os.dup2(handle, 2)
                sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # pytest had put its own there
            with os.fdopen(into, "wb") as pipe:
                pipe.write(json.dumps(act()).encode())
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1 if error.code else 0
        except BaseException:
            traceback.print_exc()
            code = 99
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        data = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, json.loads(data) if data else None


def command(*words: object) -> None:
    """`sisipan WORDS` in this process."""
    sys.argv = ["sisipan", *map(str, words)]
    main()


def files(folder: Path) -> dict[str, str]:
    """Every file below a folder but Git's own, as hexadecimal content."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes().hex() for path in found}


def changed_source(root: Path) -> None:
    """Another valid state of the base, in which most generated files differ, one is new and one goes."""
    text = root / "corpus/banjir-demak.txt"
    text.write_text(text.read_text("utf-8").replace("split: train", "split: validation"), "utf-8")
    (root / "corpus/VERSION").write_text("0.2.0\n")


def _prepare_build(folder: Path) -> None:
    root = copy_base(folder / "c")
    build(root)
    (root / "data/notes.txt").write_text("somebody's own")
    changed_source(root)


def _prepare_rehydrate(folder: Path) -> None:
    root = copy_base(folder / "c")
    apply(root, WITHHELD)
    build(root)
    (folder / "texts").mkdir()
    (folder / "texts/a").write_text(SECRET)


def _prepare_import(folder: Path) -> None:
    from sisipan.build import load_corpus

    root = copy_base(folder / "c")
    made, _ = export_files(load_corpus(root), "prodigy", load_schemas())
    (folder / "export.jsonl").write_bytes(made["prodigy.jsonl"])


def git(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout


def _prepare_release(folder: Path) -> None:
    root = copy_base(folder / "c")
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1.0 (unreleased)\n\n### Texts\n\n- Two.\n")
    shutil.copy(REPOSITORY / "CITATION.cff", root / "CITATION.cff")
    publish(root)
    git(root, "init", "-q")
    for key, value in (("user.name", "t"), ("user.email", "t@example.test"), ("gc.auto", "0")):
        git(root, "config", key, value)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    git(root, "tag", "-a", "v0.0.9", "-m", "before")


def _release(folder: Path) -> None:
    sys.argv = ["release.py", "0.1.0", "--yes", "--skip-tests", "--root", str(folder / "c")]
    release_script.main(standalone_mode=False)


SCENES = {
    "build": Scene(_prepare_build, lambda folder: command("build", "--root", folder / "c"), "c"),
    "rehydrate": Scene(_prepare_rehydrate, lambda folder: command("rehydrate", "--release", folder / "c", "--texts", folder / "texts", "--out", folder / "out"), "out"),
    "import": Scene(_prepare_import, lambda folder: command("import", folder / "export.jsonl", folder / "out", "--from", "prodigy", "--root", folder / "c"), "out"),
    "release": Scene(_prepare_release, _release, "c"),
}


composed = Composed()


def state_of(root: Path) -> dict[str, Any]:
    """What a reader of a release finds: whether its tables load, whether validation is clean, whether it says that a command was killed."""
    try:
        version, articles = read_articles(folder_reader(root), load_schemas())
        loaded = f"{version} with {len(articles)}"
    except Exception as error:
        loaded = f"{type(error).__name__}: {error}"
    found = validate_release(root).findings
    return {"loaded": loaded, "errors": [f"{finding.code} {finding.path}" for finding in found if finding.severity == "error"], "pending": journal.pending(root)}


def strays(folder: Path) -> list[str]:
    """Temporary files and folders below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.name.endswith((SUFFIX, ".tmp", journal.STAGE)) and ".git" not in path.relative_to(folder).parts)


def killed_at(scene: Scene, folder: Path, moment: float) -> None:
    """Run a scene that is killed after so many seconds, wherever it is then."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, moment)
    scene.run(folder)


def stopped(scene: Scene, folder: Path, at: int | None, act: str) -> int:
    """Run a scene with a stop at an act; gives the number of acts where it came to its end."""
    acts = shim.install(folder, at, act)
    try:
        scene.run(folder)
    except SystemExit as error:
        if error.code:
            raise
    return acts()
