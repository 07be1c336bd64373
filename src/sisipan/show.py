"""An article in the terminal, its three layers in colour."""

from __future__ import annotations

import re

from rich.text import Text

from sisipan.model import Article
from sisipan.report import visible

_ENTITY = {
    "PER": "cyan", "ORG": "green", "NOR": "green", "GPE": "blue", "LOC": "blue", "FAC": "blue", "EVT": "magenta", "LAW": "magenta",
    "PRD": "magenta", "WOA": "magenta", "REG": "magenta", "LAN": "magenta",
}  # fmt: skip
_COMMAND = re.compile(r"::|##\[")  # the runner of a workflow obeys these; a line may be broken before them
CLAIM, CHECKWORTHY, SPAM = "underline", "underline bold", "white on red"


def _shown(character: str) -> str:
    return character if character in "\n\t" else visible(character)


def render(article: Article) -> Text:
    """Text with styles: entities coloured by label and followed by it, claims underlined (bold where check-worthy), spam on red.

    Characters that a terminal would obey or hide are shown as escapes, and so is the start of a workflow command.
    """
    if article.text is None:
        return Text(f"(the text of {article.id} is withheld; see `sisipan rehydrate`)")
    out = Text()
    starts, stops, tags = [], [], []
    ends = {entity.end: entity for entity in article.entities}
    commands = {match.start() for match in _COMMAND.finditer(article.text)}
    for at in range(len(article.text) + 1):
        if at in ends:
            tags.append((len(out), ends[at].label))
            out.append(f"[{ends[at].label}]")
        starts.append(len(out))
        out.append(f"\\u{ord(article.text[at]):04x}" if at in commands else _shown(article.text[at : at + 1]))
        stops.append(len(out))
    for claim in article.claims:
        out.stylize(CHECKWORTHY if claim.checkworthy else CLAIM, starts[claim.start], stops[claim.end - 1])
    for entity in article.entities:
        out.stylize(_ENTITY.get(entity.label, "yellow"), starts[entity.start], stops[entity.end - 1])
    for at, label in tags:
        out.stylize(f"dim {_ENTITY.get(label, 'yellow')} not underline", at, at + len(label) + 2)
    for spam in article.spam:
        out.stylize(SPAM, starts[spam.start], stops[spam.end - 1])
    return out


def legend() -> Text:
    """What the colours mean."""
    parts = [("person", "cyan"), ("organisation", "green"), ("place", "blue"), ("name of a thing", "magenta"), ("number, date", "yellow"), ("claim", CLAIM), ("check-worthy claim", CHECKWORTHY), ("spam", SPAM)]
    return Text("  ").join(Text(name, style) for name, style in parts)


def heading(article: Article) -> str:
    """One line that says what the article is."""
    return f"{article.id}  ({article.split}, {article.topic}, {article.register}, {article.origin}, {article.published})"


def spam_list(article: Article) -> list[str]:
    """A line for each spam region: id, offsets, trade, form, disguise."""
    return [f"{s.id} {s.start}:{s.end} {s.label} / {s.form} / {s.obfuscation}" for s in article.spam]
