"""Words, sentences and the rows made of them: nothing lost, nothing moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from conftest import BASE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sisipan.build import load_article, parquet_bytes
from sisipan.columns import arrow_schema
from sisipan.model import Article, Entity, Spam
from sisipan.schemas import Field, load_schemas
from sisipan.segment import sentence_spans, word_spans
from sisipan.tables import bio_tags, cut_words, from_table, layer_rows, ner_rows, sentence_rows, to_table

FLOOD = load_article(BASE, "banjir-demak")
SALT = load_article(BASE, "panen-garam")


def entities_of(row: dict) -> list[tuple[int, int, str]]:
    """Entities read back from the BIO tags of a row."""
    out: list[tuple[int, int, str]] = []
    for start, end, tag in zip(row["starts"], row["ends"], row["ner_tags"]):
        if tag.startswith("B-"):
            out.append((start, end, tag[2:]))
        elif tag.startswith("I-"):
            out[-1] = (out[-1][0], end, out[-1][2])
    return out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Rp1,5 triliun", ["Rp", "1,5", "triliun"]),
        ("12.500 orang.", ["12.500", "orang", "."]),
        ("pukul 19.30 WIB", ["pukul", "19.30", "WIB"]),
        ("undang-undang Jum'at", ["undang", "-", "undang", "Jum'at"]),
        ("s\u200blot 𝗦𝗟", ["s", "\u200b", "lot", "𝗦𝗟"]),
        (" \n\t", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert [text[a:b] for a, b in word_spans(text)] == words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Prof. Dr. H. Amir tiba. Ia pulang.", ["Prof. Dr. H. Amir tiba.", "Ia pulang."]),
        ("PT. Adhi di Jl. Thamrin No. 5. Nilainya Rp. 2 juta.", ["PT. Adhi di Jl. Thamrin No. 5.", "Nilainya Rp. 2 juta."]),
        ("Judul tanpa titik\n\nIsi.", ["Judul tanpa titik", "Isi."]),
        ("Inflasi 2,5 persen. Naik 0.3 poin!", ["Inflasi 2,5 persen.", "Naik 0.3 poin!"]),
        ("254 orang meninggal. cedera", ["254 orang meninggal.", "cedera"]),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [text[a:b] for a, b in sentence_spans(text)] == sentences


@given(st.text(max_size=120))
def test_words_and_sentences_hold_every_visible_character(text: str) -> None:
    for spans in (word_spans(text), sentence_spans(text)):
        assert all(0 <= a < b <= len(text) for a, b in spans)
        assert all(first[1] <= second[0] for first, second in zip(spans, spans[1:]))
        held = {at for a, b in spans for at in range(a, b)}
        assert all(at in held for at, character in enumerate(text) if not character.isspace())


def test_no_sentence_ends_inside_a_name() -> None:
    text = "Di RSUD Dr. X. Y. Soe dibuka. Lalu."
    start = text.index("RSUD")
    end = text.index(" dibuka")
    assert [text[a:b] for a, b in sentence_spans(text, [(start, end)])] == ["Di RSUD Dr. X. Y. Soe dibuka.", "Lalu."]


def test_rows_of_a_layer_carry_article_and_split() -> None:
    row = next(layer_rows(FLOOD, "claims"))
    assert (row["article_id"], row["split"], row["id"]) == ("banjir-demak", "train", "c1")
    assert row["speaker"] == {"start": 64, "end": 92} and row["claimant"] == "e4"


def test_sentences_are_flagged_by_what_they_touch() -> None:
    flags = [(r["text"], r["has_claim"], r["has_checkworthy_claim"], r["touches_spam"]) for r in sentence_rows(FLOOD)]
    assert flags == [
        ("Banjir Demak Meluas", False, False, False),
        ("DEMAK – 🌧 Hujan merendam 2.316 rumah, kata Tirta Wenang dari BPBD Demak.", True, True, False),
        ("Tanggul jebol Senin pagi slot wangi ini.", True, False, True),
        ("Togel Tiga Rupa", False, False, True),
        ("By lelemerah", False, False, True),
    ]


def test_tagged_sentences_leave_the_spam_out_and_cut_the_glued_dateline() -> None:
    rows = list(ner_rows(FLOOD))
    assert [row["id"] for row in rows] == ["banjir-demak#0", "banjir-demak#1", "banjir-demak#2"]
    assert rows[2]["tokens"] == ["Tanggul", "jebol", "Senin", "pagi", "ini", "."]
    assert rows[2]["starts"][4] == 130
    glued = list(ner_rows(SALT))[1]
    assert glued["tokens"][:3] == ["PAMEKASAN", "Harga", "garam"]
    assert glued["ner_tags"][:3] == ["B-GPE", "O", "O"]


def test_a_withheld_article_has_no_word_in_any_row() -> None:
    hidden = replace(FLOOD, text=None, title=None, text_status="withheld")
    assert list(ner_rows(hidden)) == [] and list(sentence_rows(hidden)) == []


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """An article of made-up text with flat entities and spam regions that no entity crosses."""
    text = draw(st.text(alphabet="abAB .\n😀1,\u200b", min_size=1, max_size=60))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    entities, spam = [], []
    for n, (start, end) in enumerate(zip(cuts, cuts[1:])):
        if text[start:end].strip() != text[start:end] or not text[start:end].strip():
            continue
        kind = draw(st.sampled_from(["PER", "GPE", "spam", None]))
        if kind == "spam":
            spam.append(Spam(f"s{n}", start, end, text[start:end], "slot", "byline", "none"))
        elif kind:
            entities.append(Entity(f"e{n}", start, end, text[start:end], kind))
    return replace(FLOOD, text=text, entities=tuple(entities), spam=tuple(spam), claims=())


@given(articles())
def test_tags_give_every_entity_back_exactly(article: Article) -> None:
    rows = list(ner_rows(article))
    found = [entity for row in rows for entity in entities_of(row)]
    assert found == [(e.start, e.end, e.label) for e in article.entities]
    spam = {at for s in article.spam for at in range(s.start, s.end)}
    for row in rows:
        assert row["tokens"] == [article.text[a:b] for a, b in zip(row["starts"], row["ends"])]
        assert not spam & {at for a, b in zip(row["starts"], row["ends"]) for at in range(a, b)}


def test_neighbouring_entities_of_one_label_are_kept_apart() -> None:
    words = cut_words([(0, 4), (4, 8)], [0, 4, 8])
    pair = [Entity("e1", 0, 4, "abcd", "PER"), Entity("e2", 4, 8, "efgh", "PER")]
    assert bio_tags(words, pair) == ["B-PER", "B-PER"]


SCHEMAS = load_schemas()
PLAIN = {"string": st.text(max_size=4), "integer": st.integers(-(2**63), 2**63 - 1), "boolean": st.booleans(), "date": st.dates().map(str)}


def values_of(field: Field) -> st.SearchStrategy:
    """Values of a column, null as often as not where it may be and sometimes where it may not."""
    if field.kind == "list":
        inner = st.lists(values_of(field.children[0]), max_size=3)
    elif field.kind == "struct":
        inner = st.fixed_dictionaries({child.name: values_of(child) for child in field.children})
    else:
        inner = st.sampled_from(field.labels) if field.kind == "label" else PLAIN[field.kind]
    return st.none() | inner if field.nullable else st.integers(0, 9).flatmap(lambda n: inner if n else st.none())


def row_by_row(fields: tuple[Field, ...], rows: list[dict[str, Any]]) -> pa.Table:
    """The table made in the plainest way: each value on its own, and Arrow is left to find lists and structs in them."""

    def stored(value: Any, field: Field) -> Any:
        if value is None:
            return None
        if field.kind == "label":
            return field.labels.index(value)
        if field.kind == "list":
            return [stored(item, field.children[0]) for item in value]
        if field.kind == "struct":
            return {child.name: stored(value[child.name], child) for child in field.children}
        return date.fromisoformat(value) if field.kind == "date" else value

    schema = arrow_schema(fields)
    columns = [pa.array([stored(row[field.name], field) for row in rows], schema.field(field.name).type) for field in fields]
    return pa.Table.from_arrays(columns, schema=schema)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(list(SCHEMAS.configs)))
def test_tables_are_what_is_made_row_by_row(data: st.DataObject, config: str) -> None:
    fields = SCHEMAS.configs[config]
    rows = data.draw(st.lists(st.fixed_dictionaries({field.name: values_of(field) for field in fields}), max_size=4))
    table, plain = to_table(fields, rows), row_by_row(fields, rows)
    table.validate(full=True)
    assert table.equals(plain, check_metadata=True)
    assert table.nbytes == plain.nbytes  # the card tells it
    assert parquet_bytes(table) == parquet_bytes(plain)
    assert from_table(fields, table) == rows


def test_dates_and_labels_are_stored_as_such_at_any_depth() -> None:
    inner = Field("item", "struct", children=(Field("on", "date"), Field("kinds", "list", children=(Field("item", "label", labels=("a", "b")),))))
    fields = (Field("acts", "list", children=(inner,)),)
    rows = [{"acts": [{"on": "2024-02-29", "kinds": ["b", "a"]}, None]}, {"acts": None}, {"acts": []}, {"acts": [{"on": None, "kinds": []}]}]
    assert to_table(fields, rows).equals(row_by_row(fields, rows))


@pytest.mark.parametrize("value", ["rumour", "", 0, True, ["cause"], {}])
def test_a_label_that_the_schema_has_not_is_refused(value: object) -> None:
    row = next(layer_rows(FLOOD, "claims"))
    with pytest.raises(ValueError, match="label: no label"):
        to_table(SCHEMAS.configs["claims"], [row, {**row, "label": value}])


def test_a_key_that_is_missing_is_refused() -> None:
    row = next(layer_rows(FLOOD, "claims"))
    for broken in ({key: value for key, value in row.items() if key != "cue"}, {**row, "speaker": {"start": 1}}):
        with pytest.raises(KeyError):
            to_table(SCHEMAS.configs["claims"], [row, broken])
