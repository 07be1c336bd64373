"""What a token proves by itself: stricter than what the network is told of it (see `features`), since here no context can put a mistake right.

A figure may be read as a word (`10` as `lo`), a trade's stem stand in another word (`judicial`, `specialist`, `gesloten`), a word of a trade be a
language's everyday one (`paris`, `machine`), or without its accents another word (`cuộc` as `cược`), letters have digits among them for their own reasons (`neo4j`, `md2json`), a
page have soft hyphens. A region is not given for these.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from sisipan.tag.features import TRADES, Type, readings_of, stem_pattern
from sisipan.tag.fold import JOINERS, fold
from sisipan.tag.lexicon import lexicon, listed, spelt

SHOWS = ("trade", "promo", "disguised", "hidden", "markup")  # what may show that a region is spam (see `tagger`)
_TELLS = frozenset(("trade", "promo", "disguised", "address", "hidden", "brand"))
_TRADES = frozenset(TRADES)
_WORDS = ("word", "spaced")
_SHORT, _LONG = 5, 40  # letters; no longer word is looked for among the innocent ones
_SILENT = "\u00ad\ufeff"  # soft hyphens, marks of byte order
_LEET = re.compile(r"[a-z013456789]{4,20}")  # letters, and digits for letters
_KEY = re.compile(r"[\da-f]+")  # a colour, a key

# Whole words, folded, that hold a stem and name no trade. Found in lists of the frequent words of forty languages; what follows a stem is spelt out, since spammers put
# any word behind it (`judicapsa`, `slottelkomsel`, `madridescort`).
_INNOCENT = (
    # judicial and its kin, prejudice, adjudicate, Jewish and Judith in many languages, Baltic and Slavic words (people, move), Swedish offers
    r"(?:pre|per|ad|extra|en|para|quasi)?judici(?:[aeiou][a-z]*|s|u|ls|ls)?|(?:pre|per|ad)judi(?:c[aeo]|qu)[a-z]*|judic(?:e|at|aire)[a-z]*",
    r"(?:nicht|anti)?judisch(?:e|er|em|en|es)?|judisk[aet]?|judist[aeuy]|judi(?:as?|os?|n|nn?a|nnen|nja|nha)|judit(?:h|hs|hin|a|e|os|y|ina)?|judika(?:t(?:ur|iv)[a-z]*|t|ty)?|prejudi(?:k|s|z)[a-z]*",
    r"ljudi[a-z]*|(?:er|in|for)?bjudits?|(?:pa|is|su|at)?judi(?:nti|mas|mo)|ajudi(?:n|s|nha)?|sajudi(?:s|o)?|tajudin|judoliit[a-z]*",
    # specialist, socialist, commercialise, potential
    r"[a-z]*(?:spe|so|szo|offi|ofi|com?mer|provin|presiden|poten|garan|existen|egzisz?ten|exponen|as?sisten|justi|artifi)cialis[a-z]*|racialis[tm][a-z]*",
    # Dutch closed and ditches, decisions, castles of the North, sloths, slots of time
    r"(?:[a-z]+ge|vastbe|be|ge|ont|om|af|aan|op|in|uit|bij)?sloten(?:heid|en|de)?|slotenmakers?|tenslotte|(?:an|be|ute|av|om|forbe)slot(?:s|et|en)?|[a-z]*slott(?:s|e|et|ets|en|ene)?",
    r"slotts?(?:park|gat|skog|tradgard|kyrk|back|bron|ruin|plass|fjell)[a-z]*|slot(?:fase|som|dag|klim|rit|akkoord|jes?|gracht|laan|feest|scene|concert|zin|etappe|minuut|avond|ronde|woord|pagina)",
    r"sloter(?:dijk|vaart|meer|plas|park)|(?:hang|tijd|ketting|kinder|alcohol|nacht|water|jacht|fiets|muider|cijfer)slot(?:en)?|(?:staats)?loterij|ausloten|auslosung(?:en)?|(?:un)?sloths?|slott(?:ed|ing)|time[_-]?slots?|islotes?",
    # to escort and be discourteous, to abet, an epoch of Swedish, to comb Turkish fields, a duke's, roofs
    r"(?:un|ge)?escort(?:a|ar|at|ats|ed|ee|er|ent|ing|ant|eren|eerde?)|descort[a-z]+|abetting|betting(?:en|er)|(?:tids)?epoker(?:na)?|(?:to)?parlay(?:an|ip|inca|arak)[a-z]*|hertogelijke?|stogeli[a-z]+",
    # acids
    r"\w*кислот\w*|числото|маслото",
)


@cache
def _innocent() -> re.Pattern[str]:
    return re.compile("|".join(_INNOCENT))


@cache
def _everyday() -> frozenset[str]:
    return frozenset(fold(word)[0] for word in listed("everyday"))


def _has_stem(word: str) -> bool:
    return stem_pattern().search(word) is not None and not (len(word) <= _LONG and _innocent().fullmatch(word))


def _names(word: str, surface: str) -> frozenset[str]:
    """The classes that a reading of a surface is in; in no trade are everyday words, and short ones that without their accents are another (`cuộc` is not `cược`)."""
    found = lexicon().get(word, frozenset())
    if word in _everyday() or (len(word) <= _SHORT and word.isascii() and not surface.isascii() and unicodedata.normalize("NFC", surface).casefold() not in spelt()):
        return found - _TRADES
    return found


def evidence(kind: str, surface: str, one: Type) -> frozenset[str]:
    """What a token of a kind and surface, which is described by `one`, proves: its classes and `brand`, without those that rest on what may well be innocent."""
    classes = frozenset((*one.classes, *(["brand"] if "brand" in one.attributes else [])))
    if classes.isdisjoint(("strong", "trade", "disguised")):
        return classes
    ways: frozenset[str] = frozenset()
    if kind in ("markup", "address"):
        spelling, plain = "", surface.lower()
        words = [*re.findall(r"[^\W\d_]{3,}", plain), *re.findall(r"[^\W_]{3,}", plain)]
    else:
        plain, ways = fold(surface)
        spelling, words = "" if ways else surface, readings_of(plain) if any(map(str.isalpha, plain)) else [plain]
    found = frozenset().union(*(_names(word, spelling) for word in words))
    if any(map(_has_stem, words)):
        return classes
    unproven = {"strong"} if not found.isdisjoint(_TRADES) else {"strong", "trade"}
    return classes - (unproven if _hides(surface, plain, ways) or (found and "leet" in ways) else {*unproven, "disguised"})


def _hides(surface: str, plain: str, ways: frozenset[str]) -> bool:
    """Whether letters out of the common are a disguise whatever the word is, and not a page's soft hyphens, or a name with a digit in it."""
    if "leet" in ways and _LEET.fullmatch(plain) and not _KEY.fullmatch(plain) and sum(map(str.isdigit, plain)) > 1:
        return True
    if "zero_width" in ways and any(c in JOINERS and c not in _SILENT for c in surface):
        return True
    return not ways <= {"leet", "zero_width"}


def telling(proven: frozenset[str]) -> int:
    """How much a token tells of spam by itself: 2 a word or an address of the trades that hardly stands elsewhere, 1 another word of theirs or of promotion, a disguised
    one, a brand's, another address, hidden markup. `proven` is its `evidence`."""
    return ("strong" in proven) + (not _TELLS.isdisjoint(proven))
