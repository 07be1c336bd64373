"""For each code of the validator: the smallest change to `tests/base` that it must catch, and a near-twin it must not.

An edit is `(path, old, new)` on the file as text (the old string must stand there once), or a function of the root.
What the bad case must say stands in `tests/expected/CODE.txt`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sisipan.anchor import anchor_document
from sisipan.build import build
from sisipan.schemas import load_schemas
from sisipan.store import MAX_BYTES, article_path, format_document, read_article
from sisipan.tables import to_table

TEXT = "corpus/banjir-demak.txt"
GOLD = "annotations/gold/banjir-demak.json"
SALT = "corpus/panen-garam.txt"
SALT_GOLD = "annotations/gold/panen-garam.json"

Edit = tuple[str, str, str] | Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """`target` is what is validated, relative to the root: all sources where empty, a folder or file of the release else."""

    code: str
    bad: tuple[Edit, ...]
    twin: tuple[Edit, ...]
    target: str = ""


def apply(root: Path, edits: tuple[Edit, ...]) -> None:
    """Apply edits to a copy of the base."""
    for edit in edits:
        if callable(edit):
            edit(root)
            continue
        path, old, new = edit
        content = (root / path).read_bytes().decode("utf-8")
        assert content.count(old) == 1, (path, old, content.count(old))
        (root / path).write_bytes(content.replace(old, new).encode("utf-8"))


def write(path: str, data: bytes) -> Callable[[Path], None]:
    """An edit that writes a file."""

    def act(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)

    return act


def move(old: str, new: str) -> Callable[[Path], None]:
    """An edit that renames a file."""
    return lambda root: (root / old).rename(root / new)


def remove(path: str) -> Callable[[Path], None]:
    """An edit that removes a file."""
    return lambda root: (root / path).unlink()


def link(path: str, target: Callable[[Path], str]) -> Callable[[Path], None]:
    """An edit that puts a symbolic link in place of a file."""

    def act(root: Path) -> None:
        to = target(root)
        (root / path).unlink(missing_ok=True)
        os.symlink(to, root / path)

    return act


def outside(root: Path) -> str:
    """A file beside the root."""
    other = root.parent / "elsewhere.json"
    other.write_bytes((root / GOLD).read_bytes())
    return "../../../elsewhere.json"


def inside(root: Path) -> str:
    """The gold document, kept elsewhere below the root."""
    (root / "kept.json").write_bytes((root / "annotations/pass-a/banjir-demak.json").read_bytes())
    return "../../kept.json"


def reanchored(root: Path) -> None:
    """Fit every document onto its text after an edit, as `sisipan anchor` does."""
    for path in sorted(root.glob("annotations/*/*.json")):
        text = read_article(article_path(root, path.stem)).text
        old = read_article(article_path(Path(__file__).parent / "base", path.stem)).text
        document, refused = anchor_document(text, json.loads(path.read_bytes()), old)
        assert not refused, refused
        path.write_text(format_document(document), "utf-8")


def built(root: Path) -> None:
    """The release of the base."""
    build(root)


def rewrite(path: str, change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    """An edit of a Parquet file's table."""

    def act(root: Path) -> None:
        pq.write_table(change(pq.read_table(root / path)), root / path)

    return act


def relisted(root: Path) -> None:
    """Bring the manifest's file hashes up to date, so that only what a table says is wrong."""
    import hashlib

    manifest = json.loads((root / "data/manifest.json").read_bytes())
    for entry in manifest["files"]:
        data = (root / entry["path"]).read_bytes()
        entry |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (root / "data/manifest.json").write_text(json.dumps(manifest))


def with_rows(path: str, config: str, change: Callable[[list[dict]], list[dict]]) -> Callable[[Path], None]:
    """An edit of a table's rows, with the manifest's hashes brought up to date."""
    from sisipan.manifest import content_sha256
    from sisipan.tables import from_table

    def act(root: Path) -> None:
        fields = load_schemas().configs[config]
        rows = change(from_table(fields, pq.read_table(root / path)))
        table = to_table(fields, rows)
        pq.write_table(table, root / path)
        manifest = json.loads((root / "data/manifest.json").read_bytes())
        for entry in manifest["files"]:
            if entry["path"] == path:
                entry |= {"rows": len(rows), "content_sha256": content_sha256(from_table(fields, table))}
        (root / "data/manifest.json").write_text(json.dumps(manifest))
        relisted(root)

    return act


def recoloured(rows: list[dict]) -> list[dict]:
    """The first row with another label."""
    return [{**rows[0], "label": "ORG"}, *rows[1:]]


def out_of_range(table: pa.Table) -> pa.Table:
    """The label column with a number that the schema does not have."""
    at = table.schema.get_field_index("label")
    return table.set_column(at, table.schema.field(at), pa.array([99] + table.column(at).to_pylist()[1:], pa.int64()))


WITHHELD = (
    write("corpus/tertutup.txt", (Path(__file__).parent / "base-withheld.txt").read_bytes()),
    write("annotations/gold/tertutup.json", (Path(__file__).parent / "base-withheld.json").read_bytes()),
    write("annotations/pass-a/tertutup.json", (Path(__file__).parent / "base-withheld.json").read_bytes()),
    write("annotations/pass-b/tertutup.json", (Path(__file__).parent / "base-withheld.json").read_bytes()),
)
COPIED = "Hujan merendam 2.316 rumah, kata Tirta Wenang dari BPBD Demak. Tanggul jebol Senin pagi"

CASES = (
    # files
    Case("E001", (remove(GOLD), lambda root: (root / GOLD).mkdir()), ()),
    Case("E002", (link(GOLD, outside),), (link(GOLD, inside),)),
    Case("E003", (write(GOLD, b" " * (MAX_BYTES + 1)),), (lambda root: write(GOLD, (root / GOLD).read_bytes())(root),)),
    Case("E004", (write(GOLD, b""),), ()),
    Case("E005", (lambda root: write(TEXT, b"\xef\xbb\xbf" + (root / TEXT).read_bytes())(root),), ()),
    Case("E006", (lambda root: write(SALT, (root / SALT).read_bytes().replace(b"garam\n\n", b"gar\xe9m\n\n"))(root),), ((SALT, "source: events invented", "source: événements inventés"),)),
    Case("E007", ((TEXT, "topic: disaster", "topic: disaster: flood"),), ((TEXT, "source: events invented", 'source: "events: invented"'),)),
    Case("E008", (lambda root: write(TEXT, (root / TEXT).read_bytes()[:-1])(root),), ()),
    Case("E009", ((GOLD, '"entities": [', '"entities": [,'),), ()),
    Case("E010", ((GOLD, '"label": "PER"', '"label": "PER", "label": "PER"'),), ()),
    Case("E011", (write("corpus/banjir-demak.txt.bak", b"x"), write("annotations/gold/lama.json", b"{}")), (write("corpus/README.md", b"x"),)),
    Case("W012", ((GOLD, '"id": "e1", "start"', '"id":  "e1", "start"'),), ()),
    # fields and text
    Case("E101", ((GOLD, '"label": "PER"', '"label": "PERSON"'), (TEXT, "topic: disaster", "topic: flood"), (TEXT, "added_in: 0.1.0\n", "")), ((GOLD, '"label": "PER"', '"label": "ORG"'), (TEXT, "topic: disaster", "topic: environment"))),
    Case("E102", ((SALT, "Petani Madura memanen garam\n\n", "Petani Madura memanen garam\n\nCafe\u0301. "), reanchored), ((SALT, "Petani Madura memanen garam\n\n", "Petani Madura memanen garam\n\nCaf\u00e9. "), reanchored)),
    Case("E103", ((SALT, "koperasi setempat.\n", "koperasi setempat.\r\n\n"), reanchored), ((SALT, "koperasi setempat.\n", "koperasi setempat.\n\n"), reanchored)),
    Case("E104", ((SALT, "koperasi setempat.\n", "koperasi setempat.\0\n"), reanchored), ((SALT, "koperasi setempat.\n", "koperasi setempat.\t\n"), reanchored)),
    Case("E105", ((GOLD, '"text": "Senin"', '"text": "\\ud83dSenin"'),), ((GOLD, '"text": "Senin"', '"text": "\\u0053enin"'),)),
    Case("E106", ((TEXT, "title: Banjir Demak Meluas", "title: Banjir Demak  Meluas"),), ((TEXT, "title: Banjir Demak Meluas", "title: Air Naik di Demak"),)),
    Case("E107", ((GOLD, '"article": "banjir-demak"', '"article": "banjir-kudus"'),), ()),
    Case("E108", ((GOLD, '"text_sha256": "eff8', '"text_sha256": "0ff8'),), ()),
    Case("E109", ((SALT, "original_language: en", "original_language: null"),), ((SALT, "original_language: en", "original_language: zh"),)),
    Case("E110", (*WITHHELD, ("corpus/tertutup.txt", "license: withheld", "license: CC-BY-4.0")), WITHHELD),
    Case("E111", (*WITHHELD, ("annotations/gold/tertutup.json", '"text": null', '"text": "Rahasia"')), WITHHELD),
    Case("E112", ((SALT, "---\nPetani", "---\n\ufeffPetani"), reanchored), ((SALT, "garam\n\nPAMEKASAN", "garam\n\n\ufeffPAMEKASAN"), reanchored)),
    # spans
    Case("E201", ((GOLD, '"start": 108, "end": 113, "text": "Senin"', '"exact": "Senin"'),), ()),
    Case("E202", ((GOLD, '"start": 136, "end": 165', '"start": 136, "end": 166'), (GOLD, '"start": 108, "end": 113', '"start": 113, "end": 113')), ()),
    Case("E203", ((GOLD, '"start": 64, "end": 76, "text": "Tirta Wenang"', '"start": 65, "end": 77, "text": "Tirta Wenang"'), (GOLD, '"start": 21, "end": 26', '"start": 22, "end": 27')), ()),
    Case("E204", ((GOLD, '"start": 108, "end": 113, "text": "Senin"', '"start": 108, "end": 114, "text": "Senin "'),), ((GOLD, '"start": 108, "end": 113, "text": "Senin"', '"start": 108, "end": 118, "text": "Senin pagi"'),)),
    Case("E205", ((GOLD, '"id": "c1"', '"id": "e6"'),), ((GOLD, '"id": "c1"', '"id": "k9"'),)),
    Case("E206", ((GOLD, '"start": 82, "end": 92, "text": "BPBD Demak"', '"start": 75, "end": 92, "text": "g dari BPBD Demak"'),), ((GOLD, '"start": 82, "end": 92, "text": "BPBD Demak"', '"start": 77, "end": 92, "text": "dari BPBD Demak"'),)),
    Case("E207", ((GOLD, '"id": "e6", "start": 108, "end": 113, "text": "Senin"', '"id": "e6", "start": 0, "end": 6, "text": "Banjir"'),), ()),
    Case("E209", ((GOLD, '"end": 165, "text": "Togel Tiga Rupa\\n\\nBy lelemerah", "label": "togel", "form": "byline", "obfuscation": "none"}', '"end": 151, "text": "Togel Tiga Rupa", "label": "togel", "form": "byline", "obfuscation": "none"},\n    {"id": "s3", "start": 153, "end": 165, "text": "By lelemerah", "label": "togel", "form": "byline", "obfuscation": "none"}'),), ((GOLD, '"end": 165, "text": "Togel Tiga Rupa\\n\\nBy lelemerah", "label": "togel", "form": "byline", "obfuscation": "none"}', '"end": 146, "text": "Togel Tiga", "label": "togel", "form": "byline", "obfuscation": "none"},\n    {"id": "s3", "start": 153, "end": 165, "text": "By lelemerah", "label": "togel", "form": "byline", "obfuscation": "none"}'),)),
    Case("I208", ((GOLD, '"start": 46', '"start": -1'),), ()),
    # layers
    Case("E301", ((GOLD, '"start": 94, "end": 133, "text": "Tanggul jebol Senin pagi slot wangi ini"', '"start": 94, "end": 123, "text": "Tanggul jebol Senin pagi slot"'),), ((GOLD, '"start": 94, "end": 133, "text": "Tanggul jebol Senin pagi slot wangi ini"', '"start": 94, "end": 118, "text": "Tanggul jebol Senin pagi"'),)),
    Case("E302", ((GOLD, '"id": "e6", "start": 108, "end": 113, "text": "Senin", "label": "DAT"}', '"id": "e6", "start": 108, "end": 113, "text": "Senin", "label": "DAT"},\n    {"id": "e7", "start": 124, "end": 129, "text": "wangi", "label": "PRD"}'),), ((GOLD, '"id": "e6", "start": 108, "end": 113, "text": "Senin", "label": "DAT"}', '"id": "e6", "start": 108, "end": 113, "text": "Senin", "label": "DAT"},\n    {"id": "e7", "start": 114, "end": 118, "text": "pagi", "label": "TIM"}'),)),
    Case("E303", ((GOLD, '"claimant": "e4"', '"claimant": "e44"'),), ((GOLD, '"claimant": "e4"', '"claimant": "e5"'),)),
    Case("E304", ((GOLD, '"cue": {"start": 59, "end": 63}', '"cue": {"start": 58, "end": 63}'), (GOLD, '"speaker": {"start": 64, "end": 92}', '"speaker": {"start": 64, "end": 920}')), ()),
    Case("E305", ((GOLD, '"speaker": null, "cue": null', '"speaker": {"start": 124, "end": 133}, "cue": null'),), ((GOLD, '"speaker": null, "cue": null', '"speaker": {"start": 114, "end": 133}, "cue": null'),)),
    Case("E306", ((GOLD, '"speaker": {"start": 64, "end": 92}', '"speaker": null'),), ()),
    Case("E307", ((GOLD, '"speaker": {"start": 64, "end": 92}, "cue": {"start": 59, "end": 63}', '"speaker": {"start": 64, "end": 91}, "cue": {"start": 57, "end": 63}'),), ((GOLD, '"speaker": {"start": 64, "end": 92}', '"speaker": {"start": 64, "end": 76}'),)),
    Case("E308", ((GOLD, '"claimant": "e4"', '"claimant": "e3"'),), ((GOLD, '"claimant": "e4"', '"claimant": "e5"'),)),
    Case("W501", ((TEXT, "pagi slot wangi ini.", "pagi slot wangi ini. Tirta pulang, BPBD Demak tinggal."), reanchored), ((TEXT, "pagi slot wangi ini.", "pagi slot wangi ini. Tirta pulang, bpbd demak tinggal."), reanchored)),
    Case("W502", ((TEXT, "brands: [lelemerah]", "brands: [lelemerah, kudaputih]"),), ((TEXT, "brands: [lelemerah]", "brands: [lele merah]"),)),
    Case("W503", ((GOLD, '"start": 21, "end": 26, "text": "DEMAK"', '"start": 22, "end": 26, "text": "EMAK"'), (GOLD, '"start": 108, "end": 113, "text": "Senin"', '"start": 108, "end": 112, "text": "Seni"')), ()),
    Case("W504", ((TEXT, "kata Tirta", "kata Bupati Tirta"), reanchored, (GOLD, '"start": 71, "end": 83, "text": "Tirta Wenang"', '"start": 64, "end": 83, "text": "Bupati Tirta Wenang"')), ((TEXT, "kata Tirta", "kata Bupati Tirta"), reanchored)),
    # corpus
    Case("E401", (built, with_rows("data/articles/test.parquet", "articles", lambda rows: rows + [{**rows[0]}])), (built,), "data"),
    Case("E402", (write("corpus/retired.json", b'{"panen-garam": "garam-madura"}'),), (write("corpus/retired.json", b'{"panen-garam-lama": "panen-garam"}'),)),
    Case("I403", (remove(SALT_GOLD),), ()),
    Case("W404", (remove("annotations/pass-b/panen-garam.json"),), ()),
    Case("E405", ((SALT, "event: panen-garam", "event: banjir-demak"),), ((SALT, "event: panen-garam", "event: banjir-demak"), (SALT, "split: test", "split: train"))),
    Case("E406", ((SALT, "brands: []", "brands: [LeleMerah]"),), ((SALT, "brands: []", "brands: [LeleMerah]"), (SALT, "split: test", "split: train"))),
    Case("E407", ((SALT, "koperasi setempat.", f"koperasi setempat. {COPIED}"), reanchored), ((SALT, "koperasi setempat.", f"koperasi setempat. {COPIED}"), (SALT, "split: test", "split: train"), reanchored)),
    Case("I410", (), (), GOLD),
    # release
    Case("E601", (built, lambda root: write("data/spam/train.parquet", (root / "data/spam/train.parquet").read_bytes()[:500])(root)), (built,), "data/spam/train.parquet"),
    Case("E602", (built, rewrite("data/spam/train.parquet", lambda table: table.drop_columns(["form"]))), (built,), "data/spam/train.parquet"),
    Case("E603", (built, write("data/manifest.json", b"{}")), (built,), "."),
    Case("E604", (built, rewrite("data/claims/train.parquet", lambda table: table)), (built,), "data"),
    Case("E605", (built, rewrite("data/entities/test.parquet", lambda table: table.slice(1)), relisted), (built, rewrite("data/entities/test.parquet", lambda table: table), relisted), "data"),
    Case("E606", (built, rewrite("data/entities/test.parquet", out_of_range), relisted), (built,), "data/entities/test.parquet"),
    Case("E607", (built, write("data/extra.parquet", b"x"), remove("data/claims/test.parquet")), (built,), "data"),
    Case("E608", (built, with_rows("data/entities/test.parquet", "entities", recoloured)), (built, with_rows("data/entities/test.parquet", "entities", list)), "data"),
    Case("E609", (built, with_rows("data/articles/test.parquet", "articles", lambda rows: [{**rows[0], "split": "train"}])), (built,), "data"),
)
