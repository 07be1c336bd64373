"""Which codes a run reports: chosen and left out by the beginnings of their codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sisipan.checks import BY_CODE
from sisipan.errors import SisipanError
from sisipan.results import Result

CODES = tuple(sorted(BY_CODE))
# each of these says that something was not examined: leaving it out would let the rest pass unseen
ALWAYS = frozenset({"E001", "E002", "E003", "E004", "E006", "E007", "E009", "E010", "I208", "I410"})


def _prefixes(given: Iterable[str]) -> list[str]:
    """The beginnings of codes in `E2,W301`, with or without spaces. Raises SisipanError for one that no code has."""
    found = [prefix.strip().upper() for words in given for prefix in words.split(",") if prefix.strip()]
    for prefix in found:
        if not any(code.startswith(prefix) for code in CODES):
            raise SisipanError(f"{prefix[:40]}: no code begins so; there are {', '.join(CODES)}")
    return found


def chosen(select: Iterable[str], ignore: Iterable[str]) -> frozenset[str]:
    """The codes to report. Where both name a code the longer beginning counts, of equal ones `ignore`.

    Raises SisipanError for a beginning that no code has, and where codes are to be ignored that say what was not examined.
    """
    wanted, unwanted = _prefixes(select), _prefixes(ignore)
    for prefix in unwanted:
        if all(code in ALWAYS for code in CODES if code.startswith(prefix)):
            raise SisipanError(f"{prefix}: says that something could not be examined, and is always reported; leave the file out, or mend it")

    def best(code: str, prefixes: list[str]) -> int:
        return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)

    def kept(code: str) -> bool:
        asked = best(code, wanted) if wanted else 0
        return code in ALWAYS or asked >= 0 and asked > best(code, unwanted)

    return frozenset(code for code in CODES if kept(code))


def keep(result: Result, codes: frozenset[str]) -> Result:
    """The result with the findings of these codes alone; it says which codes were left out."""
    left_out = tuple(code for code in CODES if code in result.ran and code not in codes)
    return replace(result, findings=tuple(finding for finding in result.findings if finding.code in codes), left_out=left_out)


def in_short(codes: Iterable[str], among: Sequence[str] = CODES) -> str:
    """Codes as a person reads them; three and more that follow each other become `E201 to E207`."""
    runs: list[list[int]] = []
    for at in sorted(among.index(code) for code in codes):
        if runs and at == runs[-1][-1] + 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return ", ".join(f"{among[run[0]]} to {among[run[-1]]}" if len(run) > 2 else ", ".join(among[at] for at in run) for run in runs)
