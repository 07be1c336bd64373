"""Makes corruptions in copies of real articles, asks the validator, and says what it missed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

from corruptions import documents, folders, offsets, releases, manifests, spans, texts  # noqa: F401, I001  (each enlists its operators)
from corruptions.folders import Corner
from corruptions.material import DOCUMENTS, OPERATORS, Corruption, Expected, Operator, read_material
from corruptions.releases import Release
from sisipan.build import build
from sisipan.findings import Finding
from sisipan.releases import validate_release
from sisipan.validate import validate_sources

REPOSITORY = Path(__file__).parents[2]
WITHHELD = "pakistan-as-kontra-terorisme"


@dataclass(frozen=True)
class Trial:
    """A corruption of one place, and what the validator did not say of it."""

    operator: str
    place: str
    corruption: Corruption
    missed: tuple[Expected, ...]
    astray: tuple[Finding, ...]

    @property
    def caught(self) -> bool:
        """Every expected finding is there, and no error is reported of a file that has nothing to do with it."""
        return not self.missed and not self.astray


@lru_cache(maxsize=1)
def articles() -> tuple[str, ...]:
    """The ids of the articles whose text is here."""
    return tuple(sorted(path.stem for path in (REPOSITORY / "corpus").glob("*.txt") if path.stem != WITHHELD))


def judge(operator: str, place: str, made: Corruption, findings: Sequence[Finding]) -> Trial:
    """What was missed, and what was said of other files."""
    missed = [e for e in made.expected if not any((f.code, f.path, f.line, f.article) == (e.code, e.path, e.line, e.article) and e.says in f.message for f in findings)]
    own = {*made.files, *(e.path for e in made.expected)}
    stems = {Path(path).stem for path in own}
    released = any(path.startswith("data/") or path == "corpus/VERSION" for path in made.files)  # there one edit may rightly show in several files
    astray = [f for f in findings if f.severity == "error" and f.path not in own and Path(f.path).stem not in stems and not released]
    return Trial(operator, place, made, tuple(missed), tuple(astray))


def put(root: Path, made: Corruption) -> None:
    """Write the files of a corruption; those that are removed go first."""
    for path, data in sorted(made.files.items(), key=lambda item: item[1] is not None):
        (root / path).unlink(missing_ok=True)
        if data is None:
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, str):
            os.symlink(data, root / path)
        else:
            (root / path).write_bytes(data)


def copy_article(article: str, to: Path) -> None:
    """The four files of an article."""
    for path in (f"corpus/{article}.txt", *(f"annotations/{where}/{article}.json" for where in DOCUMENTS)):
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / path, to / path)


@contextmanager
def folder() -> Iterator[Path]:
    """An empty corpus."""
    with tempfile.TemporaryDirectory(prefix="sisipan-corrupt-") as name:
        root = Path(name) / "c"
        (root / "corpus").mkdir(parents=True)
        (root / "annotations").mkdir()
        shutil.copyfile(REPOSITORY / "corpus/VERSION", root / "corpus/VERSION")
        yield root


def in_documents(chosen: Sequence[Operator], each: int) -> list[Trial]:
    """Up to `each` corruptions by each operator, all in articles of their own, validated in one run."""
    made: dict[str, tuple[Operator, Corruption]] = {}
    for operator in chosen:
        count = 0
        for article in shuffled(operator):
            if article not in made and count < each:
                random = Random(f"{operator.name} {article}")
                where = random.choice(DOCUMENTS)
                corruption = operator.make(read_material(REPOSITORY, article, where), random)
                if corruption:
                    made[article] = operator, corruption
                    count += 1
    with folder() as root:
        only = []
        for article, (_, corruption) in made.items():
            copy_article(article, root)
            put(root, corruption)
            only += [root / path for path in {*corruption.files, *(e.path for e in corruption.expected)}]
        findings = validate_sources(root, only).findings if only else ()
    own = {article: [f for f in findings if Path(f.path).stem == article] for article in made}
    return [judge(operator.name, article, corruption, own[article]) for article, (operator, corruption) in made.items()]


def corner_of(article: str, random: Random) -> tuple[str, ...]:
    """An article with two short ones, of which one is in another split."""
    split = read_material(REPOSITORY, article).values["split"]
    mates = {s: [a for a in short_articles() if a != article and read_material(REPOSITORY, a).values["split"] == s] for s in ("train", "validation", "test")}
    far = random.choice([s for s in mates if s != split])
    return article, random.choice(mates[far]), random.choice(mates[split])


@lru_cache(maxsize=1)
def short_articles() -> tuple[str, ...]:
    """The shortest articles: a small corpus is validated quickly."""
    size = {article: (REPOSITORY / f"annotations/gold/{article}.json").stat().st_size for article in articles()}
    return tuple(sorted(size, key=lambda article: (size[article], article))[:60])


def in_corners(operator: Operator, most: int) -> list[Trial]:
    """A corruption in each of up to `most` small corpora, every one validated as a whole."""
    trials: list[Trial] = []
    for article in shuffled(operator):
        random = Random(f"{operator.name} {article}")
        with folder() as root:
            ids = corner_of(article, random)
            for one in ids:
                copy_article(one, root)
            made = operator.make(Corner(root, ids), random)
            if made is None:
                continue
            put(root, made)
            only = [root / e.path for e in made.expected] if operator.codes == ("I410",) else []
            trials.append(judge(operator.name, article, made, validate_sources(root, only).findings))
        if len(trials) == most:
            break
    return trials


@contextmanager
def release(number: int) -> Iterator[Path]:
    """A release of two short articles, one with spam, of two splits, and the withheld one."""
    with folder() as root:
        random = Random(f"release {number}")
        for split in random.sample(("train", "validation", "test"), 2):
            fitting = [a for a in short_articles() if (m := read_material(REPOSITORY, a)).values["split"] == split and m.document["claims"]]
            with_spam = [a for a in fitting if read_material(REPOSITORY, a).document["spam"]] or fitting
            copy_article(random.choice(with_spam), root)
        copy_article(WITHHELD, root)
        _, result = build(root)
        assert result.clean, result.findings
        yield root


def in_release(operator: Operator, root: Path, most: int) -> list[Trial]:
    """Up to `most` different corruptions of one release."""
    trials: list[Trial] = []
    seen: list[Corruption] = []
    for attempt in range(6 * most):
        made = operator.make(Release(root), Random(f"{operator.name} {attempt}"))
        if made is None or made in seen:
            continue
        seen.append(made)
        before = {path: (root / path).read_bytes() if (root / path).is_file() else None for path in made.files}
        put(root, made)
        try:
            trials.append(judge(operator.name, f"{made.expected[0].path} {attempt}", made, validate_release(root).findings))
        finally:
            put(root, Corruption(before, ()))
        if len(trials) == most:
            break
    return trials


def shuffled(operator: Operator) -> list[str]:
    """All articles, in an order that is the operator's own and always the same."""
    chosen = list(articles())
    Random(operator.name).shuffle(chosen)
    return chosen


IN_DOCUMENTS = ("document", "text", "withheld")


def operators(*kinds: str) -> list[Operator]:
    """The operators of these kinds, all where none is named."""
    return [operator for operator in OPERATORS if not kinds or operator.kind in kinds]
