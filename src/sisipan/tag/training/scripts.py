"""Examples in other languages' letters: accented Latin, Cyrillic, Greek, Thai, Chinese, Japanese, Korean, Arabic, Hindi.

No text of those languages is used: a host's words become words of chance in the script, the same word the same each time; words of the lexicon mostly become
others of their class, where the lexicon has some in the script. What is left to learn from is layout, links, figures, disguise, and the classes of the lexicon's words.
"""

from __future__ import annotations

import random
import re
import unicodedata
from functools import cache

from sisipan.tag.features import TRADES
from sisipan.tag.fold import fold
from sisipan.tag.lexicon import classes, lexicon
from sisipan.tag.training.disguise import KEPT, OTHERS, VOWELS
from sisipan.tag.training.pieces import Example
from sisipan.tag.training.swaps import rewritten

_CYRILLIC, _GREEK, _ARABIC = "абвгдежзиклмнопрстуфхцчшыьюя", "αβγδεζηθικλμνξοπρστυφχψω", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_THAI, _HINDI = ("กขคงจชซดตถทนบปผพฟมยรลวสหอ", "าิีุูเแโไะั"), ("कखगघचजटडतदनपबमयरलवशसह", "ािीुूेो")
_ACCENTS = dict(zip("aeioucnszy", ("áàâãäăå", "éèêëęě", "íìîï", "óòôõöơø", "úùûüů", "çćč", "ñńň", "şšś", "žźż", "ýỳ")))
_SCRIPTS = ("accented",) * 6 + ("cyrillic",) * 3 + ("thai",) * 2 + ("arabic",) * 2 + ("greek", "han", "kana", "hangul", "hindi")
_UNSPACED = ("thai", "han", "kana")
_WORD = re.compile(r"[^\W\d_]+")
_KEPT = re.compile(rf"{KEPT}|\S*[@\d]\S*")
TRANSLATED = 0.5  # share in which the spam is in the script, too


def _script(word: str) -> str:
    name = unicodedata.name(word[0], "")
    for start, script in (("CYRILLIC", "cyrillic"), ("GREEK", "greek"), ("THAI", "thai"), ("ARABIC", "arabic"), ("CJK", "han"), ("HIRAGANA", "kana"), ("KATAKANA", "kana"), ("HANGUL", "hangul"), ("DEVANAGARI", "hindi")):
        if name.startswith(start):
            return script
    return "accented"


@cache
def _of_class() -> dict[tuple[str, str], tuple[str, ...]]:
    """The lexicon's words by class and script."""
    out: dict[tuple[str, str], list[str]] = {}
    for name, words in classes().items():
        for word in words:
            out.setdefault((name, _script(word)), []).append(word)
    return {key: tuple(words) for key, words in out.items()}


def _chance(word: str, script: str, rng: random.Random) -> str:
    """A word of chance in the script, about as long as `word` is."""
    size = len(word)
    if script in ("thai", "hindi"):
        consonants, vowels = _THAI if script == "thai" else _HINDI
        return "".join(rng.choice(vowels) if number % 2 else rng.choice(consonants) for number in range(size))
    if script == "han":
        return "".join(chr(rng.randrange(0x4E00, 0x8D00)) for _ in range(1 + size // 4))
    if script == "kana":
        return "".join(chr(rng.choice((rng.randrange(0x3042, 0x3090), rng.randrange(0x3042, 0x3090), rng.randrange(0x4E00, 0x8D00)))) for _ in range(1 + size // 2))
    if script == "hangul":
        return "".join(chr(rng.randrange(0xAC00, 0xD3A0)) for _ in range(1 + size // 3))
    out = "".join(rng.choice({"cyrillic": _CYRILLIC, "greek": _GREEK, "arabic": _ARABIC}[script]) for _ in range(size))
    return out.capitalize() if word[0].isupper() else out


def _accented(rng: random.Random) -> dict[int, str]:
    """A table that exchanges letters, vowels for vowels, some for accented ones."""
    mixed = rng.sample(VOWELS, len(VOWELS)) + rng.sample(OTHERS, len(OTHERS))
    turned = [rng.choice(_ACCENTS[new]) if new in _ACCENTS and rng.random() < 0.3 else new for new in mixed]
    return str.maketrans(VOWELS + OTHERS + (VOWELS + OTHERS).upper(), "".join(turned) + "".join(turned).upper())


def transcribed(example: Example, rng: random.Random) -> Example:
    """The example with its host's words in another script. Links, markup, figures stay; regions move along.

    In a share `TRANSLATED` of all its spam is in the script, too, where it stands on lines of its own: inside a line nobody could tell where it ends.
    """
    script, known = rng.choice(_SCRIPTS), {}
    lines = {(a, b) for a, b, _ in example.regions if (a == 0 or example.text[a - 1] == "\n") and example.text[b : b + 1] in ("", "\n")}
    translated = lines if rng.random() < TRANSLATED else set()
    table = _accented(rng) if script == "accented" else {}
    kept = [match.span() for match in _KEPT.finditer(example.text)]
    changes, last, at_kept = [], -1, 0
    for match in _WORD.finditer(example.text):
        start, end = match.span()
        while at_kept < len(kept) and kept[at_kept][1] <= start:
            at_kept += 1
        region = next(((a, b) for a, b, _ in example.regions if a < end and start < b), None)
        if (at_kept < len(kept) and kept[at_kept][0] < end) or not match.group().isascii() or (region and region not in translated):
            last = -1
            continue
        new = known.get(match.group())
        if new is None:
            new = known[match.group()] = _turned(match.group(), script, table, bool(region), rng)
        if script in _UNSPACED and last >= 0 and example.text[last:start] == " " and rng.random() < 0.9:
            changes.append((last, start, ""))
        changes.append((start, end, new))
        last = end
    return rewritten(example, changes)


def _turned(word: str, script: str, table: dict[int, str], spam: bool, rng: random.Random) -> str:
    names = sorted(lexicon().get(fold(word)[0], ()))
    name = next((name for name in names if name in TRADES), names[0] if names else None)
    if name:
        others = _of_class().get((name, script), ())
        if others and rng.random() < 0.8:
            return rng.choice(others)
        if name in TRADES and not spam and rng.random() < 0.5:
            return word  # a page may name a ware as it is named elsewhere
    return word.translate(table) if script == "accented" else _chance(word, script, rng)
