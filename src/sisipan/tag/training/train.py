"""Training: examples in, the bytes of a model out. One thread of the processor, so that the same seed gives the same bytes on the same machine."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sisipan.errors import SisipanError
from sisipan.model import Article
from sisipan.tag.company import Company
from sisipan.tag.features import vocabulary
from sisipan.tag.first_look import windows
from sisipan.tag.fold import fold
from sisipan.tag.model import STEPS, dump
from sisipan.tag.reading import Types, read
from sisipan.tag.training.disguise import Region
from sisipan.tag.training.examples import examples
from sisipan.tag.training.pieces import without_regions
from sisipan.tag.viterbi import TAGS
from sisipan.tag.words import cut

Progress = Callable[[str, int, int], None]
LOOKS = ((80, 80), (100, 100), (150, 150), (350, 450))  # `reach` and `snap` of windows; each example is read with one of them, as the tagger widens what it reads


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. `rounds` examples of each article, `epochs` passes over them; `common` articles must hold a word that is no lexicon's.

    `teachers` networks of `wide` are trained from seeds of their own; one of `width` then learns from what is true and, by the share `taught`, from
    what the teachers think together (distillation: Hinton, Vinyals and Dean 2015): one small model that is nearly as good as all of them. It passes
    over the examples `taught_epochs` times, since a teacher's doubts keep it from learning them by heart.
    `least_hints` is that of `windows`: the model learns from more than the tagger will hand it.
    `without` names trades, forms and obfuscations that the model is not to see.
    """

    rounds: int = 20
    epochs: int = 5
    taught_epochs: int = 10
    seed: int = 3
    teachers: int = 4
    wide: int = 64
    width: int = 32
    taught: float = 0.7
    batch: int = 32
    rate: float = 3e-3
    dropout: float = 0.2
    lost_words: float = 0.4
    lost_attributes: float = 0.2
    decay: float = 0.01
    averaging: float = 0.998
    common: int = 8
    least: int = 10
    least_hints: int = 2
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Window:
    """Types (n,), company (n, features), tags (n,) and trades (n,; -1 outside regions) of a window."""

    types: np.ndarray
    around: np.ndarray
    tags: np.ndarray
    trades: np.ndarray


def tagged(starts: np.ndarray, ends: np.ndarray, regions: Sequence[Region], trades: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """BIOEU tags (numbers into `TAGS`) and trades of tokens; a token belongs to the region that it shares a code point with."""
    owner = np.full(len(starts), -1)
    for number, (start, end, _) in enumerate(regions):
        owner[(starts < end) & (ends > start)] = number
    before, after = np.append(-1, owner[:-1]) == owner, np.append(owner[1:], -1) == owner
    tags = np.select([owner < 0, before & after, before, after], [0, 2, 3, 1], 4)
    return tags, np.array([trades.index(regions[number][2]) if number >= 0 else -1 for number in owner.tolist()], np.int64)


def _windows(articles: Sequence[Article], recipe: Recipe, types: Types, trades: Sequence[str]) -> Iterator[_Window]:
    dice = random.Random(recipe.seed)
    for example in examples(articles, recipe.rounds, recipe.seed, recipe.without):
        reach, snap = dice.choice(LOOKS)
        reading = read([example.text], [windows(example.text, reach, snap, recipe.least_hints)], types)
        around = Company(reading, types.flags(reading.types)).rows(0, len(reading.types))
        for number in range(reading.window.max(initial=-1) + 1):
            rows = reading.window == number
            yield _Window(reading.types[rows], around[rows], *tagged(reading.starts[rows], reading.ends[rows], example.regions, trades))


def _attributes(windows: Sequence[_Window], types: Types, articles: Sequence[Article], recipe: Recipe) -> list[str]:
    """The attributes that the model knows: frequent ones; words of the lexicon, or of enough articles."""
    seen = Counter(plain for article in articles for plain in {fold(surface)[0] for _, surface, kind in cut(article.text) if kind == "word"})
    words = frozenset(word[:20] for word, count in seen.items() if count >= recipe.common)
    counts: Counter[str] = Counter()
    for number, count in Counter(np.concatenate([window.types for window in windows]).tolist()).items():
        one = types.known[number]
        counts.update({name: count for name in {*one.attributes, *([f"w={one.word}"] if one.word else [])}})
    return vocabulary(counts.items(), words, recipe.least)


def _network(width: int, dropout: float, attributes: int, around: int, trades: int) -> Any:
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.types = nn.EmbeddingBag(attributes + 1, width, mode="sum", padding_idx=0)
            nn.init.normal_(self.types.weight, std=0.1)
            self.company = nn.Linear(around, width)
            self.first = nn.LayerNorm(width)
            self.blocks = nn.ModuleList([nn.Conv1d(width, width, 3, padding=step, dilation=step) for step in STEPS])
            self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in STEPS])
            self.tags, self.trades = nn.Linear(width, len(TAGS)), nn.Linear(width, trades)
            self.drop = nn.Dropout(dropout)

        def forward(self, rows: Any, around: Any, inside: Any) -> tuple[Any, Any]:
            batch, length, most = rows.shape
            h = self.types(rows.reshape(batch * length, most)).reshape(batch, length, -1) + self.company(around)
            h = self.drop(self.first(h).relu()) * inside
            for block, norm in zip(self.blocks, self.norms):
                h = (h + self.drop(norm(block(h.transpose(1, 2)).transpose(1, 2)).relu())) * inside
            return self.tags(h), self.trades(h)

    return Network()


@dataclass(frozen=True, slots=True)
class _Lessons:
    """Windows, and of each type the rows of its attributes (types, most) and which of them are words."""

    windows: Sequence[_Window]
    table: np.ndarray
    is_word: np.ndarray


def _fit(lessons: _Lessons, network: Callable[[int], Any], width: int, recipe: Recipe, seed: int, thoughts: Sequence[np.ndarray] | None, progress: Callable[[int, int], None]) -> Any:
    """A network trained on the windows, with the mean of its weights over the later half of the steps. `thoughts` (n, tags) of each window are the teachers'."""
    import torch
    from torch.nn import functional

    torch.manual_seed(seed)
    rng, dice = random.Random(seed), np.random.default_rng(seed)
    model = network(width)
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    steps = recipe.epochs * -(-len(lessons.windows) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=steps + 1)
    mean = {name: value.clone() for name, value in model.state_dict().items()}
    model.train()
    step = 0
    for _ in range(recipe.epochs):
        for group in _batches(lessons.windows, recipe.batch, rng):
            rows, around, inside, tags, kinds = _padded([lessons.windows[number] for number in group], lessons, recipe, dice)
            by_tag, by_trade = model(*(torch.from_numpy(array) for array in (rows, around, inside)))
            by_tag, truth = by_tag.flatten(0, 1), torch.from_numpy(tags).flatten()
            loss = functional.cross_entropy(by_tag, truth, ignore_index=-1)
            if thoughts is not None:
                taught = torch.from_numpy(np.concatenate([thoughts[number] for number in group]))
                loss = (1 - recipe.taught) * loss + recipe.taught * functional.cross_entropy(by_tag[truth >= 0], taught)
            if (kinds >= 0).any():
                loss = loss + 0.1 * functional.cross_entropy(by_trade.flatten(0, 1), torch.from_numpy(kinds).flatten(), ignore_index=-1)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step * 2 >= steps:
                share = recipe.averaging if step * 2 >= steps + 2 else 0.0
                for name, value in model.state_dict().items():
                    mean[name].mul_(share).add_(value, alpha=1 - share)
            progress(step, steps)
    model.load_state_dict(mean)
    return model.eval()


def _thoughts(teachers: Sequence[Any], lessons: _Lessons, recipe: Recipe) -> list[np.ndarray]:
    """The mean probabilities (n, tags) that the teachers give the tags of each window, nothing forgotten."""
    import torch

    out: list[np.ndarray] = [np.empty(0)] * len(lessons.windows)
    known = replace(recipe, lost_words=0.0, lost_attributes=0.0)
    with torch.no_grad():
        for group in _batches(lessons.windows, recipe.batch, random.Random(0)):
            arrays = _padded([lessons.windows[number] for number in group], lessons, known, np.random.default_rng(0))[:3]
            tags = torch.stack([teacher(*map(torch.from_numpy, arrays))[0].softmax(-1) for teacher in teachers]).mean(0).numpy()
            for row, number in enumerate(group):
                out[number] = tags[row, : len(lessons.windows[number].tags)]
    return out


def train(articles: Sequence[Article], trades: Sequence[str], recipe: Recipe, card: dict[str, object], progress: Progress = lambda *_: None) -> bytes:
    """A model trained on the articles, as the bytes of its file. `card` is kept in it. Raises SisipanError without PyTorch."""
    try:
        import torch
    except ImportError:
        raise SisipanError("training needs PyTorch: pip install 'sisipan[train]'; tagging does not") from None
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    articles = [without_regions(article, recipe.without) for article in articles if article.text is not None]
    progress("making examples", 0, 0)
    types = Types()
    windows = list(_windows(articles, recipe, types, trades))
    names = _attributes(windows, types, articles, recipe)
    lessons = _Lessons(windows, *_table(types, {name: number for number, name in enumerate(names, start=1)}))

    def network(width: int) -> Any:
        return _network(width, recipe.dropout, len(names), windows[0].around.shape[1], len(trades))

    def fit(number: int, width: int, recipe: Recipe, thoughts: Sequence[np.ndarray] | None) -> Any:
        told = f"network {number + 1} of {recipe.teachers + 1}"
        return _fit(lessons, network, width, recipe, recipe.seed + number, thoughts, lambda step, steps: progress(told, step, steps))

    teachers = [fit(number, recipe.wide, recipe, None) for number in range(recipe.teachers)]
    taught = replace(recipe, epochs=recipe.taught_epochs) if teachers else recipe
    model = fit(recipe.teachers, recipe.width, taught, _thoughts(teachers, lessons, recipe) if teachers else None)
    weights = {name.replace("types.weight", "types"): value.numpy() for name, value in model.state_dict().items()}
    return dump(weights, names, list(trades), {**card, "windows": len(windows), "tokens": int(sum(len(window.types) for window in windows))})


def _table(types: Types, numbers: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of attributes of each type, padded with 0, and which of them are words."""
    rows = []
    for one in types.known:
        names = [numbers[name] for name in one.attributes if name in numbers]
        word = numbers.get(f"w={one.word}", 0) if one.word else 0
        rows.append(([word] if word else []) + names)
    table = np.zeros((len(rows), max(map(len, rows))), np.int64)
    for at, row in enumerate(rows):
        table[at, : len(row)] = row
    words = {number for name, number in numbers.items() if name.startswith("w=")}
    return table, np.isin(table, list(words))


def _batches(windows: Sequence[_Window], size: int, rng: random.Random) -> list[list[int]]:
    """Batches of windows of like length, by number, in an order of their own."""
    order = list(range(len(windows)))
    rng.shuffle(order)
    order.sort(key=lambda number: len(windows[number].tags) // 40)
    groups = [order[at : at + size] for at in range(0, len(order), size)]
    rng.shuffle(groups)
    return groups


def _padded(group: Sequence[_Window], lessons: _Lessons, recipe: Recipe, dice: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Arrays of a batch: attributes (some forgotten), company, what is inside, tags and trades (-1 where there is nothing to learn)."""
    most = lessons.table.shape[1]
    shape = (len(group), max(len(window.tags) for window in group))
    rows, around = np.zeros((*shape, most), np.int64), np.zeros((*shape, group[0].around.shape[1]), np.float32)
    inside, tags, trades = np.zeros((*shape, 1), np.float32), np.full(shape, -1), np.full(shape, -1)
    for at, window in enumerate(group):
        size = len(window.tags)
        forgotten = dice.random((size, most)) < np.where(lessons.is_word[window.types], recipe.lost_words, recipe.lost_attributes)
        rows[at, :size] = np.where(forgotten, 0, lessons.table[window.types])
        around[at, :size], inside[at, :size], tags[at, :size], trades[at, :size] = window.around, 1, window.tags, window.trades
    return rows, around, inside, tags, trades
