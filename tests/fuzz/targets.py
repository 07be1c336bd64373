"""What is fuzzed: how an input is made from a seed, and what reads it. A reader may raise SisipanError and nothing else."""

from __future__ import annotations

import functools
import gzip
import io
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))
import mutate  # noqa: E402
from conftest import REPOSITORY, copy_base  # noqa: E402

from sisipan import releases, results, validate  # noqa: E402
from sisipan.anchor import anchor_document, parse_marked  # noqa: E402
from sisipan.build import build, load_corpus, read_version  # noqa: E402
from sisipan.cli import import_  # noqa: E402
from sisipan.convert import FORMATS, export_files  # noqa: E402
from sisipan.errors import SisipanError  # noqa: E402
from sisipan.load import folder_reader, read_articles, read_release  # noqa: E402
from sisipan.manifest import parse_manifest  # noqa: E402
from sisipan.quotes import resolve_quote  # noqa: E402
from sisipan.formats import FORMATS as REPORTS  # noqa: E402
from sisipan.runner import Settings, convert_to  # noqa: E402
from sisipan.schemas import load_schemas  # noqa: E402
from sisipan.store import format_document, parse_json, read_article, read_document  # noqa: E402
from sisipan.tag.arrow import clean_arrow, tag_arrow, without  # noqa: E402
from sisipan.tag.tagger import Tagger  # noqa: E402

GOLD, TEXT = "annotations/gold/banjir-demak.json", "corpus/banjir-demak.txt"
RELEASE_FILES = ("data/manifest.json", "corpus/VERSION", "data/articles/test.parquet", "data/claims/train.parquet", "data/ner/train.parquet")
SPAM = (
    "slot gacor", "togel Singapore", "By gacor88", "https://contoh.example/judi", "<a href=\"http://x.example\">slot</a>", "s l o t", "g4c0r", "𝓼𝓵𝓸𝓽", "сlоt", "s\u200bl\u200bo\u200bt",
    "daftar sekarang bonus new member", "🎰", "[url=http://x.test]maxwin[/url]", "0812xxxx3456", "pinjaman online cair", "<div style=\"display:none\">", "nonton", "&amp;", "RTP live", "-- [", "Jakarta", "kata dia",
    "Presiden meresmikan jembatan di Demak, Senin (3/2).", "1.000.000", "a.b.c.d.e", "x_x_x_x_x", "ⓢⓛⓞⓣ", "~~~~", "\u0336s\u0336l\u0336o\u0336t",
)


READ_SCHEMAS = (validate, releases, import_)


class World:
    """A small corpus with its release, in a folder of this process, and what is made from it once."""

    def __init__(self, folder: Path) -> None:
        self.root = copy_base(folder / "corpus-of-two")
        build(self.root)
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        self.schemas = load_schemas()
        for module in READ_SCHEMAS:  # reading them anew each time would be most of the work
            module.load_schemas = functools.cache(lambda directory=None: load_schemas())

    def whole(self, path: str) -> bytes:
        """A file as it was before anybody damaged it."""
        return self.kept.setdefault(path, (self.root / path).read_bytes())

    @cached_property
    def kept(self) -> dict[str, bytes]:
        return {path: (self.root / path).read_bytes() for path in (GOLD, TEXT, *RELEASE_FILES)}

    @cached_property
    def text(self) -> str:
        return read_article(REPOSITORY / "tests/base" / TEXT).text

    @cached_property
    def document(self) -> dict[str, Any]:
        return json.loads(self.whole(GOLD))

    @cached_property
    def short_manifest(self) -> dict[str, Any]:
        """The manifest with its first two files."""
        manifest = json.loads(self.whole("data/manifest.json"))
        return {**manifest, "files": manifest["files"][:2]}

    @cached_property
    def values(self) -> dict[str, list[Any]]:
        """What the exports of a format in JSON hold, by lines where it has lines."""
        lined = ("doccano", "prodigy", "argilla")
        return {
            name: [json.loads(part) for file, data in files if file.endswith(FORMATS[name].suffix) for part in (data.splitlines() if name in lined else [data])]
            for name, files in self.exports.items()
            if name in (*lined, "label-studio", "cas-json")
        }

    @cached_property
    def articles(self) -> list[Any]:
        return load_corpus(self.root)

    @cached_property
    def exports(self) -> dict[str, list[tuple[str, bytes]]]:
        """The files of each format that can be read back, as (name, content)."""
        return {name: list(export_files(self.articles, name, self.schemas)[0].items()) for name, one in FORMATS.items() if one.read}

    @cached_property
    def parquet(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.root / "data").rglob("*.parquet"))]

    @cached_property
    def pages(self) -> bytes:
        """Rows with a text, as Parquet."""
        sink = io.BytesIO()
        texts = [self.text[:300], "slot gacor https://x.example", "", None, *SPAM[:4]]
        pq.write_table(pa.table({"id": [str(n) for n in range(len(texts))], "text": texts, "n": list(range(len(texts)))}), sink)
        return sink.getvalue()

    @cached_property
    def tagger(self) -> Tagger:
        return Tagger()


Make = Callable[[World, Random], bytes]
Read = Callable[[World, bytes], None]


@dataclass(frozen=True)
class Target:
    """`share` is the part of the inputs that it gets, by how fast it reads them."""

    make: Make
    read: Read
    share: float


def _report(result: results.Result) -> None:
    for form in REPORTS.values():
        form(result)


def _article(world: World, data: bytes) -> None:
    path = world.scratch / "banjir-demak.txt"
    path.write_bytes(data)
    source = read_article(path, world.scratch)
    assert source.problems or source.front, "an article without front matter and without a problem"


def _json(world: World, data: bytes) -> None:
    raw = data.decode("utf-8", "replace")
    value, problems = parse_json(raw)
    if problems:
        assert value is None and all(problem.line >= 1 and problem.column >= 1 for problem in problems)


def _document(world: World, data: bytes) -> None:
    path = world.scratch / "banjir-demak.json"
    path.write_bytes(data)
    source = read_document(path, world.scratch)
    source.place(("entities", 0, "start"))
    if isinstance(source.data, dict) and all(isinstance(source.data.get(layer, []), list) for layer in ("entities", "claims", "spam")):
        format_document(source.data)


def _sources(path: str) -> Read:
    def read(world: World, data: bytes) -> None:
        (world.root / path).write_bytes(data)
        try:
            _report(validate.validate_sources(world.root, [world.root / path]))
        finally:
            (world.root / path).write_bytes(world.whole(path))

    return read


def _whole_corpus(world: World, data: bytes) -> None:
    (world.root / "corpus/retired.json").write_bytes(data)
    try:
        _report(validate.validate_sources(world.root))
    finally:
        (world.root / "corpus/retired.json").unlink()


def _parquet(world: World, data: bytes) -> None:
    path = world.scratch / "lone.parquet"
    path.write_bytes(data)
    _report(releases.validate_parquet(path, world.scratch))


def _make_release(world: World, rng: Random) -> bytes:
    path = rng.choice(RELEASE_FILES)
    whole = world.whole(path)
    if path.endswith(".parquet"):
        data = mutate.of_parquet(rng, [whole])
    elif path.endswith(".json"):
        data = mutate.of_json(rng, [json.loads(whole)])
    else:
        data = mutate.of_bytes(rng, [whole])
    return path.encode() + b"\n" + data


def _release(world: World, data: bytes) -> None:
    path, _, content = data.partition(b"\n")
    name = path.decode()
    whole = world.whole(name)
    (world.root / name).write_bytes(content)
    try:
        result = releases.validate_release(world.root)
        _report(result)
        if name.startswith("data/") and content != whole and name != "data/manifest.json":
            assert not result.clean, f"{name} differs from the one of the manifest, and nothing is said"
        for act in (lambda: read_release(folder_reader(world.root)), lambda: read_articles(folder_reader(world.root), world.schemas), lambda: read_version(world.root)):
            try:
                act()
            except SisipanError:
                pass
    finally:
        (world.root / name).write_bytes(whole)


def _manifest(world: World, data: bytes) -> None:
    parse_manifest(data, "manifest.json")


def _make_import(name: str) -> Make:
    def make(world: World, rng: Random) -> bytes:
        files = world.exports[name]
        if name == "brat":  # the text is as it was: its annotations are what a tool writes
            return mutate.of_bytes(rng, [data for file, data in files if file == "banjir-demak.ann"], (b"\t", b" ", b";", b"T1", b"A1", b"R1", b"#1", b"Arg1:", b"99999", b"-", b"\n", b"Entity-", b"\xff"))
        if name == "xmi":
            chosen = [data for file, data in files if file.endswith(FORMATS[name].suffix)]
            return mutate.of_bytes(rng, chosen, (b"<", b">", b"/>", b'"', b"&", b"&#0;", b"<!DOCTYPE x [", b'begin="-1"', b'end="99999999999"', b'sofa="9"', b'xmi:id="1"', b"\xff", b"xmlns:a"))
        return mutate.of_json(rng, world.values[name], lines=name in ("doccano", "prodigy", "argilla"))

    return make


def _import(name: str) -> Read:
    def read(world: World, data: bytes) -> None:
        path = world.scratch / f"banjir-demak{FORMATS[name].suffix}"
        path.write_bytes(data)
        if name == "brat":
            path.with_suffix(".txt").write_text(world.text, "utf-8")
        import_.documents(world.root, path, name)

    return read


def _make_quotes(world: World, rng: Random) -> bytes:
    document = mutate.of_values(rng, world.document)
    quote = {key: rng.choice((world.text[at : at + rng.randrange(20)], rng.choice(mutate.ODD_TEXT))) for key in ("exact", "prefix", "suffix", "first", "last") if rng.random() < 0.5 for at in [rng.randrange(len(world.text))]}
    return json.dumps({"document": document, "quote": quote, "marked": mutate.of_text(rng, ["[Demak|GPE]", "[", "]", "|PER]", "[a|b|PER]"])}).encode()


def _quotes(world: World, data: bytes) -> None:
    try:
        value = json.loads(data)
        sound = isinstance(value["marked"], str) and "document" in value and "quote" in value
    except (ValueError, LookupError, TypeError, RecursionError):
        sound = False
    if not sound:  # inputs that coverage guides need not be what `_make_quotes` makes
        return
    parse_marked(value["marked"], world.schemas.labels("entities"))
    if isinstance(value["document"], dict):
        out, refused = anchor_document(world.text, value["document"], world.text[:100] + "sisip" + world.text[100:])
        assert refused or all(0 <= span["start"] < span["end"] <= len(world.text) for layer in ("entities", "claims", "spam") for span in out[layer])
    resolve_quote(world.text, value["quote"])


def _make_text(world: World, rng: Random) -> bytes:
    return mutate.of_text(rng, SPAM).encode("utf-8", "surrogatepass")[: mutate.LONGEST]


def _tag(world: World, data: bytes) -> None:
    text = data.decode("utf-8", "surrogatepass") if b"\xed" in data else data.decode("utf-8", "replace")
    found = world.tagger.tag(text)
    at = 0
    for one in found:
        assert at <= one.start < one.end <= len(text) and 0 <= one.score <= 1 and text[one.start : one.end].strip(), one
        at = one.end
    without(text, found)


def _make_arrow(world: World, rng: Random) -> bytes:
    table = pq.read_table(pa.BufferReader(world.pages)).slice(0, rng.randint(0, 4))
    table = mutate.of_table(rng, table)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _arrow(world: World, data: bytes) -> None:
    table = pa.ipc.open_stream(data).read_all()
    for act in (tag_arrow, clean_arrow):
        out = act(table, tagger=world.tagger)
        assert out.num_rows == table.num_rows


def _make_rows(world: World, rng: Random) -> bytes:
    kind = rng.choice(("jsonl", "jsonl", "jsonl.gz", "jsonl.zst", "txt", "parquet"))
    if kind == "parquet":
        data = mutate.of_parquet(rng, [world.pages])
    elif kind == "txt":
        data = mutate.of_bytes(rng, [text.encode() for text in SPAM])
    else:
        rows = [{"id": "a", "text": rng.choice(SPAM)}, {"text": "Demak banjir", "n": 1.5}, {"text": None}]
        data = b"\n".join(mutate.of_json(rng, rows, lines=True) for _ in range(rng.randint(1, 3)))
        if kind.endswith("gz"):
            data = gzip.compress(data)
        elif kind.endswith("zst"):
            data = pa.compress(data, "zstd", asbytes=True)
        if kind != "jsonl" and rng.random() < 0.5:
            data = mutate.of_bytes(rng, [data])
    return kind.encode() + b"\n" + data


def _rows(world: World, data: bytes) -> None:
    name, _, content = data.partition(b"\n")
    suffix = name.decode()
    kind = {"parquet": "parquet", "txt": "text"}.get(suffix, "jsonl")
    settings = Settings("tag" if len(content) % 2 else "clean")
    target = world.scratch / f"out.{suffix}"
    try:
        convert_to(io.BytesIO(content), target, kind, f"in.{suffix}", settings)
    finally:
        for path in world.scratch.glob("out.*"):
            path.unlink()


TARGETS: dict[str, Target] = {
    "json": Target(lambda world, rng: mutate.of_json(rng, [world.document["entities"][:2], {"a": [1, "x"]}]), _json, 0.443),
    "manifest": Target(lambda world, rng: mutate.of_json(rng, [world.short_manifest]), _manifest, 0.25),
    "document": Target(lambda world, rng: mutate.of_json(rng, [world.document]), _document, 0.06),
    "article": Target(lambda world, rng: mutate.of_bytes(rng, [world.whole(TEXT)]), _article, 0.05),
    "sources-document": Target(lambda world, rng: mutate.of_json(rng, [world.document]), _sources(GOLD), 0.0025),
    "sources-text": Target(lambda world, rng: mutate.of_bytes(rng, [world.whole(TEXT)]), _sources(TEXT), 0.0025),
    "sources-retired": Target(lambda world, rng: mutate.of_json(rng, [{"lama": "panen-garam", "b": None}]), _whole_corpus, 0.0005),
    "parquet": Target(lambda world, rng: mutate.of_parquet(rng, world.parquet), _parquet, 0.012),
    "release": Target(_make_release, _release, 0.0005),
    **{f"import-{name}": Target(_make_import(name), _import(name), share) for name, share in {"brat": 0.02, "label-studio": 0.005, "xmi": 0.01, "cas-json": 0.003, "doccano": 0.015, "prodigy": 0.015, "argilla": 0.015}.items()},
    "quotes": Target(_make_quotes, _quotes, 0.08),
    "tagger": Target(_make_text, _tag, 0.006),
    "arrow": Target(_make_arrow, _arrow, 0.002),
    "rows": Target(_make_rows, _rows, 0.008),
}


def one(world: World, name: str, seed: int, number: int) -> bytes:
    """The input of a number: the same wherever it is made."""
    return TARGETS[name].make(world, Random(f"{seed}/{name}/{number}"))


def close(world: World) -> None:
    for module in READ_SCHEMAS:
        module.load_schemas = load_schemas
    shutil.rmtree(world.root.parent, ignore_errors=True)
