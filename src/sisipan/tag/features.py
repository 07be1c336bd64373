"""What the model sees of each token by itself: the attributes of its type.

A type is a kind and a surface; what is known of it is the same wherever it stands, so it is worked out once and looked up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from sisipan.tag.fold import JOINERS, SILENT, fold, unleet
from sisipan.tag.innocent import has_stem
from sisipan.tag.lexicon import lexicon, spelt
from sisipan.tag.words import MARKS

TRADES = ("slot", "togel", "casino", "sportsbook", "poker", "gamble", "loan", "pharma", "adult", "academic_service", "followers", "crypto", "other")
GAMES = frozenset(TRADES[:6])
ALL_TRADES = frozenset(TRADES)
CLASSES = ("strong", "game", "trade", "promo", "talk", "polite", "disguised", "address", "markup", "hidden", "figure", "capital", "sign", "stop", "line")

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt|em)?\b|(?:left|top)\s*:\s*-\d{3,}|text-indent\s*:\s*-|opacity\s*:\s*0|"
    r"(?:height|width)\s*:\s*[01](?:px)?\b|clip\s*:\s*rect|<noscript|<marquee|color\s*[=:].?#?fff",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:\+?62|08)[\dx*]{2,}|[\dx*]{4,}", re.IGNORECASE)
_SHORT, _LONG = 5, 64  # letters
_VIETNAMESE = re.compile("[ăđơư\u1ea0-\u1ef9]")
_LINKED = re.compile(rf"[^\W_](?:[^\W_]|[\u0300-\u036f{MARKS}]){{2,}}")
_LEET = re.compile(r"(?=.{5}|.{0,2}[a-z]{2})[a-z013456789]{4,20}")  # letters, and digits for letters; no `H1N1`
_KEY = re.compile(r"[\da-f]+")  # a colour, a key
_WEAK = frozenset("slot slots poker betting taruhan casino casinos kasino казино слот слоты".split())  # as often named as promoted

@dataclass(frozen=True, slots=True)
class Type:
    """What is known of a token by its kind and surface: attributes, the plain word beneath (None for what is no word), classes it is counted in."""

    attributes: tuple[str, ...]
    word: str | None
    classes: tuple[str, ...]


@cache
def _unspaced() -> re.Pattern[str]:
    """The lexicon's words of scripts that put no blanks between words."""
    return re.compile("|".join(sorted((word for word in lexicon() if len(word) > 1 and _is_unspaced(word)), key=len, reverse=True)))


def _is_unspaced(word: str) -> bool:
    """Whether a word is of a script that puts no blanks between words (Thai, Chinese, Japanese) or few (Korean)."""
    return any("\u0e00" <= c <= "\u0eff" or "\u3040" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" for c in word)


def _shape(word: str) -> str:
    if word.isascii() and word.isalpha():  # most words
        return "x" if word.islower() else "X" if word.isupper() else "Xx" if word[0].isupper() and word[1:].islower() else _runs(word)
    return _runs(word)


def _runs(word: str) -> str:
    out = ""
    for c in word[:24]:
        kind = "X" if c.isupper() else "d" if c.isdigit() else "x" if c.isalpha() or unicodedata.category(c)[0] == "M" else "-"
        out += "" if out.endswith(kind) else kind
    return out[:6]


def _script(plain: str) -> str:
    if plain.isascii():
        return "latin"
    code = max(map(ord, plain))
    return "latin" if code < 0x250 else "cyrillic" if 0x370 <= code < 0x530 else "other"


def _sign(surface: str) -> Type:
    first = surface[0]
    name = first if ord(first) < 0x2000 or first in "–—“”‘’…•→»" else "emoji" if ord(first) > 0x2600 else "symbol"
    return Type((f"sign={name}", f"sign={name}{min(len(surface), 3)}"), None, ("stop",) if name in ".!?" and len(surface) == 1 else ("sign",))


def linked(surface: str) -> list[str]:
    """The words in an address or a tag, folded, with and without the digits about them; of long ones `_LONG` letters."""
    whole = [fold(word[:_LONG])[0] for word in _LINKED.findall(surface)]
    return [*whole, *(part for word in whole if not word.isalpha() for part in re.findall(r"[^\W\d_]{3,}", word))]


def _link(kind: str, surface: str) -> Type:
    plain = surface.lower()
    hidden = kind == "markup" and _HIDDEN.search(surface)
    outward = "://" in surface
    telling = kind == "address" or outward or "content=" in plain
    words = linked(surface) if telling else []
    found = {name for word in words for name in lexicon().get(word, ())} & {*TRADES, "promo"}
    stem = any(map(has_stem, words))
    trade, game = found & ALL_TRADES, bool(found & GAMES) or stem
    name = re.match(r"[<\[&]?/?\w*", surface).group().lower() if kind == "markup" else surface[0] if surface[0] == "@" else ""
    attributes = [f"kind={kind}", f"name={name}", *["hidden"] * bool(hidden), *["outward"] * outward, *["stem"] * stem, *(f"c={one}" for one in sorted(found))]
    attributes += ["c=game"] * game + ["c=trade"] * bool(trade or stem)
    classes = [kind] + ["hidden"] * bool(hidden) + ["address"] * (kind == "markup" and outward) + ["strong"] * stem + ["game"] * game
    return Type(tuple(attributes), None, (*classes, *["trade"] * bool(trade or stem), *["promo"] * ("promo" in found)))


@cache
def _looks(kind: str, shape: str, script: str, long: int) -> tuple[str, ...]:
    """The attributes that every word has; kept, since many words share them."""
    return f"kind={kind}", f"shape={shape}", f"script={script}", f"long={long}"


def readings_of(plain: str) -> list[str]:
    """The words that a folded word may stand for, itself first."""
    if plain.isascii() and plain.isalpha():  # most words
        return [plain, plain[:-3]] if plain.endswith("nya") and len(plain) > 6 else [plain]
    if not any(map(str.isalpha, plain)):
        return [plain]
    readings = [plain]
    if not plain.isalpha():
        readings += unleet(plain) if any(c.isdigit() for c in plain) else ()
    readings += [one.removesuffix("nya") for one in readings if one.endswith("nya") and len(one) > 6]
    if not plain.isalpha():
        readings += [re.sub(r"\d+$", "", plain)] if re.search(r"[a-z]{3}\d+$", plain) else []
    if not plain.isascii():
        readings += _unspaced().findall(plain) if _is_unspaced(plain) else []
    return readings


def names(word: str, surface: str) -> frozenset[str]:
    """The classes that a reading of a surface is in; a short one of Vietnamese that without its accents is another word (`cuộc` is not `cược`) is in none."""
    if not surface.isascii() and len(word) <= _SHORT and word.isascii() and _VIETNAMESE.search(spelling := unicodedata.normalize("NFC", surface).casefold()) and spelling not in spelt():
        return frozenset()
    return lexicon().get(word, frozenset())


def _hides(surface: str, plain: str, ways: frozenset[str]) -> bool:
    """Whether letters out of the common are a disguise whatever the word is, and not a page's soft hyphens, or a name with a digit in it."""
    if "leet" in ways and _LEET.fullmatch(plain) and not _KEY.fullmatch(plain) and sum(map(str.isdigit, plain)) > 1:
        return True
    if "zero_width" in ways and any(c in JOINERS and c not in SILENT for c in surface):
        return True
    return not ways <= {"leet", "zero_width"}


def _word(kind: str, surface: str) -> Type:
    plain, ways = fold(surface)
    readings = readings_of(plain)
    spelling = "" if ways else surface
    found = frozenset().union(*(names(word, spelling) for word in readings))
    stem = any(map(has_stem, readings))
    looks = _looks(kind, _shape(surface), _script(plain), min(len(plain), 12) // 3)
    if not (found or stem or ways) and plain.isalpha():  # most words
        return Type(looks, plain[:20], ("capital",) if surface[0].isupper() else ())
    if not (stem or _hides(surface, plain, ways) or (found and "leet" in ways)):
        ways = frozenset()
    trade, game = not ALL_TRADES.isdisjoint(found), stem or not GAMES.isdisjoint(found)
    strong = stem and plain not in _WEAK
    attributes = []
    if not plain.isalpha():
        attributes += ["brand"] * bool(re.fullmatch(r"[a-z]{3,}\d{1,4}[a-z]?", plain) and "leet" not in ways)
        attributes += ["phone"] * bool(_PHONE.fullmatch(plain))
    classes = ["figure"] * plain[0].isdigit() + ["capital"] * surface[0].isupper()
    if ways:
        attributes += [*(f"way={way}" for way in sorted(ways)), "disguised"]
    if stem or found:
        attributes += [*["stem"] * stem, *["c=strong"] * strong, *(f"c={name}" for name in sorted(found)), *["c=game"] * game, *["c=trade"] * trade]
        classes += ["strong"] * strong + ["game"] * game + ["trade"] * (trade or stem) + [name for name in ("promo", "talk", "polite") if name in found]
    classes += ["disguised"] * bool(ways)
    return Type(looks + tuple(attributes), next(filter(lexicon().__contains__, readings), plain)[:20], tuple(classes))


def describe(kind: str, surface: str) -> Type:
    """What is known of a token of `kind` (see `words.cut`; `cut` marks where a window ends inside a text)."""
    if kind == "cut":
        return Type(("cut",), None, ())
    if kind == "line":
        return Type((f"line={min(surface.count(chr(10)), 3)}",), None, ("stop", "line"))
    if kind == "sign":
        return _sign(surface)
    if kind == "figure":
        return Type(("figure", f"shape={_shape(surface)}"), None, ("figure",))
    return _link(kind, surface) if kind in ("markup", "address") else _word(kind, surface)


def vocabulary(counted: Iterable[tuple[str, int]], words: frozenset[str], least: int) -> list[str]:
    """Attributes seen at least so often, in order; words only of the lexicon or of `words`."""
    return sorted(name for name, count in counted if count >= least and (not name.startswith("w=") or name[2:] in words or name[2:] in lexicon()))
