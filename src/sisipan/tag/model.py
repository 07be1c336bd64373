"""The model: a small convolutional network over tokens, read from one file without pickle, run by NumPy alone.

A token's vector is the sum of its attributes' vectors and a linear map of its company; residual blocks of convolutions over
three tokens with steps 1, 2, 4 (dilated convolutions: Yu and Koltun 2016) widen what it sees; one head gives the tags O, B, I, E, U
of spam regions, the other the trade. Tags are decoded by Viterbi under the rules of the scheme.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import numpy as np

from sisipan.errors import SisipanError
from sisipan.tag.company import FLAGS, WIDTH, Company
from sisipan.tag.features import BLOCK, CLASSES, Reading, Type, Types

TAGS = "OBIEU"
STEPS = (1, 2, 4)
ROWS = 32 * BLOCK
_O, _B, _I, _E, _U = range(len(TAGS))
_FAR = -1e4  # a greater loss than any row is
_LOOKS = 4  # rows from which is worked out what a path can gain


@dataclass(frozen=True)
class Model:
    """Weights by name, attributes in the order of their rows (from 1; row 0 is zero), trades in the order of the head, what the file says of itself."""

    weights: dict[str, np.ndarray]
    attributes: dict[str, int]
    trades: tuple[str, ...]
    card: dict[str, object]
    digest: str

    @cached_property
    def centred(self) -> dict[str, np.ndarray]:
        """Weights whose sums over outputs are zero wherever a layer norm follows: it takes the mean away anyhow, and so need not."""
        by_output = {"types": 1, "company.weight": 0, "company.bias": 0} | {f"blocks.{n}.{part}": 0 for n in range(len(STEPS)) for part in ("weight", "bias")}
        return self.weights | {name: self.weights[name] - self.weights[name].mean(axis, keepdims=True) for name, axis in by_output.items()}


def dump(weights: dict[str, np.ndarray], attributes: list[str], trades: list[str], card: dict[str, object]) -> bytes:
    """A model as the bytes of its file: an `npz` of half-precision weights and a JSON header. The same model gives the same bytes."""
    header = json.dumps({"attributes": attributes, "trades": trades, "card": card}, ensure_ascii=False, sort_keys=True).encode()
    buffer = io.BytesIO()
    np.savez_compressed(buffer, header=np.frombuffer(header, np.uint8), **{name: weights[name].astype(np.float16) for name in sorted(weights)})
    return buffer.getvalue()


def load(path: Path | None = None) -> Model:
    """The model of a file, or the one that ships with the package. Raises SisipanError where the file is no model."""
    source = Path(path) if path else files("sisipan.tag").joinpath("model.npz")
    try:
        data = source.read_bytes()
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            header = json.loads(stored["header"].tobytes())
            weights = {name: stored[name].astype(np.float32) for name in stored.files if name != "header"}
        if weights["company.weight"].shape[1] != WIDTH:
            raise ValueError("it was made for another version of the features")
        attributes = {name: number for number, name in enumerate(header["attributes"], start=1)}
        return Model(weights, attributes, tuple(header["trades"]), header["card"], hashlib.sha256(data).hexdigest())
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise SisipanError(f"{source}: not a model of the tagger ({(str(error) or type(error).__name__).splitlines()[0][:120]})") from None


def _norm(x: np.ndarray, weights: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Layer norm of rows whose mean is zero (see `Model.centred`) and the rectifier, in place."""
    x *= (1 / np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + np.float32(1e-5)))[:, None]
    x *= weights[f"{name}.weight"]
    x += weights[f"{name}.bias"]
    return np.maximum(x, 0, out=x)


def vector(model: Model, one: Type) -> np.ndarray:
    """The vector of a type: the sum of what the model knows of its attributes and classes."""
    names = [*one.attributes, *([f"w={one.word}"] if one.word else [])]
    rows = [model.attributes[name] for name in names if name in model.attributes]
    return model.centred["types"][rows].sum(0) + model.centred["company.weight"][:, FLAGS][:, [CLASSES.index(name) for name in one.classes]].sum(1)


def forward(model: Model, vectors: np.ndarray, company: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities of the tags (n, 5) and scores of the trades (n, trades; logarithms but for a sum that all share) for rows.

    `vectors` are those of their types, `company` is theirs as the first layer sees it; `inside` (n, 1) is 0 in gaps.
    """
    weights = model.centred
    h = vectors + company
    h += weights["company.bias"]
    h = _norm(h, weights, "first")
    h *= inside
    for number, step in enumerate(STEPS):
        kernel = weights[f"blocks.{number}.weight"]
        z = h @ kernel[:, :, 1].T
        z[step:] += (h @ kernel[:, :, 0].T)[:-step]
        z[:-step] += (h @ kernel[:, :, 2].T)[step:]
        z += weights[f"blocks.{number}.bias"]
        h += _norm(z, weights, f"norms.{number}")
        h *= inside
    return _log_softmax(h @ weights["tags.weight"].T + weights["tags.bias"]), h @ weights["trades.weight"].T + weights["trades.bias"]


def _log_softmax(x: np.ndarray) -> np.ndarray:
    x = x.T.copy()  # few columns: quicker as rows
    x -= x.max(0)
    x -= np.log(np.exp(x).sum(0))
    return x.T


def _together(scores: np.ndarray, window: np.ndarray) -> list[tuple[int, int]]:
    """Runs of two rows or more outside of which the best path is outside regions between any two rows; each within a window.

    By how much the best path up to a row that is inside a region after it can be better than the best one that is outside: no more than by what
    distinguishes going on here from ending here, or beginning from staying outside; and no more than by what that was a row before and the row's own gain.
    Likewise from the other side. Where both together are a loss, the best path is outside between the rows.
    """
    outside, begin, go_on, end, alone = scores.T
    stay = np.maximum(outside, alone)
    gain = np.maximum(np.maximum(begin, go_on), end) - stay
    before, after = np.maximum(go_on - end, begin - stay), np.maximum(go_on - begin, end - stay)
    for array in (gain, before, after):
        array[window < 0] = _FAR
    for _ in range(_LOOKS):
        before[1:] = np.minimum(before[1:], np.maximum(before[:-1], 0) + gain[1:])
        after[:-1] = np.minimum(after[:-1], np.maximum(after[1:], 0) + gain[:-1])
    linked = np.diff(np.concatenate([[0], (before[:-1] + after[1:] > -1e-3) & (window[:-1] == window[1:]) & (window[1:] >= 0), [0]]))
    return list(zip(np.flatnonzero(linked > 0).tolist(), (np.flatnonzero(linked < 0) + 1).tolist()))


_OUTSIDE = np.array([0.0] + [-1e9] * (len(TAGS) - 1), np.float32)  # between two runs


def _best(scores: np.ndarray) -> list[int]:
    """The best tags of a run of rows, outside regions before and after it (Viterbi).

    Between two tokens a path is either outside regions (after O, E, U; before O, B, U) or inside one, so two states are enough.
    """
    single = (scores[:, _U] > scores[:, _O]).tolist()
    stay = np.maximum(scores[:, _O], scores[:, _U]).tolist()
    begin, go_on, end = (scores[:, tag].tolist() for tag in (_B, _I, _E))
    outside, inside, closed, opened = 0.0, -math.inf, [], []
    for row, kept in enumerate(stay):
        leave, enter, kept, on = inside + end[row], outside + begin[row], outside + kept, inside + go_on[row]
        closed.append(leave > kept)  # came from inside to outside
        opened.append(enter >= on)  # came from outside to inside
        outside, inside = max(leave, kept), max(enter, on)
    tags, within = [], False
    for row in range(len(stay) - 1, -1, -1):
        if within:
            tags.append(_B if opened[row] else _I)
            within = not opened[row]
        else:
            tags.append(_E if closed[row] else _U if single[row] else _O)
            within = closed[row]
    return tags[::-1]


def decode(scores: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The best tags (n,) under the scheme, each window by itself."""
    out = np.where((scores[:, _U] > scores[:, _O]) & (window >= 0), _U, _O)
    if runs := _together(scores, window):
        apart = np.concatenate([np.append(np.arange(first, last), -1) for first, last in runs])
        out[apart[apart >= 0]] = np.array(_best(np.where(apart[:, None] < 0, _OUTSIDE, scores[apart])))[apart >= 0]
    return out


def judge(model: Model, reading: Reading, types: Types, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities of tags and scores of trades for every row of a reading; `vectors` are those of its types, by number.

    Some rows at a time, so that what is worked on stays in the processor's cache; a block more on either side, since rows see their neighbours.
    """
    n = len(reading.types)
    tags, trades = np.empty((n, len(TAGS)), np.float32), np.empty((n, len(model.trades)), np.float32)
    company = Company(reading, types.flags(reading.types)).through(model.centred["company.weight"])
    inside = (reading.window >= 0)[:, None].astype(np.float32)
    for start in range(0, n, ROWS):
        low, end = max(0, start - BLOCK), min(n, start + ROWS)
        high = min(n, end + BLOCK)
        by_tag, by_trade = forward(model, vectors[reading.types[low:high]], company(low, high), inside[low:high])
        tags[start:end], trades[start:end] = by_tag[start - low : end - low], by_trade[start - low : end - low]
    return tags, trades
