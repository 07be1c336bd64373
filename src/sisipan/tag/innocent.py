"""Words in which a stem of the trades stands by chance."""

from __future__ import annotations

import re
from functools import cache

from sisipan.tag.fold import fold
from sisipan.tag.lexicon import listed

_LONG = 40  # letters; no longer word is looked for

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
def stem_pattern() -> re.Pattern[str]:
    """The stems of the trades, folded, that may stand anywhere in a word."""
    return re.compile("|".join(fold(stem)[0] for stem in listed("stems")))


def has_stem(word: str) -> bool:
    """Whether a folded word holds a stem of the trades, and is no other word that happens to hold it."""
    return stem_pattern().search(word) is not None and not (len(word) <= _LONG and _innocent().fullmatch(word))
