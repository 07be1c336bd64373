"""Known findings: those of released records that are put up with until somebody mends them.

A released text is not changed lightly, so what was found in it later may be known, and warns. What is found anew fails,
and so does everything in a record that no release has.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from sisipan.errors import SisipanError
from sisipan.findings import Finding
from sisipan.results import Result

_OFFSETS = re.compile(r"(?<!\d)-?\d{1,19}+:-?\d+")
_NUMBER = re.compile(r'"[^"]*"|(?<![\w-])-?\d[\d.,]*%?(?!\w)')
_HEADING = re.compile(r"^## (\d+\.\d+\.\d+) \(\d{4}-\d{2}-\d{2}\)", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """What names a finding when lines and offsets move: its file, code and span, and the message without its figures."""

    path: str
    code: str
    span: str | None
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.code}{f' [{self.span}]' if self.span else ''} {self.message}"


def key(finding: Finding) -> Known:
    """What a finding is known by. Offsets go, and so do figures outside quoted words."""
    span = re.sub(r" -?\d+:-?\d+$", "", finding.span) if finding.span else None
    message = _NUMBER.sub(lambda match: match.group() if match.group().startswith('"') else "#", _OFFSETS.sub("#:#", finding.message))
    return Known(finding.path, finding.code, span, message)


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """A fingerprint for each finding: 32 hexadecimal digits of what it is known by, and its number among equal ones."""
    seen: Counter[Known] = Counter()
    out = []
    for finding in findings:
        known = key(finding)
        seen[known] += 1
        words = json.dumps(list(asdict(known).values())).encode()
        out.append(f"{hashlib.sha256(words).hexdigest()[:32]}:{seen[known]}")
    return out


def may_be_known(finding: Finding, released: Collection[str]) -> bool:
    """Whether a finding may stand in a baseline: an error or warning of a released record."""
    return finding.severity != "note" and finding.article in released


def known_findings(findings: Iterable[Finding], released: Collection[str]) -> Counter[Known]:
    """What a baseline of these findings holds."""
    return Counter(key(finding) for finding in findings if may_be_known(finding, released))


def against(result: Result, known: Mapping[Known, int], released: Collection[str], whole: bool) -> Result:
    """The result with known findings turned into warnings, as many of a kind as are known; the first ones count.

    `whole` says that all sources were examined; only then can a known finding be gone.
    """
    left = Counter(known)
    findings = []
    for finding in result.findings:
        one = key(finding)
        if left[one] > 0:
            left[one] -= 1
            if may_be_known(finding, released):
                finding = replace(finding, severity="warning", known=True)
        findings.append(finding)
    ran = result.ran - set(result.left_out)
    gone = [str(one) for one in sorted(left.elements(), key=_in_order) if one.code in ran] if whole else []
    return replace(result, findings=tuple(findings), gone=tuple(gone))


def _in_order(known: Known) -> tuple[str, str, str, str]:
    return known.path, known.code, known.span or "", known.message


def format_baseline(known: Mapping[Known, int]) -> str:
    """The content of a baseline file: a finding a line, sorted, with how often it occurs."""
    lines = ",\n".join(f"  {json.dumps({**asdict(one), 'count': known[one]}, ensure_ascii=False)}" for one in sorted(known, key=_in_order) if known[one] > 0)
    return '{"sisipan_baseline": 1, "findings": [\n' + lines + ("\n" if lines else "") + "]}\n"


def parse_baseline(raw: str, name: str) -> Counter[Known]:
    """What a baseline file holds. Raises SisipanError where it is none; `name` is what the message calls it."""
    known: Counter[Known] = Counter()
    try:
        value = json.loads(raw)
        if not isinstance(value, dict) or value.get("sisipan_baseline") != 1 or not isinstance(value.get("findings"), list):
            raise TypeError("no baseline of this version")
        for entry in value["findings"]:
            path, code, span, message, count = (entry[field] for field in ("path", "code", "span", "message", "count"))
            if not all(isinstance(part, str) for part in (path, code, message)) or not isinstance(span, str | None) or type(count) is not int or count < 1:
                raise TypeError(f"an entry is {str(entry)[:60]}")
            known[Known(path, code, span, message)] += count
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise SisipanError(f"{name}: not a baseline ({str(error)[:100]}); `sisipan validate --write-baseline {name}` writes one") from None
    return known


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def coming_version(changelog: str | None, version: str) -> str:
    """The version that a new article will first be in: a minor step from the last released one, or the version of the corpus where that is on its way and higher.

    Released is what the changelog dates; without a changelog, `version`, that of the corpus.
    """
    dated = _HEADING.findall(changelog) if changelog is not None else [version]
    if not dated:
        return version
    major, minor, _ = max(map(_numbers, dated))
    return max(f"{major}.{minor + 1}.0", version, key=_numbers)


def released_records(added_in: Mapping[str, object], changelog: str | None, version: str, in_tag: Callable[[str], Collection[str] | None]) -> frozenset[str]:
    """Which articles are in a release, given the version that each says it was added in.

    A version is released when the changelog gives it a date; without a changelog, when it is not above `version`, that
    of the corpus. Where Git has the tag of that version (`in_tag` then names its articles) the article must be in it,
    since an article that is begun after a release carries that release's version until the next.
    """
    dated = set(_HEADING.findall(changelog)) if changelog is not None else None
    tags: dict[str, Collection[str] | None] = {}
    out = set()
    for article, added in added_in.items():
        if not isinstance(added, str) or not re.fullmatch(r"\d{1,9}\.\d{1,9}\.\d{1,9}", added):
            continue
        if added not in dated if dated is not None else _numbers(added) > _numbers(version):
            continue
        if added not in tags:
            tags[added] = in_tag(added)
        if tags[added] is None or article in tags[added]:
            out.add(article)
    return frozenset(out)
