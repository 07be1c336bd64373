"""What a check says: hits found in a value, findings with their place in a file, and how a check is declared."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

SEVERITIES = {"E": "error", "W": "warning", "I": "note"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the sources of an article: `part` is file, front, text or document.

    `at` is a path of keys and indices (front, document) or one code point (text) or line and column (file).
    """

    part: str
    at: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that a check found. `span` is what a person calls the span (`e7 41:55`), or None."""

    place: Place
    message: str
    span: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A hit with its check and its place in a file; lines and columns are counted from 1. `known` says that a baseline has it."""

    path: str
    line: int
    column: int
    code: str
    name: str
    severity: str
    article: str | None
    span: str | None
    message: str
    known: bool = False


@dataclass(frozen=True)
class Check:
    """A documented check: its code is never reused; `level` says what it is called with."""

    code: str
    name: str
    level: str
    run: Callable[[Any], Iterable[Hit]]

    @property
    def severity(self) -> str:
        return SEVERITIES[self.code[0]]

    @property
    def explanation(self) -> str:
        """Why it matters and what to do: the docstring of the function."""
        return inspect.cleandoc(self.run.__doc__ or "")


def check(code: str, name: str, level: str) -> Callable[[Callable[[Any], Iterator[Hit]]], Check]:
    """Declare the decorated generator a check."""
    return lambda run: Check(code, name, level, run)


def checks_in(namespace: dict[str, Any]) -> tuple[Check, ...]:
    """The checks defined in a module, by code."""
    return tuple(sorted((value for value in namespace.values() if isinstance(value, Check)), key=lambda c: c.code[1:]))
