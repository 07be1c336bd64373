"""The words that keyword filters for injected spam look for, and where a text has them.

Such a filter is what many use today; here it tells which clean text would fool it (hard negatives).
"""

from __future__ import annotations

import re

WORDS = (
    "togel|slot|casino|kasino|judi|judol|gacor|jackpot|poker|taruhan|bertaruh|bandar|parlay|maxwin|rtp|toto|domino|lotre|lotere|undian|bonus|deposit|depo|baccarat|rolet|roulette|sportsbook|"
    "pinjol|pinjaman|kasbon|obat kuat|viagra|cialis|joki|followers|pengikut|kripto|bitcoin|forex"
)
_KEYWORD = re.compile(rf"\b(?:{WORDS})(?:nya)?\b", re.IGNORECASE)


def keyword_hits(text: str) -> list[tuple[int, int]]:
    """Half-open ranges, in code points, of the keywords in `text`."""
    return [match.span() for match in _KEYWORD.finditer(text)]
