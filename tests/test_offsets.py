"""Code points, UTF-16 units, bytes, lines: against Python's own codecs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sisipan.offsets import from_code_points, line_column, line_starts, overlap, text_sha256, to_code_points

texts = st.text(alphabet=st.one_of(st.sampled_from("a é\n😀𝗦\u200bу"), st.characters(exclude_categories=("Cs",))), max_size=60)


def test_known_units() -> None:
    text = "é😀Jakarta"
    assert from_code_points(text, 2, 9, "utf-16") == (3, 10)
    assert from_code_points(text, 2, 9, "utf-8") == (6, 13)
    assert to_code_points(text, 3, 10, "utf-16") == (2, 9)
    assert to_code_points(text, 2, 10, "utf-16") is None  # in the middle of a surrogate pair


@given(texts, st.data())
def test_units_go_there_and_back(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for unit, encoding, width in (("utf-16", "utf-16-le", 2), ("utf-8", "utf-8", 1)):
        a, b = from_code_points(text, start, end, unit)
        assert text.encode(encoding)[a * width : b * width].decode(encoding) == text[start:end]
        assert to_code_points(text, a, b, unit) == (start, end)


@given(texts, st.data())
def test_line_and_column(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    line, column = line_column(line_starts(text), at)
    assert "\n".join(text.split("\n")[: line - 1]) + ("\n" if line > 1 else "") + text.split("\n")[line - 1][: column - 1] == text[:at]


def test_touching_spans_share_nothing() -> None:
    assert overlap(0, 5, 5, 9) == 0
    assert overlap(0, 6, 5, 9) == 1
    assert overlap(2, 3, 0, 9) == 1


def test_hash_is_of_utf8() -> None:
    assert text_sha256("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
