"""Disguised letters and the words beneath them.

NFKC (Unicode Annex 15) undoes mathematical, full-width, circled and squared letters. What it leaves is folded by the
tables here: look-alikes from other scripts, small capitals, letters in negative squares, digits for letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CYRILLIC = str.maketrans("АВЕКМНОРСТХУІЈЅЗабекмнорстхуіјѕһԁԛԝѵгпиІЇї", "ABEKMHOPCTXYIJS3abekmhopctxyijshdqwvrnuIIi")
_GREEK = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεικνορτυχωγη", "ABEZHIKMNOPTYXabeikvoptuxwyn")
_SMALL = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢɑɡıɩɾʋᴑ", "abcdefghijklmnopqrstuvwyzagiiruo")
_BOXED = {0x1F170 + n: chr(97 + n) for n in range(26)} | {0x1F150 + n: chr(97 + n) for n in range(26)} | {0x1F1E6 + n: chr(97 + n) for n in range(26)}
_LEET = str.maketrans("0134578965", "oieastbgbs")
_LEET_L = str.maketrans("0134578965", "oleastbgbs")

JOINERS = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e"
SILENT = "\u00ad\ufeff"  # soft hyphens and marks of byte order, which pages have for their own reasons
_JOINERS = dict.fromkeys(map(ord, JOINERS))
_SEPARATED = re.compile(r"[^\W_](?:([ .\-_*·|/~])[^\W_])(?:\1[^\W_])*")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_OTHER = re.compile(r"[\u0370-\u052f]")


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> tuple[str, frozenset[str]]:
    """The word in small plain letters, and how it was disguised: any of zero_width, spacing, fancy, homoglyph, leet."""
    if word.isascii() and word.isalpha():
        return word.lower(), frozenset()
    ways = set()
    plain = word
    if not plain.isascii():
        shorn = plain.translate(_JOINERS)
        if shorn != plain and _LATIN.search(unicodedata.normalize("NFKC", shorn)):
            ways.add("zero_width")
        plain = unicodedata.normalize("NFKC", shorn.translate(_SMALL).translate(_BOXED))
        if plain != shorn and any(ord(c) > 0x2FF and unicodedata.normalize("NFKC", c.translate(_SMALL).translate(_BOXED)).isascii() for c in shorn):
            ways.add("fancy")
        if _OTHER.search(plain) and _LATIN.search(plain):
            turned = plain.translate(_CYRILLIC).translate(_GREEK)
            if not _OTHER.search(turned):
                plain = turned
                ways.add("homoglyph")
        if re.search("[\u0334-\u0338]", plain):
            ways.add("fancy")  # struck through
        plain = unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFKD", plain) if not 0x300 <= ord(c) <= 0x36F))
    if _SEPARATED.fullmatch(plain) and len(plain) >= 5:
        plain = plain[::2]
        ways.add("spacing")
    plain = plain.casefold() or word  # nothing but joiners stays what it is
    if _mixed(plain):
        ways.add("leet")
    if len(plain) < 3:
        ways = set()  # a letter by itself is mathematics, not a disguise
    return plain, frozenset(ways)


def _mixed(plain: str) -> bool:
    """A digit with letters on both sides, as in `g4c0r` and `t0g3l`; not `4d`, `gacor88`, `g20`."""
    return bool(re.search(r"[a-z][0-9][a-z]", plain)) and not re.search(r"\d{3}", plain) and plain.isalnum() and plain.isascii()


def unleet(plain: str) -> tuple[str, str]:
    """Both readings of a word with digits for letters: 1 as i and as l."""
    return plain.translate(_LEET), plain.translate(_LEET_L)
