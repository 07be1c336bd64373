"""Charts of a corpus as inline SVG: bars and a heat map, from counts and the schema's own labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from sisipan.model import LAYERS, Article
from sisipan.schemas import Schemas

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#bbbbbb"
_FONT = 'font-family="system-ui, sans-serif" font-size="12"'


def _text(x: float, y: float, words: object, anchor: str = "start", fill: str = "#1b1b1b") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{fill}">{escape(str(words))}</text>'


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label={quoteattr(title)} {_FONT}>'
    return f"{head}<title>{escape(title)}</title>{''.join(parts)}</svg>"


def bars(title: str, rows: Sequence[tuple[str, Mapping[str, int]]], colours: Mapping[str, str]) -> str:
    """Stacked horizontal bars: a row a value, a part a colour, the total at the end."""
    most = max((sum(parts.values()) for _, parts in rows), default=1) or 1
    out = []
    for n, (name, parts) in enumerate(rows):
        y, x = 8 + 22 * n, 190.0
        out.append(_text(180, y + 13, name, "end"))
        for part, colour in colours.items():
            size = 420 * parts.get(part, 0) / most
            if size:
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{size:.1f}" height="17" fill="{colour}"><title>{escape(f"{name}, {part}: {parts[part]}")}</title></rect>')
            x += size
        out.append(_text(x + 6, y + 13, f"{sum(parts.values()):,}"))
    foot, x = 8 + 22 * len(rows) + 16, 190
    for part, colour in colours.items():
        out += [f'<rect x="{x}" y="{foot - 10}" width="11" height="11" fill="{colour}"/>', _text(x + 16, foot, part)]
        x += 30 + 8 * len(part)
    return _svg(680, foot + 10, title, out)


def heat(title: str, rows: Sequence[str], columns: Sequence[str], counts: Mapping[tuple[str, str], int]) -> str:
    """A table of counts, darker where there are more; each cell has its number."""
    most = max(counts.values(), default=1) or 1
    out = [f'<g transform="translate({150 + 50 * n},95) rotate(-55)">{_text(0, 0, name)}</g>' for n, name in enumerate(columns)]
    for m, row in enumerate(rows):
        out.append(_text(128, 121 + 24 * m, row, "end"))
        for n, column in enumerate(columns):
            count = counts.get((row, column), 0)
            share = count / most
            out.append(f'<rect x="{135 + 50 * n}" y="{105 + 24 * m}" width="48" height="22" fill="{BLUE}" fill-opacity="{0.04 + 0.9 * share:.2f}"/>')
            out.append(_text(159 + 50 * n, 121 + 24 * m, count or "", "middle", "#ffffff" if share > 0.5 else "#1b1b1b"))
    return _svg(150 + 50 * len(columns) + 60, 115 + 24 * len(rows), title, out)


def charts(schemas: Schemas, articles: Sequence[Article]) -> list[dict[str, str]]:
    """Every chart with its title and caption."""
    polluted = {"with spam": ORANGE, "clean": BLUE}

    def of(field: str) -> list[tuple[str, Mapping[str, int]]]:
        values = schemas.documents["article"]["properties"][field]["enum"]
        return [(v, Counter("with spam" if a.spam else "clean" for a in articles if getattr(a, field) == v)) for v in values]

    spam = schemas.documents["spam"]["properties"]
    pairs = Counter((s.label, s.form) for a in articles for s in a.spam)
    disguised = Counter((s.label, s.obfuscation) for a in articles for s in a.spam)
    out = [
        ("Articles by topic", bars("Articles by topic", of("topic"), polluted), "How many of them hold a spam region."),
        ("Articles by register", bars("Articles by register", of("register"), polluted), "Manner of writing."),
        ("Articles by split", bars("Articles by split", of("split"), polluted), "Frozen once released."),
        ("Spam: trade and form", heat("Spam regions by trade and form", spam["label"]["enum"], spam["form"]["enum"], pairs), "Regions by trade promoted and how they sit in the page."),
        ("Spam: trade and disguise", heat("Spam regions by trade and disguise", spam["label"]["enum"], spam["obfuscation"]["enum"], disguised), "Regions by trade promoted and how words are disguised."),
    ]
    for layer in LAYERS[:2]:
        parts = {"check-worthy": ORANGE, "not": GREY} if layer == "claims" else {"mentions": BLUE}

        def part(span: object, layer: str = layer) -> str:
            return ("check-worthy" if span.checkworthy else "not") if layer == "claims" else "mentions"

        rows = [(label, Counter(part(s) for a in articles for s in getattr(a, layer) if s.label == label)) for label in schemas.labels(layer)]
        out.append((f"{layer.capitalize()} by label", bars(f"{layer} by label", rows, parts), "Spans of the release."))
    return [{"title": title, "svg": svg, "caption": caption} for title, svg, caption in out]
