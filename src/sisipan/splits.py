"""Which split a new article goes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


def choose_split(event: str, articles: Sequence[Mapping[str, str]]) -> str:
    """The split of the event where it has one, else the one furthest below its share of `articles`.

    `articles` hold at least `event` and `split`. A split once given is frozen: this only serves new articles.
    """
    for article in articles:
        if article.get("event") == event and article.get("split") in SHARES:
            return article["split"]
    counts = Counter(article.get("split") for article in articles)
    total = len(articles) + 1
    return max(SHARES, key=lambda split: (SHARES[split] * total - counts[split], SHARES[split]))
