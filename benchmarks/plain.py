"""The plain way to check articles: jsonschema and a Python loop over the spans that does what the validator does."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml
from jsonschema import Draft202012Validator

from sisipan.schemas import Schemas, load_schemas
from sisipan.store import GOLD, PASSES
from sisipan.tables import from_table

NAMES = {"PER", "ORG", "NOR", "GPE", "LOC", "FAC", "EVT", "LAW", "PRD", "WOA"}
WORD = re.compile(r"[^\W_]+")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def bundled_validator(schemas: Schemas, name: str = "article") -> Draft202012Validator:
    """A validator of the article's schema, or of that of a source file, with every reference replaced by what it refers to."""

    def inlined(base: str, node: Any) -> Any:
        if isinstance(node, list):
            return [inlined(base, item) for item in node]
        if not isinstance(node, dict):
            return node
        base, node = schemas.resolve(base, node)
        return {key: inlined(base, value) for key, value in node.items() if key not in ("$defs", "$id")}

    whole = schemas.documents["article"]["$id"].removesuffix("article.schema.json")
    schema = json.loads(json.dumps(schemas.validators[name].schema).replace(f'"$ref": "{whole}', '"$ref": "'))
    return Draft202012Validator(inlined("article", schema), format_checker=Draft202012Validator.FORMAT_CHECKER)


class Loop:
    """One article after the other, and then what they have in common."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.splits: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.shingles: dict[int, list[int]] = defaultdict(list)
        self.articles: list[tuple[str, int]] = []

    def faults(self, record: dict[str, Any]) -> int:
        """How many faults an article has, whose schema is in order."""
        text, title, faults = record["text"], record["title"], 0
        faults += not unicodedata.is_normalized("NFC", text)
        faults += "\r" in text or "\0" in text or text.startswith("\ufeff")
        faults += hashlib.sha256(text.encode()).hexdigest() != record["text_sha256"]
        faults += (record["origin"] == "written") != (record["original_language"] is None)
        faults += record["text_status"] != "included" or record["license"] == "withheld"
        faults += text.split("\n", 1)[0] != title and title in text
        seen: set[str] = set()
        spam = [(span["start"], span["end"]) for span in record["spam"]]
        entities = {span["id"] for span in record["entities"]}
        for layer in ("entities", "claims", "spam"):
            last = 0
            for span in record[layer]:
                start, end, surface = span["start"], span["end"], span["text"]
                faults += not last <= start < end <= len(text)
                faults += text[start:end] != surface or surface != surface.strip()
                faults += span["id"] in seen
                seen.add(span["id"])
                last = end
                if layer != "spam":
                    faults += sum(not (end <= a or start >= b or start < a and end > b) for a, b in spam)
        for claim in record["claims"]:
            faults += claim["claimant"] is not None and (claim["claimant"] not in entities or claim["speaker"] is None)
            for side in (claim["speaker"], claim["cue"]):
                if side is not None:
                    start, end = side["start"], side["end"]
                    words = text[start:end]
                    faults += not 0 <= start < end <= len(text) or words != words.strip()
                    faults += sum(not (end <= a or start >= b or start < a and end > b) for a, b in spam)
        taken = [(span["start"], span["end"]) for span in record["entities"]] + spam
        for surface in {span["text"] for span in record["entities"] if span["label"] in NAMES and len(span["text"]) > 3 and span["text"][0].isupper()}:
            for match in re.finditer(rf"(?<!\w){re.escape(surface)}(?!\w)", text):
                faults += not any(start < match.end() and match.start() < end for start, end in taken)
        shown = "".join(text[a:b] for a, b in spam)
        faults += sum(brand not in shown for brand in record["brands"])
        faults += record["id"] in self.ids
        self.ids.add(record["id"])
        for kind, values in (("event", [record["event"]]), ("brand", record["brands"])):
            for value in values:
                self.splits[kind, value].add(record["split"])
        for start, end in reversed(spam):
            text = text[:start] + "\n" + text[end:]
        words = WORD.findall(text.casefold())
        mine = {hash(tuple(words[at : at + 5])) for at in range(len(words) - 4)}
        for one in mine:
            self.shingles[one].append(len(self.articles))
        self.articles.append((record["split"], len(mine)))
        return faults

    def faults_of_all(self) -> int:
        """Values in several splits, and near-duplicates."""
        shared: dict[tuple[int, int], int] = defaultdict(int)
        for articles in self.shingles.values():
            for n, a in enumerate(articles):
                for b in articles[n + 1 :]:
                    shared[a, b] += 1
        pairs = [(self.articles[a], self.articles[b], count) for (a, b), count in shared.items()]
        alike = sum(one[0] != other[0] and count > 0.1 * min(one[1], other[1]) for one, other, count in pairs)
        return alike + sum(len(splits) > 1 for splits in self.splits.values())


def rows_of_release(path: Path, count: int) -> None:
    """The first rows of a table by `to_pylist`, and the loop."""
    fields, loop, done = load_schemas().configs["articles"], Loop(), 0
    for group in range(pq.ParquetFile(path).num_row_groups):
        table = pq.ParquetFile(path).read_row_group(group).slice(0, count - done)
        for record in from_table(fields, table):
            assert not loop.faults(record)
        done += table.num_rows
        if done >= count:
            break
    assert not loop.faults_of_all()


def source_files(root: Path, articles: Iterable[str], validators: Mapping[str, Draft202012Validator]) -> int:
    """Faults in the source files of some articles, three passes each. The loop knows less of disguise than the checks, so that there are some."""
    loops, faults = {name: Loop() for name in (GOLD, *PASSES)}, 0
    for article in articles:
        _, front, body = (root / "corpus" / f"{article}.txt").read_text("utf-8").split("---\n", 2)
        values = {key: None if value == "null" else value for key, value in yaml.load(front, _LOADER).items()}
        faults += sum(1 for _ in validators["front_matter"].iter_errors(values))
        for name, loop in loops.items():
            document = json.loads((root / "annotations" / name / f"{article}.json").read_text("utf-8"))
            faults += sum(1 for _ in validators["document"].iter_errors(document))
            faults += loop.faults({"id": article, **values, "text": body.removesuffix("\n"), **document})
    return faults + loops[GOLD].faults_of_all()
