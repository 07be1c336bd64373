"""The tagger: what it finds, that it is the same however it is called, and that nothing breaks it."""

from __future__ import annotations

import itertools
import os
import pickle
from functools import cache
from pathlib import Path

import numpy as np
import polars
import pyarrow as pa
import pytest
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import HOST, TAIL

from sisipan.errors import SisipanError
from sisipan.load import folder_reader, read_articles
from sisipan.schemas import load_schemas
from sisipan.tag import Tagger
from sisipan.tag import model as network
from sisipan.tag import tagger as module
from sisipan.tag.arrow import clean_arrow, tag_arrow, without
from sisipan.tag.first_look import JUMP, REACH, SNAP, widened, windows
from sisipan.tag.fold import fold
from sisipan.tag.reading import Reading, Types, read
from sisipan.tag.report import keyword_lines, read_pages, systems, toll
from sisipan.tag.tagger import EASIER, FURTHER, LIKELY, LONGEST, THRESHOLD, _beyond, _dense, _shown

ENGLISH = "The parish council met on Monday to discuss the new bus stop. Nobody objected to the plan.\n\n"
SLIPPED_IN = [
    "s l o t  g a c o r  m a x w i n",
    "𝓼𝓵𝓸𝓽 𝓰𝓪𝓬𝓸𝓻 𝓶𝓪𝔁𝔀𝓲𝓷",
    "sl0t g4c0r m4xw1n",
    "ѕlоt gасоr mахwіn",
    "s\u200bl\u200bot ga\u200bcor max\u200bwin",
    "ＳＬＯＴ ＧＡＣＯＲ ＭＡＸＷＩＮ",
    '<div style="display:none"><a href="https://gacorbiru.example">slot gacor maxwin</a></div>',
    "Nice article, thanks for sharing! -- [https://gacorbiru.example judi slot online] 2024-09-01",
    "pinjaman online cair cepat tanpa jaminan hubungi WA 0812-xxxx-xxxx",
]


@cache
def tagger(threshold: float = THRESHOLD) -> Tagger:
    return Tagger(threshold)


@cache
def articles() -> list:
    return [a for a in read_articles(folder_reader(Path(__file__).parents[1]), load_schemas())[1] if a.text is not None and a.split != "train"]


@pytest.mark.parametrize("spam", SLIPPED_IN)
def test_what_was_slipped_in_is_found_to_the_code_point(spam: str) -> None:
    text = HOST + spam + TAIL
    assert [text[one.start : one.end] for one in tagger().tag(text)] == [spam]
    assert without(text, tagger().tag(text)) == HOST + TAIL


@pytest.mark.parametrize("spam", SLIPPED_IN[:3])
def test_in_a_page_of_another_language_too(spam: str) -> None:
    assert [(ENGLISH + spam)[one.start : one.end] for one in tagger().tag(ENGLISH + spam)] == [spam]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "Polisi menangkap tiga bandar togel di Kabupaten Tegal, Senin. Mereka diduga menerima taruhan lewat pesan singkat, kata Kapolres.",
        "Menteri mengatakan 400 ribu situs judi slot telah diblokir sepanjang tahun, termasuk kasino dan taruhan bola.",
        "Slot waktu pertandingan diubah menjadi pukul 19.00 WIB.",
        "The casino reported quarterly revenue of $2 billion, said its chief executive.",
        "Let 𝔤 be a semisimple Lie algebra over ℂ and 𝔥 ⊂ 𝔤 a Cartan subalgebra.",
    ],
)
def test_who_only_talks_about_it_loses_nothing(text: str) -> None:
    assert tagger().tag(text) == []


def test_the_specimen_loses_its_last_27_characters_and_nothing_else() -> None:
    path = Path(os.environ.get("SISIPAN_SPECIMEN", Path(__file__).parents[2] / "shared/seed/pakistan-as-kontra-terorisme.txt"))
    if not path.exists():
        pytest.skip("the specimen's text is withheld and not at hand")
    text = path.read_text("utf-8")
    assert without(text, Tagger().tag(text)) == text[:-27]


def test_results_do_not_depend_on_what_is_read_beside_a_text() -> None:
    texts = [article.text for article in articles()]
    one_by_one = [Tagger().tag(text) for text in texts[:8]] + [tagger().tag(text) for text in texts[8:]]
    assert Tagger().tag_many(texts) == one_by_one
    assert Tagger().tag_many(texts[::-1])[::-1] == one_by_one
    assert sum(map(len, one_by_one)) > 30


def test_a_long_region_reaches_into_no_other_text() -> None:
    long, short = "slot gacor maxwin situs judi online terpercaya daftar bonus deposit togel hongkong " * 900, HOST + "slot gacor maxwin"
    assert tagger().tag_many([long, short, long]) == [tagger().tag(long), tagger().tag(short), tagger().tag(long)]
    assert len(tagger().tag(long)) == 1


def test_a_long_text_is_read_in_parts_and_every_region_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    part = "Rapat desa berjalan lancar dan selesai pukul sembilan malam. " * 40 + "\nslot gacor maxwin link alternatif\n"
    text = part * 450
    parts: list[list[int]] = []
    monkeypatch.setattr(module, "read", lambda texts, *rest: parts.append(list(map(len, texts))) or read(texts, *rest))
    found = Tagger().tag(text)
    assert len(text) > LONGEST and len({one.start for one in found}) == 450 and {text[one.start : one.end] for one in found} == {"slot gacor maxwin link alternatif"}
    assert len(parts[0]) == 2 and max(parts[0]) <= LONGEST
    dense = "slot gacor maxwin hari ini\n" * 100_000
    assert [(one.start, one.end) for one in Tagger().tag(dense)] == [(0, len(dense) - 1)]
    assert all(len(some) == 1 for some in parts[1:]) and len(parts) > 3  # whose parts are read one after the other


def test_neither_what_is_read_at_once_nor_what_is_kept_changes_results(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [article.text for article in articles()]
    expected, readings = tagger().tag_many(texts), []
    monkeypatch.setattr(module, "read", lambda texts, *rest: readings.append(len(texts)) or read(texts, *rest))
    monkeypatch.setattr(module, "AT_ONCE", 3000)
    monkeypatch.setattr(module, "MOST_KEPT", 300)
    forgetful = Tagger()
    assert forgetful.tag_many(texts) == expected and len(readings) > 5
    forgetful.tag(texts[0])
    assert forgetful._types.kept < tagger()._types.kept / 2
    assert pickle.loads(pickle.dumps(forgetful)).tag_many(texts[:3]) == expected[:3]


@given(st.text(max_size=300) | st.lists(st.sampled_from(["slot gacor", "togel", "\n", " ", "<a href='http://x.example'>", "</a>", "😀", "0", "s l o t", "kata", "\u200b", "𝓼𝓵𝓸𝓽", "é", "."]), max_size=60).map("".join))
@settings(max_examples=80, deadline=None)
def test_spans_lie_in_the_text_apart_and_trimmed(text: str) -> None:
    found = tagger().tag(text)
    labels = set(load_schemas().labels("spam"))
    at = 0
    for one in found:
        assert at <= one.start < one.end <= len(text) and one.label in labels and round(EASIER * THRESHOLD, 4) <= one.score <= 1
        assert text[one.start : one.end] == text[one.start : one.end].strip() and (at == 0 or text[at : one.start].strip())
        at = one.end
    table = pa.table({"text": [text]})
    row = clean_arrow(table, tagger=tagger()).to_pylist()[0]
    kept, pieces = row["text"], [region["text"] for region in row["removed"]]
    for one, piece in zip(found, pieces):  # put back, the text is whole
        kept = kept[: one.start] + piece + kept[one.start :]
    assert kept == text and row["error"] is None


@given(st.text(alphabet="abslotgacor \n.<>:/𝓼é\u200b0", max_size=2500))
@settings(max_examples=60, deadline=None)
def test_windows_are_in_order_and_apart(text: str) -> None:
    found = windows(text)
    assert all(0 <= a < b <= len(text) for a, b in found) and all(b < c for (_, b), (c, _) in itertools.pairwise(found))


def test_windows_reach_about_a_hit_and_pass_over_single_hints() -> None:
    text = "xx " * 2000 + "slot gacor" + " yy" * 2000
    [(start, end)] = windows(text)
    assert start <= 6000 - REACH and end >= 6010 + REACH - JUMP and end - start < 2 * REACH + 200
    assert windows("Warga mengambil daftar di kantor desa.") == []
    assert windows("Daftar sekarang, gratis!") == [] and windows("Daftar sekarang, gratis, klik!") != []
    assert windows("Kunjungi https://a.example dan https://b.example") != [] and windows("Lihat https://desa.go.id") == []


@pytest.mark.parametrize(
    ("word", "plain", "ways"),
    [
        ("Slot", "slot", set()),
        ("𝓚𝓮𝓵𝓪𝓶𝓫𝓾", "kelambu", {"fancy"}),
        ("ｓｌｏｔ", "slot", {"fancy"}),
        ("ⓢⓛⓞⓣ", "slot", {"fancy"}),
        ("ᴊᴜᴀʟ", "jual", {"fancy"}),
        ("🅢🅛🅞🅣", "slot", {"fancy"}),
        ("s\u0336l\u0336o\u0336t\u0336", "slot", {"fancy"}),
        ("Тоgеl", "togel", {"homoglyph"}),
        ("b\u200bot", "bot", {"zero_width"}),
        ("s l o t", "slot", {"spacing"}),
        ("S.L.O.T", "slot", {"spacing"}),
        ("t0g3l", "t0g3l", {"leet"}),
        ("gacor88", "gacor88", set()),
        ("4D", "4d", set()),
        ("Казино", "казино", set()),
        ("𝔤", "g", set()),
        ("café", "cafe", set()),
    ],
)
def test_fold(word: str, plain: str, ways: set[str]) -> None:
    assert fold(word) == (plain, ways)


def test_a_window_goes_on_where_spam_may_run_out_of_it() -> None:
    texts = ["Bupati hadir. " * 30 + "slot gacor" + " kata" * 100, "togel " * 3]
    looks = [windows(text) for text in texts]
    reading = read(texts, looks, Types())
    tags = np.zeros((len(reading.types), 5), np.float32)
    assert list(_beyond(reading, tags, looks)) == [[(False, False)], [(False, False)]]
    last = int(np.flatnonzero(reading.window == 0)[-1])
    tags[last - 5, 0] = -9
    assert list(_beyond(reading, tags, looks)) == [[(False, False)], [(False, False)]]  # five tokens and no more
    tags[last - 4, 0] = np.log(1 - LIKELY - 0.01)
    assert list(_beyond(reading, tags, looks)) == [[(False, True)], [(False, False)]]
    tags[:, 0] = -9  # spam everywhere; the second text is read to both its ends
    assert list(_beyond(reading, tags, looks)) == [[(True, True)], [(False, False)]]
    [(start, end)] = looks[0]
    [(low, high)] = widened(texts[0], looks[0], [(FURTHER, FURTHER)])
    assert start - FURTHER - SNAP <= low <= start - FURTHER and end + FURTHER <= high <= end + FURTHER + SNAP
    assert widened(texts[0], looks[0], [(10**6, 10**6)]) == [(0, len(texts[0]))]
    words = "kata " * 200  # cut where words end
    assert widened(words, [(100, 204), (404, 504)], [(0, 150), (0, 0)]) == [(99, 354), (399, 504)]
    assert widened(words, [(100, 204), (404, 504)], [(0, 200), (0, 0)]) == [(99, 504)]


def test_a_region_longer_than_a_window_is_found_to_its_ends() -> None:
    spam = "Daftar slot gacor di gacor88 " + "dan menangkan hadiah setiap hari bersama teman lama di rumah sambil minum kopi " * 4 + "lalu klik gacor88"
    [one] = tagger().tag(HOST + spam + "\n\n" + ENGLISH)
    assert (one.start, one.end) == (len(HOST), len(HOST) + len(spam)) and len(spam) > 2 * (REACH + SNAP)


def test_rows_are_judged_alike_in_pieces_and_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tagger = Tagger()
    texts = [HOST + "slot gacor https://x.example togel " * 80] * 60
    reading = read(texts, [windows(text) for text in texts], tagger._types)
    vectors = network.vectors(tagger._model, tagger._types.known)
    pieces = network.judge(tagger._model, reading, tagger._types, vectors)
    assert len(reading.types) > 2 * network.ROWS
    monkeypatch.setattr(network, "ROWS", len(reading.types))
    for some, whole in zip(pieces, network.judge(tagger._model, reading, tagger._types, vectors)):
        np.testing.assert_allclose(some, whole, atol=1e-4)


def test_a_region_that_does_not_tell_what_it_is_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    text = HOST + "slot gacor hari ini\n\n" + "Warga menanam padi di sawah dan pulang. " * 2 + "\n\nlampu jalan itu\n\nslot gacor hari ini"
    likely = [(text.index(part), text.index(part) + len(part)) for part in ("slot gacor hari ini", "lampu jalan itu")] + [(len(text) - 19, len(text))]

    def judged(model: network.Model, reading: Reading, types: Types, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        inside = np.array([any(a <= start and end <= b and start < end for a, b in likely) for start, end in zip(reading.starts, reading.ends)])
        share = np.where(inside[:, None], [[0.01, 0.2, 0.39, 0.2, 0.2]], [[0.98, 0.005, 0.005, 0.005, 0.005]])
        return np.log(share).astype(np.float32), np.zeros((len(inside), vectors.shape[1]), np.float32)

    monkeypatch.setattr(network, "judge", judged)
    found = [(one.start, one.end) for one in Tagger().tag(text)]
    assert found == [likely[0], likely[2]]


def test_what_tells_that_a_region_is_spam() -> None:
    """Words of a trade, of promotion, disguised ones, hidden markup, markup, telephone numbers, each among four tokens."""
    counts = [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 2, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 3, 1], [0, 0, 0, 0, 4, 0], [0, 0, 0, 0, 0, 4]]
    assert _shown(np.array(counts), np.full(9, 4), np.full(9, 4)).tolist() == [True, False, True, False, True, True, False, True, False]


def test_a_few_telling_words_among_others_are_no_region() -> None:
    """One of a trade in each; what they tell together, and how many tokens: up to three must be half of them, more one in sixteen."""
    told, lengths = np.array([1, 1, 2, 3, 3, 4, 4, 40]), np.array([2, 3, 4, 6, 7, 64, 65, 641])
    assert _shown(np.array([[1, 0, 0, 0, 0, 0]] * 8), told, lengths).tolist() == [True, False, True, True, False, True, False, False]


def test_phrases_that_hardly_hold_anything_else_need_less() -> None:
    """What they tell, and how many tokens: two for each three, and no fewer than three."""
    assert _dense(np.array([2, 3, 3, 4, 6]), np.array([2, 4, 5, 6, 10])).tolist() == [False, True, False, True, False]


def test_arrow_in_arrow_out() -> None:
    spam = HOST + SLIPPED_IN[2]
    values = {"id": [1, 2, 3], "text": [spam, "Hujan turun.", None]}
    batch = pa.RecordBatch.from_pydict(values)
    tagged = tag_arrow(batch)
    assert isinstance(tagged, pa.RecordBatch) and tagged.schema.names == ["id", "text", "spans", "error"]
    rows = tagged.to_pylist()
    [span] = rows[0]["spans"]
    assert spam[span["start"] : span["end"]] == SLIPPED_IN[2] and set(span) == {"start", "end", "label", "score"}
    assert rows[1]["spans"] == [] and rows[2] == {"id": 3, "text": None, "spans": None, "error": "text is null"}
    table = pa.table(values)
    assert tag_arrow(table).to_pylist() == rows and isinstance(tag_arrow(polars.DataFrame(values)), pa.Table)
    assert polars.from_arrow(tag_arrow(polars.DataFrame(values)))["spans"].to_list()[:2] == [[span], []]
    mapped = Dataset.from_dict(values).with_format("arrow").map(tag_arrow, batched=True).with_format(None)
    assert mapped[0]["spans"][0]["end"] == span["end"] and mapped[2]["error"] == "text is null"
    for kind in (pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
        column = pa.array(values["text"]).dictionary_encode() if pa.types.is_dictionary(kind) else pa.array(values["text"], kind)
        cleaned = clean_arrow(pa.table({"text": column}))
        assert cleaned["text"].to_pylist() == [HOST, "Hujan turun.", None] and cleaned["text"].type == column.type
    bad = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(np.array([0, 3, 7], np.int32)), pa.py_buffer(b"a\xff!judi")])
    rows = tag_arrow(pa.RecordBatch.from_arrays([bad], ["text"]))
    assert rows["error"].to_pylist() == ["text is not UTF-8 (byte 1)", None] and rows["spans"].to_pylist()[0] is None


def test_slips_are_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SisipanError, match="no column 'body'; there are 'id', 'text'"):
        tag_arrow(pa.table({"id": [1], "text": ["x"]}), text_column="body")
    with pytest.raises(SisipanError, match="holds int64, not text"):
        tag_arrow(pa.table({"text": [1]}))
    for threshold in (0, 1, -1, float("nan")):
        with pytest.raises(SisipanError, match="between 0 and 1"):
            Tagger(threshold)
    (tmp_path / "x.npz").write_bytes(b"PK\x03\x04 no model")
    np.savez(tmp_path / "pickled.npz", header=np.array([{"a": 1}], dtype=object))
    for name in ("x.npz", "pickled.npz", "nowhere.npz"):
        with pytest.raises(SisipanError, match=f"{name}: not a model of the tagger"):
            Tagger(model=tmp_path / name)


def test_a_model_file_has_the_same_bytes_for_the_same_weights(tmp_path: Path) -> None:
    known = network.load()
    names = list(known.attributes)
    data = network.dump(known.weights, names, list(known.trades), known.card)
    assert data == network.dump(dict(reversed(known.weights.items())), names, list(known.trades), known.card)
    (tmp_path / "m.npz").write_bytes(data)
    again = network.load(tmp_path / "m.npz")
    assert pickle.loads(pickle.dumps(Tagger(0.4, tmp_path / "m.npz")))._source == tmp_path / "m.npz"
    assert again.digest == network.load().digest and set(again.trades) == set(load_schemas().labels("spam"))
    assert Tagger(0.4).identity != Tagger(0.5).identity and Tagger(0.5).identity == Tagger(0.5, tmp_path / "m.npz").identity


def test_the_tagger_does_better_than_the_filters() -> None:
    pages = [(article.text, [(s.start, s.end, s.label) for s in article.spam]) for article in articles()]
    found = {name: toll(pages, find) for name, find in systems().items()}
    best = max(one.score.f1 for name, one in found.items() if name != "tagger")
    assert found["tagger"].score.f1 > best + 0.3 and found["tagger"].lost < 0.01 and found["tagger"].hit <= 1


def test_pages_are_read_with_their_regions(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text("==== a-1 | comment | en\nHello ⟦slot:slot gacor⟧ there\n\n==== a-2 | clean | id\nBiasa.\n", "utf-8")
    one, two = read_pages(path)
    assert (one.text, one.regions, two.text, two.regions) == ("Hello slot gacor there", ((6, 16, "slot"),), "Biasa.", ())
    assert keyword_lines(one.text) == [(0, 22, "other")]
    for broken, message in (("==== a | b\nx\n", "page 1: expected"), ("==== a | b | c\nx ⟧\n", "a bracket without its fellow"), ("==== a | b | c\n⟦slot:x ⟦slot:y⟧\n", "a bracket without its fellow")):
        path.write_text(broken, "utf-8")
        with pytest.raises(SisipanError, match=message):
            list(read_pages(path))


@pytest.mark.parametrize("folder", ["challenge", "crawl"])
def test_pages_to_measure_on_are_marked_as_the_guidelines_say(folder: str) -> None:
    pages = [page for path in sorted((Path(__file__).parent / folder).glob("*.txt")) for page in read_pages(path)]
    assert len(pages) > 100 and len({page.id for page in pages}) == len({page.text for page in pages}) == len(pages)
    labels = set(load_schemas().labels("spam"))
    for page in pages:
        assert bool(page.regions) != page.kind.startswith("clean"), page.id
        for start, end, label in page.regions:
            assert label in labels and page.text[start:end] == page.text[start:end].strip(), page.id
        assert all(page.text[b:c].strip() for (_, b, _), (c, _, _) in itertools.pairwise(page.regions)), page.id
