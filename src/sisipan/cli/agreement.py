"""`sisipan agreement`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sisipan.agreement import agreement as measure
from sisipan.cli.common import progress, root_option, the_root
from sisipan.cli.say import say
from sisipan.errors import SisipanError
from sisipan.publish import agreement_tables, pairs_of


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
@root_option
def agreement(as_json: bool, root: Path | None) -> None:
    """Inter-annotator agreement of passes A and B.

    Strict, exact-boundary, overlap and character F1 per layer and label, Krippendorff's alpha on words with a bootstrap interval,
    unitising alpha, kappa of attributes on matched spans; over the articles that have both passes and gold.

    \b
    sisipan agreement
    sisipan agreement --json
    """
    with progress("measuring agreement"):
        pairs = pairs_of(the_root(root))
        if not pairs:
            raise SisipanError("no article has pass A, pass B and gold; there is nothing to measure")
        found = measure(pairs)
    if not as_json:
        say(*agreement_tables(found, len(pairs)).splitlines())
        return
    value = {
        one.layer: {
            "strict_f1": one.strict.f1,
            "boundary_f1": one.boundary.f1,
            "overlap_f1": one.overlap.f1,
            "character_f1": one.characters.f1,
            "alpha": one.alpha,
            "alpha_interval": one.alpha_interval,
            "unitising_alpha": one.unitising_alpha,
            "labels": {label: {"strict_f1": s.f1, "overlap_f1": o.f1, "spans_a": s.wanted, "spans_b": s.found} for label, (s, o) in one.labels.items()},
            "attributes": {name: {"kappa": k, "equal": raw, "matched": n} for name, (k, raw, n) in one.attributes.items()},
        }
        for one in found
    }
    say(*json.dumps({"articles": len(pairs), "layers": value}, indent=1).splitlines())
