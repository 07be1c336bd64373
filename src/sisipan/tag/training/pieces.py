"""Pieces of spam, and of hosts' own text, in the shapes that spam takes: as it stands, keywords, links, bylines, hidden blocks, comments."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from sisipan.model import Article
from sisipan.tag.features import TRADES
from sisipan.tag.lexicon import classes, lexicon
from sisipan.tag.training.disguise import Region, disguised
from sisipan.views import Removal


@dataclass(frozen=True, slots=True)
class Example:
    """A text and its spam regions `(start, end, trade)`, half-open, in code points."""

    text: str
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A spam region's text with its trade, form and obfuscation."""

    text: str
    label: str
    form: str
    obfuscation: str


HIDING = (
    '<div style="display:none">{}</div>', "<div style='display: none;'>{}</div>", '<span style="font-size:0px">{}</span>', '<p style="position:absolute; left:-9999px">{}</p>',
    '<div style="height:0;overflow:hidden">{}</div>', "<noscript>{}</noscript>", '<marquee width="1" height="1">{}</marquee>', '<div style="visibility:hidden">{}</div>', '<font color="#ffffff">{}</font>', "{}",
)  # fmt: skip


def without_regions(article: Article, values: Sequence[str]) -> Article:
    """The article as training sees it, with the regions of these trades, forms and obfuscations cut out of its text; other layers go."""
    chosen = {span for span in article.spam if {span.label, span.form, span.obfuscation} & set(values)}
    removal = Removal.of((span.start, span.end) for span in chosen)
    spam = [replace(span, start=removal.place(span.start), end=removal.place(span.end)) for span in article.spam if span not in chosen]
    return replace(article, text=removal.text(article.text), spam=tuple(spam), entities=(), claims=())


def pieces(articles: Sequence[Article]) -> list[Piece]:
    """Every spam region of the articles."""
    return [Piece(span.text, span.label, span.form, span.obfuscation) for article in articles for span in article.spam]


def decoys(articles: Sequence[Article]) -> list[Piece]:
    """Stretches of the articles' own text, lines and runs of words, to be shaped as spam is: so that the shape alone says nothing."""
    out = []
    for article in articles:
        spam = [(span.start, span.end) for span in article.spam]
        at = 0
        for line in article.text.split("\n"):
            if line.strip() and not any(a < at + len(line) and at < b for a, b in spam):
                out.append(Piece(line.strip(), "none", "decoy", "none"))
            at += len(line) + 1
    return out


def _keywords(piece: Piece) -> list[str]:
    """The short phrases that a piece is made of."""
    parts = [part.strip(" .,!?:;–—-»→•~()[]\"") for part in re.split(r"[|\n•·»→/,;:!?]|\. | [–—-] ", re.sub(r"<[^>]*>|\[/?url[^\]]*\]|https?://\S+", "|", piece.text))]
    return [part for part in parts if 2 < len(part) < 60]


def tells(phrase: str) -> bool:
    """Whether a phrase promotes by itself: with a word of a trade or of promotion, or one that is disguised or a brand's."""
    words = re.findall(r"\w+", phrase.lower())
    return any(lexicon().get(word, frozenset()) & {*TRADES, "promo"} or not word.isascii() or re.fullmatch(r"[a-z]+\d+\w*", word) for word in words)


def domain(piece: Piece, rng: random.Random) -> str:
    words = [word for word in re.findall(r"[a-z0-9]{3,}", piece.text.lower())] or ["laman"]
    name = "".join(rng.sample(words, min(len(words), rng.choice((1, 2, 2)))))[:24] + rng.choice(("", "", "88", "777", "303", "4d", "138"))
    return name + rng.choice((".com", ".net", ".org", ".xyz", ".site", ".info", ".online", ".example", ".id", ".vip", ".top"))


def anchor(piece: Piece, rng: random.Random) -> str:
    """One of the short phrases of a piece that promote, as it is left in the middle of a sentence once its link is stripped; empty where it has none."""
    phrase = rng.choice([phrase for phrase in _keywords(piece) if tells(phrase)] or [""])
    phrase = phrase if rng.random() < 0.4 else phrase.lower()
    words = phrase.split(" ")
    cut = " ".join(words[: rng.randrange(2, 7)]) if len(words) > 2 else phrase
    return cut if tells(cut) else phrase


def reworked(piece: Piece, pool: Sequence[Piece], rng: random.Random, without: Sequence[str] = ()) -> tuple[str, str]:
    """Another shape of a piece of spam (of one trade with `pool`), and its form; never a form or a disguise of `without`."""
    text, form = _shaped(piece, pool, rng)
    if form in without:
        text, form = piece.text, piece.form
    case = rng.random()
    if case < 0.08 and "<" not in text:
        text = text.upper()
    elif case < 0.16 and "<" not in text:
        text = text.title()
    elif case < 0.28:
        text = text.lower()
    if piece.obfuscation == "none" and rng.random() < 0.22 and "<" not in text and "://" not in text:
        text = disguised(text, rng, without)
    return text.strip(), form


def _shaped(piece: Piece, pool: Sequence[Piece], rng: random.Random) -> tuple[str, str]:
    way = rng.random()
    phrases = _keywords(piece) or [piece.text.split("\n")[0][:60]]
    more = [phrase for other in rng.sample(pool, min(len(pool), 4)) for phrase in _keywords(other)] or phrases
    rng.shuffle(more)
    day = f"{rng.randrange(2009, 2026)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}" if rng.random() < 0.5 else f"{rng.randrange(1, 29)}/{rng.randrange(1, 13)}/{rng.randrange(2009, 2026)}"
    short = rng.choice([phrase for phrase in phrases if tells(phrase)] or phrases)
    link = f"{rng.choice(('https://', 'http://', 'https://www.', ''))}{domain(piece, rng)}{rng.choice(('', '', '/', '/daftar', '/login'))}"
    text, form = piece.text, piece.form
    if way < 0.34:
        pass
    elif way < 0.44:
        sign = rng.choice((" | ", "\n", "\n", ", ", " ", " • ", " - ", "\n\n"))
        text, form = sign.join([short, *more[: rng.randrange(1, 9)]]), "keyword_list"
    elif way < 0.56:
        text, form = short, rng.choice(("keyword_tail", "inline_anchor", "inline_anchor", "inline_anchor", "title_injection"))
    elif way < 0.65:
        anchors = [f'<a href="{link}"{rng.choice(("", " rel=dofollow", " target=_blank"))}>{phrase}</a>' for phrase in [short, *more[: rng.randrange(0, 6)]]]
        text, form = rng.choice(HIDING).format(rng.choice((" ", "", "\n", " | ")).join(anchors)), "markup_residue"
    elif way < 0.71:
        text, form = rng.choice((f"[url={link}]{short}[/url]", f"[{short}]({link})", f'<a href="{link}">{short}</a>', f"<a href='{link}' rel='nofollow'>{short}</a>")), "inline_anchor"
    elif way < 0.79:
        who = rng.choice((f"[{link} {short}]", f"{short}", f'<a href="{link}">{short}</a>', f"[[{link}|{short}]]", domain(piece, rng).split(".")[0]))
        text, form = rng.choice(("-- {} {}", "By {} {}", "{} — {}", "Oleh: {} {}", "- {} {}", "posted by {} on {}", "by {}", "By {}", "Oleh {}", "--{} ({})", "~ {}")).format(who, day), "byline"
        if rng.random() < 0.5:
            text = short + rng.choice(("\n", "\n\n")) + text
    elif way < 0.84:
        text, form = rng.choice((f"{short} {link}", f"{link} {short}", f"{short}: {link}", f"{short} - {link.split('//')[-1]}", link)), "link_list"
    elif way < 0.92:
        sentences = re.split(r"(?<=[.!?]) ", piece.text)
        at = rng.randrange(len(sentences))
        text = " ".join(sentences[at : at + rng.randrange(1, 4)])
    else:
        text, form = "\n".join(f"{phrase} {rng.choice((': ', '- ', '→ ', ''))}{domain(piece, rng) if rng.random() < 0.5 else link}" for phrase in [short, *more[: rng.randrange(1, 5)]]), "link_list"
    return text, form


def somebody(pool: Sequence[Piece], rng: random.Random) -> str:
    """What may stand for somebody's name: a capitalised word or two of the articles."""
    words = [word for piece in rng.sample(pool, 6) for word in re.findall(r"\b[A-Z][a-z]{2,}\b", piece.text)] or ["Anonim"]
    return rng.choice((" ".join(rng.sample(words, min(2, len(words)))), rng.choice(words), rng.choice(words).lower() + str(rng.randrange(1, 99))))


@cache
def thanks() -> list[str]:
    """Words of thanks and praise of the lexicon."""
    return classes()["polite"]


def comment(spam: str, pool: Sequence[Piece], rng: random.Random) -> str:
    """A reader's comment: somebody's name, a day, a sentence or two of the articles, and at its end `spam`, which may be empty."""
    day, hour = f"{rng.randrange(1, 29):02}/{rng.randrange(1, 13):02}/{rng.randrange(2009, 2026)}", f"{rng.randrange(24):02}:{rng.randrange(60):02}"
    day = rng.choice((day, day.replace("/", "."), day.replace("/", "-"), f"{day} {hour}", f"{day}, {hour}", f"{day} – {hour}"))
    polite = " ".join(part for piece in rng.sample(pool, rng.choice((0, 1, 1, 2))) for part in re.split(r"(?<=[.!?]) ", piece.text)[:1])[:160]
    if rng.random() < 0.4:
        polite = f"{' '.join(rng.sample(thanks(), rng.choice((2, 3, 5)))).capitalize()}{rng.choice(('.', '!', ',', ''))} {polite}".strip()
    body = rng.choice((" ", " ", " -- ", "\n", " – ")).join(part for part in (polite, spam) if part)
    frame = rng.choice(("{body}", "{body}", "{who}\n{day}\n{body}", "{who}: {body}", "{who} says:\n{day}\n{body}", "{who} | {day}\n{body}", "{body} -- {who} {day}", "[{day}] {who}: {body}", "{who} berkata:\n{body}", "Name: {who}\nDate: {day}\n{body}"))
    return frame.format(who=somebody(pool, rng), day=day, body=body).strip()


def _names_a_trade(text: str) -> bool:
    return any(lexicon().get(word, frozenset()) & set(TRADES) for word in re.findall(r"\w+", text.lower()))


def furniture(pool: Sequence[Piece], rng: random.Random) -> str:
    """One to three short lines as a page's menus, captions and footers leave them: a few words of the articles, some with a figure or an address."""
    lines = []
    for piece in rng.sample(pool, rng.choice((1, 1, 2, 3))):
        words = piece.text.split(" ")[: rng.choice((1, 2, 2, 3, 4))]
        line, number = " ".join(words).strip(" .,:;"), rng.randrange(1, 3000)
        if _names_a_trade(line) or not line:
            line = "Arsip"
        mail = f"{re.sub(r'[^a-z]', '', words[0].lower()) or 'humas'}@{rng.choice(('kantor', 'kampus', 'desa', 'sekolah'))}.{rng.choice(('go.id', 'ac.id', 'sch.id', 'org', 'com'))}"
        lines.append(rng.choice(("{l}", "{l}", "{l}", "{l}", "{l} {n}", "{l}: {n}", "{l} ({n})", "» {l}", "{l} »", "{l} | {l}", "{l}: {m}", "{l} › {l}")).format(l=line, n=number, m=mail))
    return "\n".join(lines)


def decoy(pool: Sequence[Piece], rng: random.Random, without: Sequence[str] = ()) -> tuple[str, str]:
    """A stretch of a host's own text in one of the shapes of spam."""
    chosen = rng.sample(pool, 4)
    cuts = []
    for piece in chosen:
        words = piece.text.split(" ")
        at = rng.randrange(len(words))
        cut = " ".join(words[at : at + rng.choice((1, 2, 3, 4, 6, 12))])
        if len(cut.split(" ")) < 6 and _names_a_trade(cut):  # by itself nobody could tell it from spam
            cut = " ".join(words[max(0, at - 6) : at + 12])
        cuts.append(Piece(cut, "none", rng.choice(("comment", "inline_anchor", "keyword_tail")), "none"))
    return reworked(cuts[0], cuts[1:], rng, without)
