"""Words and sentences of Indonesian, as a reader would cut them; the Punkt model is plain JSON."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sisipan.segment import sentence_spans, word_spans


@pytest.mark.parametrize(
    "text",
    [
        "Prof. Dr. Ir. Sutrisno, M.Sc. hadir.|Ia pulang pukul 19.30 WIB.",
        "PT. Semen Indonesia Tbk. naik Rp. 1.200 per lembar.|Analis diam.",
        "Bobotnya susut 17 kg.|Istrinya, Yuliana, menunggu.",
        "Alamatnya Jl. Diponegoro No. 12, Kec. Sukajadi.|Telepon sudah mati.",
        "Menurut H. Abdul Moeloek, dr. Siti dan drh. Budi setuju.|Selesai.",
        '"Sudah selesai?"|Ia mengangguk.',
        "Skor 2-1.|Persib menang.|Namun pelatih kecewa.",
    ],
)
def test_sentences(text: str) -> None:
    whole = text.replace("|", " ")
    assert [whole[a:b] for a, b in sentence_spans(whole)] == text.split("|")


def test_words() -> None:
    text = "Rp1,5 triliun (12.500 jiwa), Jum'at pukul 19.30 di DemakRaya: 50%!"
    assert [text[a:b] for a, b in word_spans(text)] == ["Rp", "1,5", "triliun", "(", "12.500", "jiwa", ")", ",", "Jum'at", "pukul", "19.30", "di", "DemakRaya", ":", "50", "%", "!"]


@given(st.text(max_size=80))
def test_spans_are_in_order_trimmed_and_cover_everything_but_white_space(text: str) -> None:
    words = word_spans(text)
    assert all(a < b for a, b in words) and all(b <= c for (_, b), (c, _) in zip(words, words[1:]))
    assert "".join(text[a:b] for a, b in words) == "".join(c for c in text if not c.isspace())
    for a, b in sentence_spans(text):
        assert text[a:b] == text[a:b].strip() != "" and "\n" not in text[a:b]


def test_a_name_is_never_cut_and_the_model_is_plain() -> None:
    text = "Ia dirawat di RSUD dr. H. Abdul Moeloek. Sembuh."
    assert len(sentence_spans(text, [(14, 39)])) == 2
    model = json.loads(files("sisipan").joinpath("punkt-id.json").read_text("utf-8"))
    assert set(model) == {"abbreviations", "collocations", "sentence_starters", "orthographic_context"} and model["sentence_starters"]
