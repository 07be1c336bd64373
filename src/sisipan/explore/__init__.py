"""A static site to look at a corpus: no server, no network, works from `file://`.

`index.html`, `app.js` and `style.css` are the same for every corpus; `data.js` holds its articles, `passes/ID.js` the two
passes of one, loaded when they are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from sisipan.explore.charts import charts
from sisipan.model import LAYERS, Article, Range
from sisipan.schemas import Schemas

STATIC = ("index.html", "app.js", "style.css")
_FRONT = ("id", "title", "text", "published", "topic", "register", "origin", "split", "added_in")


def _plain(value: Any) -> Any:
    return [value.start, value.end] if isinstance(value, Range) else value


def layers_of(article: Article) -> dict[str, list[dict[str, Any]]]:
    """The three layers as the page takes them: plain values, ranges as pairs, surfaces left out."""
    names = {"entities": (), "claims": ("claimant", "speaker", "cue", "checkworthy"), "spam": ("form", "obfuscation")}
    return {
        layer: [{"id": s.id, "start": s.start, "end": s.end, "label": s.label, **{name: _plain(getattr(s, name)) for name in names[layer]}} for s in getattr(article, layer)]
        for layer in LAYERS
    }


def in_script(value: Any) -> str:
    """A value as an expression of JavaScript that holds nothing a browser could take for markup or a line end."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return "JSON.parse(" + json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") + ")"


def site_files(version: str, schemas: Schemas, articles: Sequence[Article], passes: Mapping[str, tuple[Article, Article]], static: Iterable[str] = STATIC) -> dict[str, bytes]:
    """Every file of the site by its path. `passes` gives passes A and B of the articles that have them here."""
    rows = [
        {**{name: getattr(article, name) for name in _FRONT}, "defects": list(article.defects), "layers": layers_of(article), "has_passes": article.id in passes} for article in articles
    ]
    out = {name: files("sisipan.explore").joinpath(name).read_bytes() for name in static}
    out["data.js"] = f"window.SISIPAN = {in_script({'version': version, 'articles': rows, 'charts': charts(schemas, articles)})};\n".encode()
    for name, (a, b) in passes.items():
        out[f"passes/{name}.js"] = f"window.SISIPAN_PASSES({in_script(name)}, {in_script({'a': layers_of(a), 'b': layers_of(b)})});\n".encode()
    return out
