"""Front matter: flat YAML, every scalar a string or null.

Nearly all of it is lines of `key: value`, each value on its line; those are read without the parser, which is slow. What is written in any
other way is left to it; a test holds the two equal.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from sisipan.errors import Problem

Front = tuple[dict[str, Any], dict[str, tuple[int, int]], tuple[Problem, ...]]

_SIGN = r"[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"  # printable, and no end of a line
_PLAIN = rf"""(?![-?:,\[\]{{}}#&*!|>'"%@` ])(?:(?!: | \#){_SIGN})+(?<![: ])"""
_QUOTED = rf"""'(?:(?!'){_SIGN})*'|"(?:(?!["\\]){_SIGN})*\""""
_ITEM = r"[^\W\d_][\w .+-]*\w"
_LINE = re.compile(rf"(?P<key>(?!null:)[a-z][a-z0-9_]{{0,60}}): (?:(?P<plain>{_PLAIN})|(?P<quoted>{_QUOTED})|\[(?P<items>(?:{_ITEM}(?:, {_ITEM})*)?)\])")


def _word(word: str) -> str | None:
    return None if word in ("~", "null") else word


def quick_lines(raw: str) -> Front | None:
    """What `parsed` says, read line by line; None where it must be asked."""
    lines = raw.split("\n")
    values: dict[str, Any] = {}
    places: dict[str, tuple[int, int]] = {}
    if lines.pop() or not lines:
        return None
    for number, line in enumerate(lines, 2):
        match = _LINE.fullmatch(line)
        if match is None or match["key"] in values:
            return None
        key, plain, quoted, items = match.groups()
        if plain is not None:
            values[key] = _word(plain)
        elif quoted is not None:
            values[key] = quoted[1:-1]
        else:
            values[key] = [_word(item) for item in items.split(", ")] if items else []
        places[key] = number, 1
    return values, places, ()


def _plain(node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return None if node.style is None and node.value in ("", "~", "null") else node.value
    if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return [_plain(item) for item in node.value]
    raise yaml.MarkedYAMLError(problem="only plain values and lists of them are allowed here", problem_mark=node.start_mark)


def parsed(raw: str) -> Front:
    """Values and places of a front matter, as the parser of YAML reads it."""
    values: dict[str, Any] = {}
    places: dict[str, tuple[int, int]] = {}
    try:
        root = yaml.compose(raw, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.MappingNode):
            return {}, {}, (Problem("front-matter", 2, 1, "expected lines of the form key: value"),)
        duplicates = []
        for key, value in root.value:
            place = (key.start_mark.line + 2, key.start_mark.column + 1)
            name = _plain(key)
            if not isinstance(name, str):
                raise yaml.MarkedYAMLError(problem="a key must be a plain word", problem_mark=key.start_mark)
            if name in values:
                duplicates.append(Problem("duplicate-key", *place, f"the key {name!r} stands twice; keep one"))
            values[name], places[name] = _plain(value), place
        return values, places, tuple(duplicates)
    except RecursionError:
        return {}, {}, (Problem("front-matter", 2, 1, "nested too deeply; expected lines of the form key: value"),)
    except yaml.MarkedYAMLError as error:
        opened = error.context_mark if re.search("simple key|flow", error.context or "") else None  # what was begun there was never ended
        mark = opened or error.problem_mark or error.context_mark
        line, column = (mark.line + 2, mark.column + 1) if mark else (2, 1)
        return {}, {}, (Problem("front-matter", line, column, f"{error.problem or 'not YAML'}; quote values that hold ': ' or '#'"),)
    except yaml.YAMLError as error:
        return {}, {}, (Problem("front-matter", 2, 1, f"not YAML: {str(error).splitlines()[0]}"),)


def read_front_matter(raw: str) -> Front:
    """Values of a front matter, their places (line and column in the file, whose first line is `---`), and what is wrong with it."""
    return quick_lines(raw) or parsed(raw)
