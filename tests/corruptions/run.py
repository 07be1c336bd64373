"""The thorough run: every operator at many places all over the corpus; writes `rate.json`, from which the documents are filled.

    python tests/corruptions/run.py               # some ten minutes of one core
    python tests/corruptions/run.py --each 384    # every operator in every article
    python tests/corruptions/run.py --only utf16  # some operators; writes nothing, shows what was missed
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from corruptions.suite import IN_DOCUMENTS, OPERATORS, REPOSITORY, Trial, articles, in_corners, in_documents, in_release, operators, release

RATE = Path(__file__).with_name("rate.json")


def checks_sha256() -> str:
    """Hash of the code of the checks: a rate that was measured with other checks is no rate of these."""
    digest = hashlib.sha256()
    for path in sorted((REPOSITORY / "src/sisipan/checks").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def every_trial(each: int, only: list[str]) -> dict[str, list[Trial]]:
    """The trials of each operator, by its name."""
    trials: dict[str, list[Trial]] = {operator.name: [] for operator in OPERATORS}

    def done(name: str, found: list[Trial]) -> None:
        trials[name] += found
        for trial in found:
            if not trial.caught:
                print(f"{name} at {trial.place}: missed {trial.missed}, astray {trial.astray}", file=sys.stderr, flush=True)

    small = [operator for operator in operators(*IN_DOCUMENTS) if not only or operator.name in only]
    together = max(1, 120 // each)  # as many as have articles of their own
    for at in range(0, len(small), together):
        group = small[at : at + together]
        found = in_documents(group, each)
        for operator in group:
            done(operator.name, [trial for trial in found if trial.operator == operator.name])
    for operator in operators("corpus"):
        if not only or operator.name in only:
            done(operator.name, in_corners(operator, max(1, each // 3)))
    for number in range(3):
        with release(number) as root:
            for operator in operators("release"):
                if not only or operator.name in only:
                    done(operator.name, in_release(operator, root, max(1, each // 9)))
    return trials


def main() -> int:
    """Run, write, and say what was missed; exit code 1 where anything was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=24, help="places for each operator; a third of it in whole corpora, in releases too")
    parser.add_argument("--only", action="append", default=[], help="only this operator; may be repeated")
    chosen = parser.parse_args()
    trials = every_trial(chosen.each, chosen.only)
    rows = [
        {"name": o.name, "kind": o.kind, "codes": list(o.codes), "mistake": o.mistake, "tries": len(trials[o.name]), "caught": sum(t.caught for t in trials[o.name])}
        for o in OPERATORS
    ]
    tries, caught = (sum(row[key] for row in rows) for key in ("tries", "caught"))
    print(f"{caught} of {tries} caught")
    if not chosen.only:
        head = {"articles": len(articles()), "checks_sha256": checks_sha256()}
        body = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
        RATE.write_text(json.dumps(head)[:-1] + f', "operators": [\n{body}\n]}}\n', "utf-8")
    return int(caught < tries)


if __name__ == "__main__":
    sys.exit(main())
