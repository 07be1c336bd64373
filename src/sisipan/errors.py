"""Errors that a user can mend: each says what was found, where, and the way out."""

from dataclasses import dataclass


class SisipanError(Exception):
    """The command could not run. Shown without a traceback; exit code 2.

    `below` holds lines of its own making to show under the message, such as a file to start from.
    """

    def __init__(self, message: object = "", below: tuple[str, ...] = ()):
        super().__init__(message)
        self.below = below


class AnchorError(SisipanError):
    """A quote could not be turned into offsets.

    `candidates` holds the `(start, end)` ranges, in code points, that came into question: several for an ambiguous
    quote, the nearest look-alikes for a missing one.
    """

    def __init__(self, message: str, candidates: tuple[tuple[int, int], ...] = ()):
        super().__init__(message)
        self.candidates = candidates


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file as such: the name of the check that documents it, place and wording."""

    kind: str
    line: int
    column: int
    message: str
