"""Where each value of a JSON text begins, so that a finding can name its line and column.

The standard parser keeps no positions. This one keeps nothing else, is iterative (depth is no danger) and linear,
and stops at the first thing that is not JSON.
"""

import json
import re
from dataclasses import dataclass

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"')
_SCALAR = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?")

Pointer = tuple[str | int, ...]


@dataclass(frozen=True)
class Positions:
    """`values` maps a path of keys and indices to the offset at which its value begins.

    `duplicates` lists the offsets of keys that their object already had; `error` is the offset and the wording of
    the first thing that is not JSON, or None.
    """

    values: dict[Pointer, int]
    duplicates: tuple[tuple[int, str], ...]
    error: tuple[int, str] | None


def json_positions(text: str, max_depth: int = 64) -> Positions:
    """Positions of every value in `text`, offsets in code points."""
    values: dict[Pointer, int] = {}
    duplicates: list[tuple[int, str]] = []
    stack: list[tuple[str, Pointer, object]] = []

    def fail(offset: int, wording: str) -> Positions:
        return Positions(values, tuple(duplicates), (offset, wording))

    at = _SPACE.match(text).end()
    path: Pointer = ()
    expect_value = True
    while True:
        if expect_value:
            values[path] = at
            character = text[at : at + 1]
            if character in ("{", "["):
                if len(stack) >= max_depth:
                    return fail(at, f"nested deeper than {max_depth} levels")
                closing = "}" if character == "{" else "]"
                at = _SPACE.match(text, at + 1).end()
                if text[at : at + 1] == closing:
                    at += 1
                elif character == "[":
                    stack.append(("[", path, 0))
                    path = (*path, 0)
                    continue
                else:
                    stack.append(("{", path, set()))
                    expect_value = False
            else:
                match = _STRING.match(text, at) if character == '"' else _SCALAR.match(text, at)
                if match is None:
                    return fail(at, "expected a value")
                at = match.end()
        if not expect_value:
            _, parent, keys = stack[-1]
            match = _STRING.match(text, at)
            if match is None:
                return fail(at, "expected a key in double quotes")
            key = match.group()[1:-1]
            key = json.loads(match.group()) if "\\" in key else key
            if key in keys:
                duplicates.append((at, key))
            keys.add(key)
            path = (*parent, key)
            at = _SPACE.match(text, match.end()).end()
            if text[at : at + 1] != ":":
                return fail(at, "expected ':'")
            at = _SPACE.match(text, at + 1).end()
            expect_value = True
            continue
        while True:
            at = _SPACE.match(text, at).end()
            if not stack:
                return fail(at, "expected the end of the file") if at < len(text) else Positions(values, tuple(duplicates), None)
            kind, parent, state = stack[-1]
            character = text[at : at + 1]
            if character == ",":
                at = _SPACE.match(text, at + 1).end()
                if kind == "[":
                    stack[-1] = ("[", parent, state + 1)
                    path = (*parent, state + 1)
                else:
                    expect_value = False
                break
            if character == ("]" if kind == "[" else "}"):
                at += 1
                stack.pop()
                continue
            return fail(at, f"expected ',' or '{']' if kind == '[' else '}'}'")
