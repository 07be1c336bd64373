"""The trade of a region: what its words name, and what the network thinks between equals."""

from __future__ import annotations

import numpy as np
import pytest
from pages import HOST, TAIL

from sisipan.tag import Tagger
from sisipan.tag import model as network
from sisipan.tag.features import GAMES

NAMED = {
    "togel": "prediksi togel hongkong 4d, keluaran togel sgp hari ini",
    "slot": "s1tus sl0t g4c0r, sl0t maxwin terpercaya",
    "sportsbook": "agen taruhan bola, mix parlay terpercaya",
    "poker": "poker online domino qq terpercaya, daftar pokerqq",
    "casino": "live casino baccarat roulette terpercaya, daftar casino",
    "loan": "pinjol cair cepat tanpa jaminan, pinjaman online langsung cair",
    "pharma": "obat kuat viagra cialis asli, jual obat kuat tahan lama",
    "academic_service": "jasa skripsi tesis cepat, joki skripsi lulus turnitin",
    "followers": "jual followers instagram murah, beli followers dan like",
    "adult": "bokep viral terbaru, video bugil, streaming bokep",
    "crypto": "robot trading bitcoin cuan, profit crypto tiap hari",
}


@pytest.mark.parametrize("trade", NAMED)
def test_the_trade_is_the_one_that_most_words_name(trade: str) -> None:
    text = f"{HOST}{NAMED[trade]}{TAIL}"
    assert {one.label for one in Tagger(0.3).tag(text) if text[one.start : one.end] in NAMED[trade]} == {trade}


@pytest.mark.parametrize(("words", "trade"), [("togel togel slot", "togel"), ("togel slot", "slot"), ("judi", "poker"), ("judi pinjol pinjol", "loan"), ("warga pulang", "crypto")])
def test_the_network_decides_between_trades_that_words_name_equally_often(words: str, trade: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, likely = Tagger(), {"crypto": 4, "poker": 3, "slot": 2, "togel": 1}
    types = np.array([ours._types.number("word", word) for word in words.split()])
    monkeypatch.setattr(network, "trades", lambda model, hidden: np.array([[likely.get(name, 0) for name in model.trades]] * len(hidden), np.float32))
    assert ours._trades(types, np.zeros((len(types), 32)), np.array([0]), np.array([len(types)])) == [trade]


def test_words_of_gambling_at_large_stand_for_any_game_and_no_other_trade() -> None:
    text, games = f"{HOST}situs judi online terpercaya, agen judi terbaik, daftar judi online", GAMES - {"gamble"}
    assert [one.label in games for one in Tagger(0.3).tag(text)] == [True]
    assert [one.label for one in Tagger(0.3).tag(f"{text}, judi poker")] == ["poker"]
    assert [one.label in games for one in Tagger(0.3).tag(f"{text}, pinjaman")] == [True]  # three words of gambling against one of loans


def test_the_network_knows_trades_of_its_own() -> None:
    ours, right = Tagger(0.3), 0
    ours._votes = np.zeros_like(ours._votes)
    for trade, words in NAMED.items():
        text = f"{HOST}{words}{TAIL}"
        right += {one.label for one in ours.tag(text) if text[one.start : one.end] in words} == {trade}
    assert right > len(NAMED) / 2
