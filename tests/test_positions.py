"""Places of JSON values: against the standard parser, and on what is not JSON."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sisipan.positions import json_positions
from sisipan.store import parse_json

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=15,
)


def lookup(value: object, pointer: tuple) -> object:
    for key in pointer:
        value = value[key]
    return value


@given(values, st.sampled_from([None, 0, 2]), st.booleans())
def test_each_value_begins_where_it_says(value: object, indent: int | None, ascii_: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    positions = json_positions(text)
    assert positions.error is None and positions.duplicates == ()
    decoder = json.JSONDecoder()
    for pointer, at in positions.values.items():
        assert decoder.raw_decode(text, at)[0] == lookup(value, pointer)


@given(st.text(alphabet='{}[]",:0123 truefalsn\\e-.\n', max_size=30))
def test_agrees_with_the_standard_parser_on_what_is_json(text: str) -> None:
    try:
        json.loads(text, parse_constant=lambda name: 1 / 0)
        valid = True
    except (ValueError, ZeroDivisionError):
        valid = False
    assert (json_positions(text).error is None) == valid


@pytest.mark.parametrize(
    ("text", "kind", "line", "column"),
    [
        ('{"a": 1,\n "a": 2}', "duplicate-key", 2, 2),
        ('{"a": 1,\n "b": }', "json-syntax", 2, 7),
        ('{"label": 1, "l\\u0061bel": 2}', "duplicate-key", 1, 14),
        ('{"a": "' + "9" * 30 + '",\n "b": ' + "9" * 30 + "}", "json-syntax", 2, 7),
        ("", "json-syntax", 1, 1),
        ('{"a": ' + "9" * 10_000 + "}", "json-syntax", 1, 7),
        ('{"a": NaN}', "json-syntax", 1, 7),
        ("[" * 100_000, "json-syntax", 1, 65),
        ("[" * 100_000 + "]" * 100_000, "json-syntax", 1, 65),
        ('{"a": "\x01"}', "json-syntax", 1, 7),
    ],
)
def test_what_is_wrong_has_its_place(text: str, kind: str, line: int, column: int) -> None:
    value, problems = parse_json(text)
    assert value is None
    assert [(p.kind, p.line, p.column) for p in problems] == [(kind, line, column)]


def test_long_input_takes_linear_time() -> None:
    started = time.perf_counter()
    json_positions('{"a": "' + "\\n" * 2_000_000)
    assert time.perf_counter() - started < 20  # seconds; quadratic time would be hours
