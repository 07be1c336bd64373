"""Source files that are judged many at a time: what is said of them is what the checks say one by one, whatever stands in them."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from cases import CASES, Case, apply
from conftest import REPOSITORY, copy_base
from corruptions.suite import IN_DOCUMENTS, WITHHELD, Corner, Operator, copy_article, corner_of, folder, operators, put, read_material, short_articles
from fuzz import mutate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_fast import RECORDS, damaged, generated

from sisipan import sourcefiles
from sisipan.checks.context import Corpus
from sisipan.checks.files import not_canonical
from sisipan.checks.layers import _whole_words
from sisipan.fast import documents
from sisipan.fast.documents import SourceReader
from sisipan.findings import Finding
from sisipan.frontmatter import parsed, quick_lines
from sisipan.model import LAYERS
from sisipan.offsets import text_sha256
from sisipan.releases import accepted_mentions
from sisipan.results import Located, by_place, corpus_findings, file_findings, record_findings, shown_path
from sisipan.schemas import load_schemas
from sisipan.sourcefiles import record_of
from sisipan.store import GOLD, PASSES, INVISIBLE, document_of, document_path, format_article, format_document, read_article, read_document
from sisipan.validate import retired_ids, validate_sources

SCHEMAS = load_schemas()
CODES_OF_RUNS = {"E011", "I410"}  # of files that no record comes of, and of what was not run
some = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def exactly(root: Path, only: Sequence[Path] = ()) -> list[Finding]:
    """What the checks say of every file and every record, one after the other, and of all together; the front matter parsed as YAML."""
    schemas = load_schemas(root / "schema" if (root / "schema").is_dir() else None)
    wanted = {os.path.realpath(path.parent) + os.sep + path.name for path in only}
    asked = lambda path: not wanted or os.path.realpath(path.parent) + os.sep + path.name in wanted  # noqa: E731
    passes = {name: {path.stem for path in (root / "annotations" / name).glob("*.json")} for name in (GOLD, *PASSES)}
    accepted, findings, gold = accepted_mentions(root), [], []
    with patch("sisipan.frontmatter.quick_lines", lambda raw: None):
        for path in sorted((root / "corpus").glob("*.txt")):
            places = {name: document_path(root, path.stem, name) for name in passes}
            if not any(map(asked, (path, *places.values()))):
                continue
            source = read_article(path, root)
            findings += file_findings(source, root) if asked(path) else ()
            for name, place in places.items():
                document = read_document(place, root) if path.stem in passes[name] else None
                findings += file_findings(document, root) if document is not None and asked(place) else ()
                with_front = name == GOLD and asked(path)
                if {problem.kind for problem in source.problems} & sourcefiles._UNREADABLE or document is None and not with_front:
                    continue
                record = record_of(source, document, schemas, with_front, accepted.get(path.stem, frozenset()))
                located = Located(record, source, document, str(path))
                shown = {shown_path(one, root) for one in ((path, place) if name == GOLD else (place,)) if asked(one)}
                findings += [finding for finding in record_findings(located, root) if finding.path in shown]
                gold += [located] if name == GOLD else []
    if not wanted:
        corpus = Corpus(tuple(one.record for one in gold), retired_ids(root), {k: frozenset(v) for k, v in passes.items() if v or k == GOLD})
        findings += corpus_findings(corpus, {id(one.record): one for one in gold}, root)
    return sorted(set(findings), key=by_place)


def must_agree(root: Path, only: Sequence[Path] = ()) -> list[Finding]:
    """Both ways say the same; what they say. Few files are taken one by one, unless there are no few."""
    exact = exactly(root, only)
    for few in (0, sourcefiles.FEW) if only else (0,):
        with patch("sisipan.sourcefiles.FEW", few):
            quick = [finding for finding in validate_sources(root, only).findings if finding.code not in CODES_OF_RUNS]
        assert quick == exact
    return quick


@contextlib.contextmanager
def one_by_one() -> Iterator[list[str]]:
    """The records that the checks are asked about, by their articles."""
    asked: list[str] = []

    def counted(located: Located, base: Path) -> Iterator[Finding]:
        asked.append(located.record.article)
        yield from record_findings(located, base)

    with patch("sisipan.sourcefiles.record_findings", counted):
        yield asked


@lru_cache(maxsize=1)
def shortest() -> tuple[str, ...]:
    """Some short articles of the corpus, the withheld one among them."""
    size = {path.stem: path.stat().st_size for path in (REPOSITORY / "annotations" / GOLD).glob("*.json")}
    return (*sorted(size, key=lambda article: (size[article], article))[:40:8], WITHHELD)


@contextlib.contextmanager
def small_corpus() -> Iterator[Path]:
    """A copy of those, with the base and with what was accepted."""
    with tempfile.TemporaryDirectory() as name:
        root = copy_base(Path(name) / "c")
        for article in shortest():
            copy_article(article, root)
        shutil.copyfile(REPOSITORY / "annotations/audited.jsonl", root / "annotations/audited.jsonl")
        yield root


def test_every_check_of_a_file_is_covered() -> None:
    assert documents.covered()


def test_of_the_untouched_corpus_both_ways_say_nothing() -> None:
    with one_by_one() as asked:
        assert validate_sources(REPOSITORY).findings == ()
    records = 3 * len(list((REPOSITORY / "corpus").glob("*.txt")))
    assert len(asked) < 0.1 * records
    with small_corpus() as root:
        assert must_agree(root) == []


def test_sound_articles_are_not_looked_at_one_by_one(root: Path) -> None:
    for number in range(3, 9):
        write(root, generated(number))
    with one_by_one() as asked:
        assert validate_sources(root).findings == ()
    assert asked == []


@pytest.mark.parametrize("case", [case for case in CASES if not case.target or case.target.endswith(".json")], ids=lambda case: case.code)
def test_of_each_bad_case_both_ways_say_the_same(case: Case, root: Path) -> None:
    apply(root, case.bad)
    said = must_agree(root, [root / case.target] if case.target else [])
    assert said or case.code in CODES_OF_RUNS or case.target


@pytest.mark.parametrize("chosen", [operators(*IN_DOCUMENTS)[at : at + 20] for at in range(0, len(operators(*IN_DOCUMENTS)), 20)], ids=lambda chosen: chosen[0].name)
def test_of_mistakes_in_real_articles_both_ways_say_the_same(chosen: list[Operator]) -> None:
    articles = iter(short_articles())
    with folder() as root:
        for operator, article in zip(chosen, articles):
            copy_article(article, root)
            random = Random(f"both {operator.name} {article}")
            made = operator.make(read_material(REPOSITORY, article, random.choice((GOLD, *PASSES))), random)
            if made is not None:
                put(root, made)
        assert must_agree(root)


@pytest.mark.parametrize("operator", operators("corpus"), ids=lambda operator: operator.name)
def test_of_mistakes_in_a_corpus_both_ways_say_the_same(operator: Operator) -> None:
    random = Random(f"both {operator.name}")
    ids = corner_of(random.choice(shortest()[:-1]), random)
    with folder() as root:
        for article in ids:
            copy_article(article, root)
        made = operator.make(Corner(root, ids), random)
        if made is not None:
            put(root, made)
        must_agree(root)


def write(root: Path, record: Any, passes: Sequence[str] = (GOLD, *PASSES)) -> None:
    """The source files of a nested record, whatever it holds: canonical where that can be."""
    front = {key: value for key, value in record.items() if key not in ("id", "text", "text_sha256", *LAYERS)}
    text = record.get("text") if isinstance(record.get("text"), str) else None
    document = {"article": record.get("id"), "text_sha256": record.get("text_sha256"), **{layer: record[layer] for layer in LAYERS if layer in record}}
    try:
        article = format_article(front, text)
    except (TypeError, AttributeError, ValueError):
        article = "---\n" + "".join(f"{key}: {json.dumps(value)}\n" for key, value in front.items()) + f"---\n{text or ''}\n"
    try:
        written = format_document(document)
    except (TypeError, AttributeError):
        written = json.dumps(document, ensure_ascii=False)
    name = record.get("id") if isinstance(record.get("id"), str) and re.fullmatch("[a-z0-9-]{1,40}", record["id"]) else "kabar-x"
    (root / "corpus" / f"{name}.txt").write_bytes(article.encode("utf-8", "surrogatepass"))
    for one in passes:
        (root / "annotations" / one).mkdir(exist_ok=True)
        document_path(root, name, one).write_bytes(written.encode("utf-8", "surrogatepass"))


@some
@given(st.lists(damaged(), min_size=1, max_size=3), st.lists(st.sampled_from([GOLD, *PASSES]), unique=True))
def test_of_damaged_records_both_ways_say_the_same(records: list[Any], passes: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = copy_base(Path(name) / "c")
        for number, record in enumerate(records):
            if isinstance(record, dict):
                write(root, {**record, "id": f"kabar-{number}"} if record.get("id") in [one["id"] for one in RECORDS] else record, passes)
        must_agree(root)


def test_an_accepted_mention_excuses_no_other(root: Path) -> None:
    record = copy.deepcopy(generated(5))
    names = [entity["text"] for entity in record["entities"][:2]]
    start = len(record["text"])
    record["text"] += f"\nlalu {names[0]} dan {names[1]} pergi"
    record["text_sha256"] = text_sha256(record["text"])
    write(root, record)
    places = [record["text"].index(name, start) for name in names]
    accepted = [{"signal": "untagged_mention", "article": record["id"], "words": name, "before": record["text"][at - 24 : at]} for name, at in zip(names, places)]
    said = []
    for count in range(3):
        (root / "annotations/audited.jsonl").write_text("".join(json.dumps(one) + "\n" for one in accepted[:count]), "utf-8")
        said.append([finding.message.split('"')[1] for finding in must_agree(root) if finding.code == "W501"])
    assert said == [names, names[1:], []]
    with one_by_one() as asked:
        assert validate_sources(root).findings == ()
    assert asked == []


SIGNS = (" ", "\t", "\u00a0", "\u200b", "\u3000", "\r", "\\u0041", "\\/", "\\u200b", "\\u00AD", "\\n", "0", "-", ".0", "e1", "null", '"', "{", "}", ", ", "\ufeff", "é", "\ud83d", "E", "Ç", "😀", "Presiden ", "\n")


def bytes_of(random: Random, data: bytes) -> bytes:
    """A file with something put in, taken out, doubled or swapped: signs that matter, whole lines, any bytes."""
    lines = data.split(b"\n")
    at, act = random.randrange(len(lines)), random.randrange(9)
    if act == 0:
        lines.insert(at, lines[at])
    elif act == 1:
        del lines[at]
    elif act == 2:
        other = random.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    elif act == 3:
        return mutate.of_bytes(random, [data])
    elif act == 4:
        with contextlib.suppress(ValueError):
            value = json.loads(data)
            changed = mutate.of_values(random, value)
            return (format_document(changed) if random.random() < 0.7 else json.dumps(changed)).encode("utf-8", "surrogatepass")
    else:
        line, sign = lines[at], random.choice(SIGNS).encode("utf-8", "surrogatepass")
        where = random.randint(0, len(line))
        lines[at] = line[:where] + sign + line[where + random.choice((0, 0, len(sign), 1)) :]
    return b"\n".join(lines)


@pytest.mark.parametrize("seed", range(24))
def test_of_damaged_files_both_ways_say_the_same(seed: int) -> None:
    random = Random(seed)
    with small_corpus() as root:
        files = sorted(path for path in root.rglob("*") if path.is_file() and "schema" not in path.parts and path.suffix in (".txt", ".json"))
        sound = {path: path.read_bytes() for path in files}
        for _ in range(4):
            chosen = random.sample(files, random.choice((1, 2, 4)))
            for path in chosen:
                with contextlib.suppress(TypeError, AttributeError):  # of values that no writer takes
                    path.write_bytes(bytes_of(random, sound[path]))
            if random.random() < 0.2:
                random.choice(chosen).unlink()
            only = random.sample(files, 3) if random.random() < 0.3 else []
            must_agree(root, [path for path in only if path.exists()])
            for path in chosen:
                path.write_bytes(sound[path])


def reader_of(record: Any) -> tuple[SourceReader, Any, str]:
    """A reader, the document of a record, and the hash of its text."""
    sha256 = text_sha256(record["text"])
    return SourceReader(SCHEMAS), {"article": record["id"], "text_sha256": sha256, **{layer: record[layer] for layer in LAYERS}}, sha256


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(RECORDS), st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from([*INVISIBLE, '"', "\\", "\n", "\x00", "\x1f", "\x7f", "\u2028"]), max_size=6), st.integers(0, 10**6))
def test_what_is_read_at_once_stands_in_canonical_form(record: Any, odd: str, seed: int) -> None:
    reader, document, sha256 = reader_of(copy.deepcopy(record))
    document["entities"][0]["text"] += odd
    sound = format_document(document).encode()
    article = document["article"]
    if not any(character < " " for character in odd) and max(odd, default="") < "\U000e0000":
        assert reader.body(sound, reader.head(article, sha256)) is not None
    random = Random(seed)
    with contextlib.suppress(TypeError, AttributeError):
        changed = bytes_of(random, sound)
        if reader.body(changed, reader.head(article, sha256)) is not None:
            read = document_of(Path(f"{article}.json"), changed)
            assert read.problems == () and list(not_canonical.run(read)) == []
            assert (read.data["article"], read.data["text_sha256"]) == (article, sha256)
            layers = json.loads(b"{" + changed[changed.index(b'  "entities"') :].replace(b"\n", b" "))
            assert all(layers[layer] == read.data[layer] for layer in LAYERS)


def test_a_body_is_of_this_article_and_this_text() -> None:
    reader, document, sha256 = reader_of(RECORDS[0])
    raw = format_document(document).encode()
    assert reader.body(raw, reader.head(document["article"], sha256)) is not None
    assert reader.body(raw, reader.head("other", sha256)) is None
    assert reader.body(raw, reader.head("é", sha256)) is None
    assert reader.body(raw, reader.head(document["article"], "0" * 64)) is None


def test_another_schema_in_the_corpus_is_asked(root: Path) -> None:
    path = root / "schema/entity.schema.json"
    path.write_text(path.read_text("utf-8").replace('"PER"', '"PERSON"'), "utf-8")
    assert {finding.code for finding in must_agree(root)} == {"E101", "I208"}
    path.write_text(path.read_text("utf-8").replace('"required": [', '"required": ["sure", ').replace('"properties": {', '"properties": {"sure": {"type": "boolean"}, ', 1), "utf-8")
    assert "E101" in {finding.code for finding in must_agree(root)}


def test_a_folder_that_leads_outside_is_not_read(root: Path) -> None:
    (root / "annotations/pass-a").rename(root.parent / "elsewhere")
    os.symlink("../../elsewhere", root / "annotations/pass-a")
    assert {(finding.code, finding.path) for finding in must_agree(root)} == {("E002", f"annotations/pass-a/{name}.json") for name in ("banjir-demak", "panen-garam")}


def test_articles_are_compared_in_the_order_of_their_files(root: Path) -> None:
    article = "banjir-demak"
    text = (root / f"corpus/{article}.txt").read_text("utf-8")
    (root / f"corpus/{article}-dua.txt").write_text(text.replace("split: train", "split: test"), "utf-8")
    [path] = {finding.path for finding in must_agree(root) if finding.code in ("E405", "E407")}
    assert path == f"corpus/{article}.txt"


def test_workers_say_the_same_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sourcefiles, "TOGETHER", 2)
    monkeypatch.setattr(sourcefiles, "_MANY", 2)
    with small_corpus() as root:
        for article in shortest()[:3]:
            path = document_path(root, article)
            path.write_bytes(path.read_bytes().replace(b'"start": 0', b'"start": 1', 1).replace(b'"label": "PER"', b'"label": "PXR"', 1))
        one = validate_sources(root)
        assert one.findings and [*one.findings] == exactly(root)
        assert validate_sources(root, workers=2) == one


@settings(max_examples=500, deadline=None)
@given(st.text("abz_ÉßA ,.²१\u0301", max_size=30), st.text("abÉA_ ,.", min_size=1, max_size=3))
def test_whole_words_are_found_as_a_pattern_finds_them(text: str, words: str) -> None:
    assert list(_whole_words(text, words)) == [match.span() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)]


_VALUE = st.lists(st.sampled_from([*"abé0-:#,.'\"[]{}&*!|>%@`?~ \\\t\x85\u2028\ufeff\xa0😀\ud7ff\ue000\x7f", "null", ": ", " #"]), max_size=8).map("".join)
_WORDS = st.text(st.sampled_from("abcXé09 .+-_:"), min_size=1, max_size=10)
_WRITTEN = _VALUE | _WORDS | _WORDS.map(lambda value: f"'{value}'") | _VALUE.map(lambda value: f'"{value}"') | st.lists(_WORDS | st.just("null"), max_size=3).map(lambda items: f"[{', '.join(items)}]")
_KEYS = st.sampled_from(["title", "topic_2", "null", "true", "a", "k" * 61, "k" * 62, "Title", "a-b", ""])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(_KEYS, st.sampled_from([": ", ": ", ": ", ":", ":  "]), _WRITTEN), min_size=1, max_size=4), st.sampled_from(["\n", "\n", "\n", "", "\n\n", "\r\n"]))
def test_front_matter_read_by_lines_is_what_the_parser_reads(lines: list[tuple[str, str, str]], end: str) -> None:
    raw = "\n".join(map("".join, lines)) + end
    quick = quick_lines(raw)
    assert quick is None or quick == parsed(raw)


def test_every_sign_in_front_matter_means_what_it_means_to_the_parser() -> None:
    signs = [*map(chr, range(0x100)), "\u2028", "\u2029", "\ufeff", "\ud7ff", "\ufffe", "😀", " #", "# ", ": ", " :", "- ", ", ", "''", '\\"', "null", "~"]
    shapes = ("{}", "{}ab", "ab{}", "ab{}cd", "'ab{}cd'", "'{}'", '"ab{}cd"', "[ab{}cd]", "[ab{}, cd]", "[{}]", "ab\n{}: cd", "ab\nb{}c: cd")
    quick = 0
    for sign in signs:
        for shape in shapes:
            raw = f"title: {shape.format(sign)}\nevent: x\n"
            read = quick_lines(raw)
            assert read is None or read == parsed(raw), raw
            quick += read is not None
    assert quick > 0.3 * len(signs) * len(shapes)


def test_front_matter_as_it_is_written_is_read_by_lines() -> None:
    for path in sorted((REPOSITORY / "corpus").glob("*.txt"))[::4]:
        raw = path.read_text("utf-8").split("---\n")[1]
        assert quick_lines(raw) in (None, parsed(raw))
    assert quick_lines("title: 'Satu: dua'\nbrands: [Slot Satu, x.y]\nevent: a-b\ndefects: []\noriginal_language: null\n") == (
        {"title": "Satu: dua", "brands": ["Slot Satu", "x.y"], "event": "a-b", "defects": [], "original_language": None},
        {"title": (2, 1), "brands": (3, 1), "event": (4, 1), "defects": (5, 1), "original_language": (6, 1)},
        (),
    )
