"""Words in which a stem of the trades stands by chance."""

from __future__ import annotations

import re
from functools import cache

from sisipan.tag.fold import fold
from sisipan.tag.lexicon import listed

_LONG = 40  # letters; no longer word is looked for
_PARTS = re.compile(r"['’_\d]+")

# Whole words, folded, in which a single stem stands that names no trade. Found in lists of the frequent words of forty languages. What stands before and after a stem is spelt
# out as far as can be, since spammers put any word there (`judicepat`, `slottelkomsel`, `madridescort`).
_INNOCENT = (
    # judicial and its kin, prejudice, adjudicate
    r"(?:extra|en|in|non|de|para|quasi)?judici(?:al(?:es|s|ly|i[sz][a-z]*|mente|ment|itz[a-z]*)?|a?ir[a-z]*|ar[a-z]*|ais|ous(?:ly|ness)?|eux|euses?|eusement|el[a-z]*|[esu]|ls)?",
    r"(?:un|re)?(?:pre|per|ad)judi(?:c(?:[aio][a-z]*|e[sd]?)|qu[a-z]*)|(?:pre|per)judi[ksz][a-z]*|judic(?:e|at(?:ur[aei]s?|ures?|ive|ory?)|aire)",
    # Jewish, Judith, the judiciary in many languages; Baltic and Slavic words (people, move); Swedish offers, sounds
    r"(?:nicht|anti|ost)?judisch(?:e|er|em|en|es)?|judisk[aet]?|judist[aeuy]|judi(?:as?|os?|n|nn?a|nnen|nja|nha)|judia(?:r|ria|d[ao]s?)|judit(?:h|hs|hin|a|e|os|y|ina)?|judika(?:t(?:ur|iv)[a-z]*|t|ty)?",
    r"ljudi[a-z]*|(?:er|in|for)?bjudits?|(?:pa|is|su|at)?judi(?:nti|mas|mo)|ajudi(?:n|s|nha)?|sajudi[os]?|tajudin|judoliit[a-z]*",
    # specialist, socialist, commercialise, potential, facial
    r"(?:e|ge|super|inter|multi|non|re|de|anti|eco|jong|vak|schoonheids|communicatie|nacional|national|nationaal|nazional)?"
    r"(?:spe|so|szo|offi|ofi|com?mer|provin|presiden|poten|garan|existen|egzisz?ten|exponen|as?sisten|justi|artifi|ju|finan|superfi|fa|gla|ra|mar)cialis[a-z]*",
    # Dutch closed and ditches, decisions, castles of the North, sloths, slots of time
    r"(?:[a-z]+ge|vastbe|be|ge|ont|om|af|aan|op|in|uit|bij)?sloten(?:heid|en|de)?|slotenmakers?|tenslotte|(?:an|be|ute|av|om|forbe)slot(?:s|et|en)?|(?:luft|sand|tris|hoppe|kungs|vatten|jakt)?slott(?:s|e|et|ets|en|ene)?",
    r"slotts?(?:park|gat|skog|tradgard|kyrk|back|bron|ruin|plass|fjell)[a-z]*|slot(?:fase|som|dag|klim|rit|akkoord|gracht|laan|feest|scene|concert|zin|etappe|minuut|avond|ronde|woord|pagina)",
    r"sloter(?:dijk|vaart|meer|plas|park)s?|(?:hang|tijd|ketting|kinder|alcohol|nacht|water|jacht|fiets|muider|cijfer)slot(?:en)?|staatsloterij|ausloten|(?:un)?sloths?|slott(?:ed|ing)|timeslots?|islotes?",
    # to escort and be discourteous, to abet, an epoch in the North, to shine and to tidy in Turkish, a duke's, roofs
    r"(?:un|ge)?escort(?:a|ar|at|ats|ed|ee|er|ent|ing|ant|eren|eerde?)|descort[a-z]+|abetting|bettinger|(?:tids)?epoker(?:na|ne)?|(?:to)?parlay(?:an(?:lar[a-z]*|in|dan)?|ip|inca|arak)|hertogelijke?|stogeli[a-z]+",
    # acids, and nouns of Bulgarian with their article
    r"\w*кислот\w*|(?:числ|масл|весл|кресл|ремесл|тегл)ото",
)


@cache
def _innocent() -> re.Pattern[str]:
    return re.compile("|".join(_INNOCENT))


@cache
def stem_pattern() -> re.Pattern[str]:
    """The stems of the trades, folded, that may stand anywhere in a word."""
    return re.compile("|".join(fold(stem)[0] for stem in listed("stems")))


def has_stem(word: str) -> bool:
    """Whether a folded word holds a stem of the trades, and is no other word that happens to hold it; what apostrophes, low lines and figures part is looked at by itself."""
    found = stem_pattern().search(word)
    if found is None:
        return False
    return not found[0].isalpha() or any(map(_tells, _PARTS.split(word)))


def _tells(part: str) -> bool:
    stems = stem_pattern().findall(part)
    return bool(stems) and not (len(stems) == 1 and len(part) <= _LONG and _innocent().fullmatch(part))
