"""Articles made up by hypothesis: any text, any spans that the schema allows, in records of their own."""

from __future__ import annotations

from dataclasses import replace

from conftest import BASE
from hypothesis import strategies as st

from sisipan.build import load_article
from sisipan.model import Article, Claim, Entity, Range, Spam
from sisipan.offsets import text_sha256
from sisipan.schemas import load_schemas

FLOOD = load_article(BASE, "banjir-demak")
SCHEMAS = load_schemas()
CHARACTERS = st.sampled_from("abcd eé.,–\n\n  ABé𝗦😀“”\u200bѕ字")


def _ranges(draw: st.DrawFn, length: int, count: int) -> list[tuple[int, int]]:
    """Ranges that do not overlap and are not empty, in order."""
    cuts = sorted(draw(st.sets(st.integers(0, length), max_size=2 * count)))
    return list(zip(cuts[::2], cuts[1::2]))


@st.composite
def articles(draw: st.DrawFn, spam: bool = True) -> Article:
    """An article whose layers keep the invariants: spans of a layer apart, nothing that starts, ends or lies in a spam region."""
    text = draw(st.text(CHARACTERS, min_size=12, max_size=120))
    spams = _ranges(draw, len(text), 3) if spam else []

    def free(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(a, b) for a, b in found if not any(s < b and a < e and not (a < s and e < b) for s, e in spams)]

    entities = [
        Entity(f"e{n}", a, b, text[a:b], draw(st.sampled_from(SCHEMAS.labels("entities")))) for n, (a, b) in enumerate(free(_ranges(draw, len(text), 6)), 1)
    ]
    claims = []
    for n, (a, b) in enumerate(free(_ranges(draw, len(text), 4)), 1):
        sides = free(_ranges(draw, len(text), 2))
        speaker = Range(*sides[0]) if sides else None
        claims.append(
            Claim(
                f"c{n}", a, b, text[a:b], draw(st.sampled_from(SCHEMAS.labels("claims"))),
                draw(st.sampled_from([None, *(e.id for e in entities)])) if speaker else None,
                speaker, Range(*sides[1]) if len(sides) > 1 else None, draw(st.booleans()),
            )
        )  # fmt: skip
    properties = SCHEMAS.documents["spam"]["properties"]
    regions = [Spam(f"s{n}", a, b, text[a:b], *(draw(st.sampled_from(properties[name]["enum"])) for name in ("label", "form", "obfuscation"))) for n, (a, b) in enumerate(spams, 1)]
    return replace(FLOOD, id="any", title=None, text=text, text_sha256=text_sha256(text), brands=(), entities=tuple(entities), claims=tuple(claims), spam=tuple(regions))
