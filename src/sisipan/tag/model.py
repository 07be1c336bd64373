"""The model: a small convolutional network over tokens, read from one file without pickle, run by NumPy alone.

A token's vector is the sum of its attributes' vectors and a linear map of its company; residual blocks of convolutions over
three tokens with steps 1, 2, 4 (dilated convolutions: Yu and Koltun 2016) widen what it sees; one head gives the tags O, B, I, E, U
of spam regions, the other the trade.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from itertools import chain
from pathlib import Path

import numpy as np

from sisipan.errors import SisipanError
from sisipan.tag.company import FLAGS, WIDTH, Company
from sisipan.tag.features import CLASSES, Type
from sisipan.tag.reading import BLOCK, Reading, Types
from sisipan.tag.viterbi import TAGS

STEPS = (1, 2, 4)
ROWS = 128 * BLOCK


@dataclass(frozen=True)
class Model:
    """Weights by name, attributes in the order of their rows (from 1; row 0 is for none), trades in the order of the head, what the file says of itself."""

    weights: dict[str, np.ndarray]
    attributes: dict[str, int]
    trades: tuple[str, ...]
    card: dict[str, object]
    digest: str

    @cached_property
    def centred(self) -> dict[str, np.ndarray]:
        """Weights whose sums over outputs are zero wherever a layer norm follows: it takes the mean away anyhow, and so need not."""
        by_output = {"types": 1, "company.weight": 0, "company.bias": 0} | {f"blocks.{n}.{part}": 0 for n in range(len(STEPS)) for part in ("weight", "bias")}
        out = self.weights | {name: self.weights[name] - self.weights[name].mean(axis, keepdims=True) for name, axis in by_output.items()}
        out["types"][0] = 0  # stands for no attribute
        return out

    @cached_property
    def blockwise(self) -> dict[str, np.ndarray]:
        """What is the same for all rows, once for each row of a block: NumPy works on few long rows more quickly than on many short ones."""
        return {name: np.tile(value, BLOCK) for name, value in self.centred.items() if value.ndim == 1}


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


def _norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Layer norm of rows whose mean is zero (see `Model.centred`) and the rectifier, in place; see `Model.blockwise`."""
    x *= (1 / np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + np.float32(1e-5)))[:, None]
    blocks = x.reshape(-1, len(weight))
    blocks *= weight
    blocks += bias
    np.maximum(blocks, np.zeros_like(bias), out=blocks)
    return x


def vectors(model: Model, types: Sequence[Type]) -> np.ndarray:
    """The vectors of types, (n, width): of each the sum of what the model knows of its attributes, its word and its classes. Many share all but the word."""
    weights, known = model.centred, model.attributes
    shared: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    of = [shared.setdefault((one.attributes, one.classes), len(shared)) for one in types]
    rows = [[0, *(known[name] for name in attributes if name in known)] for attributes, _ in shared]
    classes = np.array([[name in some for name in CLASSES] for _, some in shared], np.float32).reshape(-1, len(CLASSES))
    sums = np.add.reduceat(weights["types"][list(chain.from_iterable(rows))], np.cumsum([0, *map(len, rows)])[:-1])
    sums += classes @ weights["company.weight"][:, FLAGS].T + weights["company.bias"]
    return sums[of] + weights["types"][[known.get(f"w={one.word}", 0) if one.word else 0 for one in types]]


def forward(model: Model, vectors: np.ndarray, company: np.ndarray, gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities of the tags (n, 5) for whole blocks of rows, and what the last layer knows of them (n, width).

    `vectors` are those of their types, `company` is theirs as the first layer sees it; `gaps` are the numbers of those that are in gaps.
    """
    weights, blockwise = model.centred, model.blockwise
    h = _norm(vectors + company, blockwise["first.weight"], blockwise["first.bias"])
    h[gaps] = 0
    z, shifted = np.empty_like(h), np.empty_like(h)
    for number, step in enumerate(STEPS):
        before, at, after = weights[f"blocks.{number}.weight"].transpose(2, 1, 0)
        np.matmul(h, at, out=z)
        z[step:] += np.matmul(h, before, out=shifted)[:-step]
        z[:-step] += np.matmul(h, after, out=shifted)[step:]
        z.reshape(-1, len(blockwise["first.bias"]))[:] += blockwise[f"blocks.{number}.bias"]
        h += _norm(z, blockwise[f"norms.{number}.weight"], blockwise[f"norms.{number}.bias"])
        h[gaps] = 0
    return _log_softmax(h @ weights["tags.weight"].T + weights["tags.bias"]), h


def trades(model: Model, hidden: np.ndarray) -> np.ndarray:
    """Scores of the trades (n, trades), logarithms but for a sum that all share, from what the last layer knows of rows (n, width)."""
    return hidden @ model.weights["trades.weight"].T + model.weights["trades.bias"]


def _log_softmax(x: np.ndarray) -> np.ndarray:
    x = x.T.copy()  # few columns: quicker as rows
    x -= x.max(0)
    x -= np.log(np.exp(x).sum(0))
    return x.T


def judge(model: Model, reading: Reading, types: Types, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities of tags and what the last layer knows, for every row of a reading; `vectors` are those of its types, by number.

    Some rows at a time, so that what is worked on stays in the processor's cache; a block more on either side, since rows see their neighbours.
    """
    n = len(reading.types)
    tags, hidden = np.empty((n, len(TAGS)), np.float32), np.empty((n, vectors.shape[1]), np.float32)
    company = Company(reading, types.flags(reading.types)).through(model.centred["company.weight"])
    gap = reading.window < 0
    for start in range(0, n, ROWS):
        low, end = max(0, start - BLOCK), min(n, start + ROWS)
        high = min(n, end + BLOCK)
        by_tag, known = forward(model, vectors[reading.types[low:high]], company(low, high), np.flatnonzero(gap[low:high]))
        tags[start:end], hidden[start:end] = by_tag[start - low : end - low], known[start - low : end - low]
    return tags, hidden
