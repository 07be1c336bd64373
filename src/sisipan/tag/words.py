"""The tokens that the tagger reads: words, signs, tags of markup, addresses, line ends, with offsets in code points.

Disguised words stay whole: `s l o t`, `s.l.o.t` and a word with invisible joiners are one token each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sisipan.tag.fold import JOINERS
from sisipan.tag.source import LONGEST

_LETTER = r"[^\W_]"
# vowels and tones of Thai, Hindi, Arabic, Balinese are no letters to `re`; marks put on symbols are left out
MARKS = "".join(chr(code) for code in range(0x483, 0xAC00) if unicodedata.category(chr(code)) in ("Mn", "Mc") and not 0x20D0 <= code <= 0x20FF)
_ENDS = (
    "example|test|invalid|com|net|org|info|biz|id|co|io|me|my|sg|us|uk|ru|cn|jp|de|fr|es|it|nl|br|pt|pl|tr|vn|th|ph|in|kr|tw|hk|eu|au|ca|cc|tv|to|ly|gg|ws|pw|su|la|"
    "xyz|online|site|club|top|vip|live|fun|link|pro|asia|win|bet|casino|poker|shop|store|app|dev|space|icu|website|mobi|blog|page|today|life|world|monster|click|cfd|sbs|lol|edu|gov|mil|int"
)
_ENCLOSED = "\u24b6-\u24e9\u2460-\u2473\u2776-\u277f\U0001f110-\U0001f189\U0001f1e6-\U0001f1ff"  # letters and figures in circles and boxes
_BLANKS = 32  # before the end of a line that are its part; without a bound a long run of them would be gone through from each of its places
_TAGS = "url|b|i|u|img|color|size|center|left|quote|list"
_REST = r"(?:[^\s<>\"'\])|]{0,400}[^\s<>\"'\])|.,;:!?])?"
# most tokens are plain words and the points between them, which what follows tells from every other kind: looked for first, with the blank behind them
_PLAIN = r"(?P<plain>[A-Za-z]{2,64}+(?: (?!\s)|(?=[ \n,;!?)]|\.(?:\s|\Z))))|(?P<point>[.,;:!?](?: (?!\s)|(?=\s)))"
_ANY = (
    rf"(?P<markup><[!/A-Za-z](?:[^<>]{{0,600}}+|(?=[^<>=]{{0,300}}+=\s?[\"'])[^<>]{{0,{LONGEST}}}+)>|\[/?(?:{_TAGS})\b[^\[\]]{{0,300}}\]|&(?:[a-z]{{2,8}}|\#\d{{2,5}});)"
    rf"|(?P<address>(?:https?|hxxps?|ftp)://{_REST}|(?:www\.|wa\.me/|t\.me/)[^\W_]{_REST}|@[A-Za-z][\w.]{{2,40}}|"
    rf"{_LETTER}[\w-]{{0,60}}+(?:\.[\w-]{{1,60}}+){{0,4}}\.(?:{_ENDS})(?![\w-])(?:/{_REST})?)"
    r"|(?P<figure>\d{1,40}+(?:[.,:]\d{1,40}+){1,20}(?!\w))"
    rf"|(?P<spaced>(?<!{_LETTER})(?=[^\d\s])(?P<first>{_LETTER})(?P<sep>[ .\-_*·|/~]){_LETTER}(?:(?P=sep){_LETTER}){{2,40}}(?!{_LETTER}|[{MARKS}]))"
    rf"|(?P<word>[\w\u0300-\u036f{MARKS}{_ENCLOSED}{JOINERS}]{{1,64}}(?:['’][^\W\d_]{{1,20}})?)"
    rf"|(?P<line>[ \t\r]{{0,{_BLANKS}}}+\n\s*)"
    r"|(?P<sign>(?P<one>[^\w\s])(?P=one)*)"
)

_TOKEN = re.compile(f"{_PLAIN}|{_ANY}")
_LINE = re.compile(r"(\n\s*)")
_TAG = re.compile(rf"<[!/A-Za-z]|\[/?(?:{_TAGS})\b")  # how markup begins that may have blanks inside
_APART = re.compile(rf" {_LETTER} {_LETTER} ")  # in all that is spaced by blanks; sought from blank to blank, the quickest way
KINDS = {"plain": "word", "point": "sign"} | {name: name for name in ("markup", "address", "figure", "spaced", "word", "line", "sign")}


def cut(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, str, str]]:
    """Start, surface and kind (`markup`, `address`, `figure`, `spaced`, `word`, `line`, `sign`) of each token of a stretch of `text`; white space inside a line is in none."""
    for match in matches(text, start, len(text) if end is None else end):
        yield match.start(), surface(match.lastgroup, match.group()), KINDS[match.lastgroup]


def matches(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The tokens of a stretch as matches, for whoever has many to read; `lastgroup` is a key of `KINDS`, and `surface` tells the token's own part."""
    return _TOKEN.finditer(text, start, end)


def surface(group: str, matched: str) -> str:
    """The surface of a token: what was matched, but for the blank behind a `plain` word or a `point`."""
    return matched.rstrip(" ") if group in ("plain", "point") else matched


def lines(text: str, start: int, end: int) -> list[str] | None:
    """A stretch of `text` as lines and what ends them, by turns: no token reaches from one into another. None where that may not be so, or it begins within a word."""
    stretch = text[start:end]
    if (start > 0 and text[start - 1].isalnum() and text[start : start + 1].isalnum()) or (("<" in stretch or "[" in stretch) and _TAG.search(stretch)):
        return None
    if "\n" not in stretch:
        return [stretch]
    parts = _LINE.split(stretch)
    for number in range(0, len(parts) - 1, 2):
        if parts[number][-1:] in (" ", "\t", "\r"):
            length = max(len(parts[number].rstrip(" \t\r")), len(parts[number]) - _BLANKS)
            parts[number : number + 2] = parts[number][:length], parts[number][length:] + parts[number + 1]
    return parts


def pieces(line: str) -> list[str] | None:
    """A line in the pieces that single blanks divide: no token reaches from one into another. None where that may not be so."""
    return None if _APART.search(line) else line.split(" ")
