"""Hosts as the source of a page: blocks, links, furniture, and a spam link put round an innocent word."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from sisipan.tag.training.pieces import HIDING, Example, Piece, domain

_BLOCKS = ("p", "p", "p", "div", "li", "td", "h2", "span")
_SHARE = ("Facebook", "Twitter", "WhatsApp", "Instagram", "YouTube", "Telegram")


def _link(pool: Sequence[Piece], rng: random.Random, most: int = 3) -> str:
    """An innocent link on words of the articles, inside the site or out of it."""
    words = rng.choice(pool).text.split(" ")
    at = rng.randrange(len(words))
    name = "".join(re.findall(r"[a-z]+", " ".join(words).lower())[:2])[:18] or "laman"
    target = rng.choice(("#", f"/{name}", f"/{name}/{rng.randrange(9999)}", f"/tag/{name}", f"https://{name}.go.id", f"https://www.{name}.com/{rng.randrange(999)}", f"https://{name}.ac.id/", f"/index.php?id={rng.randrange(999)}"))
    extra = rng.choice(("", "", ' class="nav-link"', ' title="' + words[at].replace('"', "") + '"', ' target="_blank"', ' rel="noopener"'))
    return f'<a href="{target}"{extra}>{" ".join(words[at : at + rng.randrange(1, most + 1)])}</a>'


def _furniture(pool: Sequence[Piece], rng: random.Random) -> str:
    """What surrounds an article in its page's source: menus, lists of links, share buttons, scripts, hidden helpers."""
    kind, count = rng.randrange(8), rng.randrange(2, 8)
    if kind == 0:
        return "<nav><ul>" + "".join(f"<li>{_link(pool, rng)}</li>" for _ in range(count)) + "</ul></nav>"
    if kind == 1:
        return '<div class="terkait"><h3>' + rng.choice(pool).text[:30] + "</h3>\n<ul>\n" + "\n".join(f"<li>{_link(pool, rng, 9)}</li>" for _ in range(count)) + "\n</ul></div>"
    if kind == 2:
        return '<div class="share">' + " ".join(f'<a href="{rng.choice(("#", "https://share.example/" + name.lower()))}">{name}</a>' for name in rng.sample(_SHARE, min(count, 5))) + "</div>"
    if kind == 3:
        return rng.choice(('<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments);}</script>', '<script src="/assets/app.js"></script>', '<script type="application/ld+json">{"@type":"NewsArticle"}</script>'))
    if kind == 4:
        return rng.choice(HIDING[:9]).format(rng.choice((_link(pool, rng), rng.choice(pool).text[:60], '<img src="/pixel.gif">')))
    if kind == 5:
        return "<footer>" + " | ".join(_link(pool, rng) for _ in range(count)) + f" &copy; {rng.randrange(2005, 2026)}</footer>"
    if kind == 6:
        return '<p class="tags">Tag: ' + ", ".join(_link(pool, rng) for _ in range(count)) + "</p>"
    return f'<head><meta charset="utf-8"><title>{rng.choice(pool).text[:60]}</title><link rel="stylesheet" href="/css/main.css"></head>'


def marked_up(example: Example, pool: Sequence[Piece], rng: random.Random) -> Example:
    """The host as the source of a page: lines become blocks, some words links, furniture before, between and after. A host with regions stays as it is."""
    if example.regions:
        return example
    out = [_furniture(pool, rng) for _ in range(rng.randrange(3))]
    for line in example.text.split("\n"):
        if not line.strip():
            continue
        if rng.random() < 0.4:
            line = re.sub(r"(?<= )\w{4,}(?= )", lambda m: f'<a href="/tag/{m.group().lower()}">{m.group()}</a>' if rng.random() < 0.06 else m.group(), line)
        tag = rng.choice(_BLOCKS)
        out.append(f"<{tag}{rng.choice(('', '', ' class=isi', ' style=' + chr(34) + 'text-align:justify' + chr(34)))}>{line}</{tag}>" if rng.random() < 0.9 else line + "<br>")
        if rng.random() < 0.08:
            out.append(_furniture(pool, rng))
    out += [_furniture(pool, rng) for _ in range(rng.randrange(3))]
    return Example("\n".join(out), ())


def wrapped(example: Example, piece: Piece, rng: random.Random) -> Example:
    """A spam link put round one of the host's own words: what stands before and after the word is a region, the word is not."""
    words = [m for m in re.finditer(r"(?<= )\w{3,}(?= )", example.text) if not any(a < m.end() and m.start() < b for a, b, _ in example.regions)]
    words = [m for m in words if example.text.rfind("<", 0, m.start()) <= example.text.rfind(">", 0, m.start())]
    if not words:
        return example
    match, link = rng.choice(words), f"{rng.choice(('https://', 'http://', 'https://www.'))}{domain(piece, rng)}{rng.choice(('', '/', '/daftar'))}"
    before, after = rng.choice(((f'<a href="{link}">', "</a>"), (f"[url={link}]", "[/url]"), ("[", f"]({link})"), (f'<a href="{link}" rel="dofollow">', "</a>")))
    start, end, grown = match.start(), match.end(), len(before) + len(after)
    text = example.text[:start] + before + match.group() + after + example.text[end:]
    kept = [(a, b, n) if b <= start else (a + grown, b + grown, n) for a, b, n in example.regions]
    last = end + len(before)
    return Example(text, tuple(sorted([*kept, (start, start + len(before), piece.label), (last, last + len(after), piece.label)])))
