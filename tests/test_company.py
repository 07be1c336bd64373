"""Company: every column against a plain count, and a layer's part of it against the product."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sisipan.tag.company import FLAGS, NEAR, WIDTH, Company
from sisipan.tag.features import CLASSES
from sisipan.tag.first_look import windows
from sisipan.tag.reading import GAP, Reading, Types, read

HOST = "Rapat desa membahas jalan yang rusak. Warga setuju, lalu pulang.\n"
TEXTS = [
    "Daftar slot gacor. Polisi menangkap bandar togel!\nslot https://x.example 88 " + "kata " * 400 + "poker, kartu. Beres!\nslot",
    HOST + "togel sgp hari ini",
    "Polisi. Judi!\nBandar togel. " * 9,
    "gacor " * 700,  # more of a class in a sentence than a byte counts
]


def reading_of(texts: list[str]) -> tuple[Reading, np.ndarray]:
    types = Types()
    reading = read(texts, [windows(text) for text in texts], types)
    return reading, types.flags(reading.types)


def plain(reading: Reading, flags: np.ndarray, at: int) -> list[float]:
    """The company of a row, counted one by one."""
    window = [n for n in range(len(flags)) if reading.window[n] == reading.window[at]]
    out = []
    for radius in NEAR:
        out += [math.sqrt(v) for v in flags[[n for n in window if abs(n - at) <= radius]].sum(0)]
    units = []
    for ending in ("line", "stop"):
        marks, first = [n for n in window if flags[n, CLASSES.index(ending)]], window[0]
        first = max([n + 1 for n in marks if n < at], default=first)
        last = min([n for n in marks if n >= at], default=window[-1])
        out += [math.sqrt(min(at - first, 8) / 4), math.sqrt(min(last - at, 8) / 4)]
        units.append(list(range(first, last + 1)))
    for unit in [*units, window]:
        counts = flags[unit].sum(0)
        out += [math.log(1 + v) for v in [*counts, *(counts * 3 / len(unit)), len(unit) / 4]]
    size, counts = int(reading.sizes[reading.text[at]]), flags[(reading.text == reading.text[at]) & (reading.window >= 0)].sum(0)
    out += [math.log(1 + v) for v in [*counts, *(counts * 1000 / max(size, 300))]] + [math.log(size + 1) / 8]
    return [*out, *flags[at]]


def test_company_is_what_a_plain_count_gives() -> None:
    reading, flags = reading_of(TEXTS)
    found = Company(reading, flags).rows(0, len(flags))
    assert found.shape == (len(reading.window), WIDTH) and not found[reading.window < 0].any() and len(reading.window) % 64 == 0
    assert (np.diff(np.flatnonzero(reading.window == 0)) == 1).all() and reading.window[:GAP].tolist() == [-1] * GAP and reading.window.max() == 4
    for at in np.flatnonzero(reading.window >= 0).tolist():
        assert found[at].tolist() == pytest.approx(plain(reading, flags, at), abs=1e-4), at


def test_a_part_of_the_rows_is_that_part_of_all() -> None:
    reading, flags = reading_of(TEXTS)
    company = Company(reading, flags)
    np.testing.assert_allclose(company.rows(64, 128), company.rows(0, len(flags))[64:128], atol=1e-6)


def test_company_through_a_layer_is_company_times_its_weights() -> None:
    reading, flags = reading_of(TEXTS * 3)
    inside = reading.window >= 0
    company, weight = Company(reading, flags), np.random.default_rng(1).normal(size=(7, WIDTH)).astype(np.float32)
    for low, high in ((0, len(flags)), (64, 128)):
        through = company.through(weight)(low, high) + flags[low:high] @ weight[:, FLAGS].T
        np.testing.assert_allclose(through[inside[low:high]], (company.rows(low, high) @ weight.T)[inside[low:high]], rtol=1e-3, atol=1e-3)
