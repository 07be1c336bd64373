"""Letters disguised as spammers disguise them, and a host's words made unknown."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from sisipan.offsets import merged

Region = tuple[int, int, str]

VOWELS, OTHERS = "aeiou", "bcdfghjklmnprstvwyz"
KEPT = r"<[^<>]*>|\[/?url[^\]]*\]|\w+://\S+|\S+\.\w{2,}/?\S*"  # markup and addresses stay as they are

_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_CYRILLIC = str.maketrans("aeopcxyiAEOPCXTHKMB", "аеорсхуіАЕОРСХТНКМВ")
_STYLES = (0x1D400, 0x1D434, 0x1D468, 0x1D4D0, 0x1D56C, 0x1D5A0, 0x1D5D4, 0x1D608, 0x1D63C, 0x1D670)
_SMALL = dict(zip("abcdefghijklmnopqrstuvwxyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡxʏᴢ"))


def _styled(text: str, base: int) -> str:
    return "".join(chr(base + ord(c) - 65) if "A" <= c <= "Z" else chr(base + 26 + ord(c) - 97) if "a" <= c <= "z" else c for c in text)


def _spaced(text: str, sign: str) -> str:
    return ("  " if sign == " " else " ").join(sign.join(word) if len(word) > 2 and word.isalpha() else word for word in text.split(" "))


_WAYS = {
    "leet": ("leet", "leet"),
    "fancy_unicode": ("fancy", "fancy", "wide", "small", "boxed", "struck"),
    "spacing": ("spaced", "spaced"),
    "homoglyph": ("look-alike",),
    "zero_width": ("zero-width",),
    "emoji": ("emoji",),
}


def disguised(text: str, rng: random.Random, without: Sequence[str] = ()) -> str:
    """The text with its letters disguised in one way, whole or in some words; not as an obfuscation of `without` does it."""
    way = rng.choice([way for name, ways in _WAYS.items() if name not in without for way in ways])
    share = rng.choice((1.0, 1.0, 0.5))

    def word(one: str) -> str:
        if rng.random() > share or one.startswith(("http", "www", "<")) or "." in one[1:-1]:
            return one
        if way == "leet":
            return "".join(c.translate(_LEET) if rng.random() < 0.7 else c for c in one)
        if way == "wide":
            return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in one)
        if way == "small":
            return "".join(_SMALL.get(c.lower(), c) for c in one)
        if way == "boxed":
            base = (0x1F130, 0x1F150, 0x1F170, 0x24B6)[style % 4]
            return "".join(chr(base + ord(c.upper()) - 65) if c.isascii() and c.isalpha() else c for c in one)
        if way == "look-alike":
            return "".join(c.translate(_CYRILLIC) if rng.random() < 0.8 else c for c in one)
        if way == "zero-width":
            at = rng.randrange(1, max(2, len(one)))
            return one if len(one) < 3 else one[:at] + rng.choice("\u200b\u200c\u200d\u2060") + one[at:]
        if way == "struck":
            return "".join(c + "\u0336" if c.isalpha() else c for c in one)
        return one

    style = rng.randrange(8)
    if way == "spaced":
        return _spaced(text, rng.choice((" ", " ", " ", ".", "-")))
    if way == "fancy":
        base = rng.choice(_STYLES)
        return re.sub(r"\S+", lambda m: _styled(m.group(), base) if rng.random() <= share else m.group(), text)
    if way == "emoji":
        fence = "".join(rng.choice("🎰🔥💰🍒💎🎲⚡🏆💯🐉🎁👑✨🚀") for _ in range(rng.randrange(1, 3)))
        return f"{fence} {text} {fence}" if rng.random() < 0.7 else f"{fence}{text}"
    return re.sub(r"\S+", lambda m: word(m.group()), text)


def scrambled(text: str, regions: Sequence[Region], rng: random.Random) -> str:
    """The host's words in letters exchanged one for one (vowels for vowels), so that no host word is known; regions and lengths stay."""
    vowels, others = list(VOWELS), list(OTHERS)
    rng.shuffle(vowels), rng.shuffle(others)
    new = "".join(vowels + others)
    table = str.maketrans(VOWELS + OTHERS + (VOWELS + OTHERS).upper(), new + new.upper())
    kept = [match.span() for match in re.finditer(KEPT, text)]
    out, at = [], 0
    for start, end in merged([*kept, *((start, end) for start, end, _ in regions)]):
        out += [text[at:start].translate(table), text[start:end]]
        at = end
    return "".join([*out, text[at:].translate(table)])
