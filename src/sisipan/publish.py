"""The build with every figure: what the datasheet says of agreement and of signs of a toy is measured as it is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from sisipan.agreement import LayerAgreement, Pair, agreement
from sisipan.build import build, compose, load_article, load_corpus, stale
from sisipan.figures import table
from sisipan.signs import signs
from sisipan.store import PASSES, document_path, read_text
from sisipan.results import Result

Progress = Callable[[str, int, int], None]


def pairs_of(root: Path) -> list[Pair]:
    """Passes A and B of every article that has both and gold, and whose text is here."""
    pairs = []
    for path in sorted((root / "annotations" / "gold").glob("*.json")):
        if all(document_path(root, path.stem, name).exists() for name in PASSES):
            a, b = (load_article(root, path.stem, name) for name in PASSES)
            if a.text is not None:
                pairs.append((a, b))
    return pairs


def agreement_tables(found: Sequence[LayerAgreement], articles: int) -> str:
    """Agreement as Markdown: a row a layer, then labels, then attributes."""
    layers = []
    for one in found:
        low, high = one.alpha_interval
        spread = f"{one.alpha:.3f} ({low:.3f} to {high:.3f})"
        layers.append([one.layer, *(f"{score.f1:.3f}" for score in (one.strict, one.boundary, one.overlap, one.characters)), spread, f"{one.unitising_alpha:.3f}"])
    labels = [[one.layer, label, int(s.wanted), int(s.found), f"{s.f1:.3f}", f"{o.f1:.3f}"] for one in found for label, (s, o) in one.labels.items()]
    attributes = [
        [one.layer, name, pairs, f"{raw:.3f}", "" if value is None else f"{value:.3f}"] for one in found for name, (value, raw, pairs) in one.attributes.items()
    ]
    return "\n".join(
        [
            f"Passes A and B of {articles} articles:\n",
            table(["layer", "strict F1", "exact-boundary F1", "overlap F1", "character F1", "word alpha (95 % of resamples)", "unitising alpha"], layers),
            table(["layer", "label", "spans in A", "spans in B", "strict F1", "overlap F1"], labels),
            table(["layer", "attribute of matched spans", "matched", "equal", "kappa"], attributes),
        ]
    )


RATE = "tests/corruptions/rate.json"


def corruption_blocks(root: Path) -> dict[str, str]:
    """The rate at which the validator catches mistakes made on purpose, and the table of them, as `tests/corruptions/run.py` measured it."""
    if not (root / RATE).is_file():
        return {}
    rate = json.loads(read_text(root / RATE))
    rows = rate["operators"]
    tries, caught = (sum(row[key] for row in rows) for key in ("tries", "caught"))
    line = f"{caught:,} of {tries:,} corruptions ({caught / tries:.2%}) by {len(rows)} operators, drawn from all {rate['articles']} articles with a text, "
    line += "are caught by the expected code, at the right file, line and article.\n"
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    parts = [
        f"### In {_KINDS.get(kind, kind)}\n\n"
        + table(["operator", "mistake", "code", "tries", "caught"], [[f"`{r['name']}`", r["mistake"], ", ".join(r["codes"]), r["tries"], r["caught"]] for r in rows if r["kind"] == kind])
        for kind in kinds
    ]
    return {"corruption-rate": line, "corruptions": "\n".join(parts)}


_KINDS = {"document": "annotation documents", "text": "text files", "withheld": "withheld articles", "corpus": "the corpus as a whole", "release": "a release"}


def more_blocks(root: Path) -> dict[str, str]:
    """The generated blocks that need the passes or every text at once."""
    pairs = pairs_of(root)
    return corruption_blocks(root) | {
        "agreement": agreement_tables(agreement(pairs), len(pairs)) if pairs else "No article has two passes and gold yet.\n",
        "signs": table(["sign", "measured", "bound"], [[sign.name, sign.value, sign.bound] for sign in signs(load_corpus(root))]),
    }


def publish(root: Path, progress: Progress = lambda *_: None) -> tuple[list[str], Result]:
    """Write the release of `root` with all figures; see `sisipan.build.build`."""
    return build(root, progress, more_blocks)


def check(root: Path, progress: Progress = lambda *_: None) -> tuple[list[str], Result]:
    """What `publish` would change, without writing."""
    files, result = compose(root, progress, more_blocks)
    return ([] if files is None else stale(root, files)), result
