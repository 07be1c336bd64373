"""Quotes become the offsets they name, edits move spans exactly, and what is unsure is refused."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sisipan.anchor import anchor_document, is_quoted, parse_marked, to_marked
from sisipan.errors import AnchorError
from sisipan.quotes import occurrences, resolve_quote
from sisipan.reanchor import reanchor
from sisipan.schemas import load_schemas

LABELS = load_schemas().labels("entities")
TEXT = "Bank Indonesia naik. 😀 Kata Semuel, Bank Indonesia turun, kata Rita."


def test_prefix_and_suffix_choose_one_of_several() -> None:
    assert resolve_quote(TEXT, {"exact": "Bank Indonesia", "suffix": " naik"}) == (0, 14)
    assert resolve_quote(TEXT, {"exact": "Bank Indonesia", "prefix": "Semuel, "}) == (36, 50)


def test_an_ambiguous_quote_names_its_candidates() -> None:
    with pytest.raises(AnchorError) as caught:
        resolve_quote(TEXT, {"exact": "Bank Indonesia"})
    assert caught.value.candidates == ((0, 14), (36, 50))
    assert str(caught.value) == (
        "the quote 'Bank Indonesia' stands 2 times; add prefix or suffix: "
        "line 1, column 1 [0:14] …»Bank Indonesia« naik. 😀 Kata Sem…; "
        "line 1, column 37 [36:50] …aik. 😀 Kata Semuel, »Bank Indonesia« turun, kata Rita.…"
    ).replace("…aik. 😀 Kata Semuel, »", f"…{TEXT[18:36]}»").replace("« naik. 😀 Kata Sem…", f"«{TEXT[14:32]}…")


def test_a_missing_quote_names_what_is_most_alike() -> None:
    with pytest.raises(AnchorError, match="is not in the text; most alike: line 1, column 24") as caught:
        resolve_quote(TEXT, {"exact": "Kata Samuel"})
    assert TEXT[slice(*caught.value.candidates[0])] == "Kata Semuel"


def test_a_long_span_is_quoted_by_its_first_and_last_words() -> None:
    start, end = resolve_quote(TEXT, {"first": "Kata Semuel", "last": "turun"})
    assert TEXT[start:end] == "Kata Semuel, Bank Indonesia turun"
    with pytest.raises(AnchorError, match="no 'naik' after 'Kata Semuel'"):
        resolve_quote(TEXT, {"first": "Kata Semuel", "last": "naik"})


def test_the_nearest_speaker_is_a_whole_word_where_there_is_one() -> None:
    text = "Menurut dia, kurun terpanjang diakhiri endapan tebal."
    assert resolve_quote(text, {"exact": "dia"}, (13, 52)) == (8, 11)
    assert resolve_quote("Endapan mengakhirinya", {"exact": "akhir"}, (0, 7)) == (12, 17)
    assert resolve_quote("Kata Ani, ujar Aninya", {"exact": "Ani"}, (16, 21)) == (15, 18)


def test_speaker_and_cue_are_the_nearest_ones_and_the_claimant_the_mention_in_the_speaker() -> None:
    text = "Api padam, kata Rita. Angin reda, kata Doni. Doni dan Rita pulang."
    document = {
        "entities": [{"exact": "Rita", "prefix": "kata ", "label": "PER"}, {"exact": "Doni", "prefix": "kata ", "label": "PER"}],
        "claims": [{"exact": "Angin reda", "label": "event", "speaker": "Doni", "cue": "kata", "claimant": "Doni", "checkworthy": False}],
        "spam": [],
    }
    out, refused = anchor_document(text, document)
    claim = out["claims"][0]
    assert refused == ()
    assert claim == {"id": "c1", "start": 22, "end": 32, "text": "Angin reda", "label": "event", "claimant": "e2", "speaker": {"start": 39, "end": 43}, "cue": {"start": 34, "end": 38}, "checkworthy": False}
    assert not is_quoted(claim)


def test_a_cue_at_equal_distance_on_both_sides_is_refused() -> None:
    document = {"claims": [{"exact": "B", "label": "event", "speaker": None, "cue": "kata", "claimant": None, "checkworthy": False}]}
    _, refused = anchor_document("A kata B kata C", document)
    assert len(refused) == 1 and refused[0].startswith("claims[0]: the quote 'kata' stands 2 times; add prefix or suffix")


@pytest.mark.parametrize("span", [7, {"exact": 7}, {}, {"start": 1}, {"exact": ""}])
def test_what_is_no_span_is_refused_not_raised(span: object) -> None:
    _, refused = anchor_document("Jakarta", {"entities": [span]})
    assert len(refused) == 1 and refused[0].startswith("entities[0]: ")


def test_nothing_of_a_document_is_dropped_in_silence() -> None:
    assert anchor_document("x", {"note": "mine"})[1] == ("note: unknown field; a document has article, text_sha256, entities, claims, spam",)
    assert anchor_document("x", {"claims": {"a": 1}})[1] == ("claims: not a list of spans",)


def test_marks_with_an_unknown_label_are_text() -> None:
    text, marks = parse_marked("[Bank Indonesia|ORG] [x|y] [a|ORGX] [https://x.test judi]", LABELS)
    assert text == "Bank Indonesia [x|y] [a|ORGX] [https://x.test judi]"
    assert [(m.start, m.end, m.label) for m in marks] == [(0, 14, "ORG")]


@given(st.lists(st.tuples(st.text(alphabet="ab 😀\n.", min_size=1, max_size=6), st.sampled_from([None, *LABELS])), max_size=8))
def test_marking_is_undone_by_parsing(pieces: list[tuple[str, str | None]]) -> None:
    marked = "".join(piece if label is None else f"[{piece}|{label}]" for piece, label in pieces)
    text, marks = parse_marked(marked, LABELS)
    assert text == "".join(piece for piece, _ in pieces)
    assert to_marked(text, [{"start": m.start, "end": m.end, "label": m.label} for m in marks]) == marked


words = st.lists(st.sampled_from(["api", "Rita", "😀", "padam", "Bank", "dan"]), min_size=3, max_size=14)


@given(words, st.data())
def test_a_quote_with_all_its_context_is_never_refused(tokens: list[str], data: st.DataObject) -> None:
    text = " ".join(tokens)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert resolve_quote(text, {"exact": text[start:end], "prefix": text[:start], "suffix": text[end:]}) == (start, end)
    assert (start, end) in occurrences(text, text[start:end])


@settings(max_examples=300)
@given(words, words, st.data())
def test_after_an_insertion_a_span_is_where_it_was_or_is_refused(tokens: list[str], inserted: list[str], data: st.DataObject) -> None:
    bounds = [0]
    for token in tokens:
        bounds.append(bounds[-1] + len(token) + 1)
    chosen = data.draw(st.lists(st.integers(0, len(tokens) - 1), min_size=1, unique=True))
    spans = [{"id": f"e{n}", "start": bounds[n], "end": bounds[n] + len(tokens[n]), "text": tokens[n], "label": "PER"} for n in sorted(chosen)]
    place = data.draw(st.integers(0, len(tokens)))
    edited = " ".join(tokens[:place] + ["SISIP", *inserted] + tokens[place:])
    moved = len("SISIP") + 1 + sum(len(t) + 1 for t in inserted)
    layers, refused = reanchor(edited, {"entities": spans})
    for before, after in zip(spans, layers["entities"]):
        if not any(f" {before['id']} " in message for message in refused):
            assert edited[after["start"] : after["end"]] == before["text"]
    if not refused and len(set(tokens)) == len(tokens) and not set(tokens) & set(inserted):
        for before, after in zip(spans, layers["entities"]):
            assert after["start"] == before["start"] + (moved if before["start"] >= bounds[place] else 0)


def test_two_mentions_of_one_name_keep_apart_after_an_edit(repository) -> None:
    text = "Rita datang. Doni pergi. Rita pulang."
    spans = [{"id": "e1", "start": 0, "end": 4, "text": "Rita", "label": "PER"}, {"id": "e2", "start": 13, "end": 17, "text": "Doni", "label": "PER"}, {"id": "e3", "start": 25, "end": 29, "text": "Rita", "label": "PER"}]
    layers, refused = reanchor("Pagi ini " + text, {"entities": spans})
    assert refused == []
    assert [(s["start"], s["end"]) for s in layers["entities"]] == [(9, 13), (22, 26), (34, 38)]


def spans_of(text: str, *surfaces: str) -> list[dict]:
    """Entities on the given words, in order of the text; a word given twice is its next occurrence."""
    out, at = [], 0
    for number, surface in enumerate(surfaces, start=1):
        start = re.compile(rf"\b{surface}\b").search(text, at).start()
        at = start + len(surface)
        out.append({"id": f"e{number}", "start": start, "end": at, "text": surface, "label": "PER"})
    return out


def placed(text: str, layers: dict, refused: list[str]) -> list[str | None]:
    """What each entity covers now; None where it was refused."""
    return [None if any(f" {e['id']} " in r for r in refused) else text[e["start"] : e["end"]] for e in layers["entities"]]


def test_a_surface_that_is_gone_is_refused_with_a_look_alike() -> None:
    old = "Rita Simuru datang ke Demak"
    _, refused = reanchor("Kemarin Rita Sumiru datang ke Demak", {"entities": spans_of(old, "Rita Simuru")})
    assert refused == ["entities[0] e1 'Rita Simuru' is no longer in the text; quote it anew with exact, prefix, suffix. Candidates: line 1, column 9 [8:19] …Kemarin »Rita Sumiru« datang ke Demak…"]


@pytest.mark.parametrize("known", [True, False], ids=["with the earlier text", "by surfaces"])
@pytest.mark.parametrize(
    ("old", "surfaces", "new", "expected"),
    [
        ("Ali datang.\n\nPara warga senang.\n\nAli pulang.", ("Ali", "Ali"), "Para warga senang.\n\nAli pulang.", {(None, "Ali"), (None, None)}),
        ("Kota Ali.\n\nBudi dan Ali pulang.", ("Budi",), "Kota Ali.\n\nBudi dan Aly pulang.", {("Budi",)}),
        ("Rina tiba. Pekerja Alibaba mogok. Ali pulang.", ("Rina", "Ali"), "Rina tiba. Pekerja Alibaba mogok. Umar pulang.", {("Rina", None)}),
        ("A Ali B Ali C Ali D", ("Ali", "Ali", "Ali"), "A Ali X B Ali C Y Ali D", {("Ali", "Ali", "Ali")}),
    ],
)
def test_edits_that_delete_and_add(old: str, surfaces: tuple, new: str, expected: set, known: bool) -> None:
    layers, refused = reanchor(new, {"entities": spans_of(old, *surfaces)}, old if known else None)
    assert tuple(placed(new, layers, refused)) in expected
    starts = [e["start"] for e, covered in zip(layers["entities"], placed(new, layers, refused)) if covered]
    assert starts == sorted(set(starts))


def test_a_moved_name_never_lands_on_one_before_its_neighbour() -> None:
    old = "Kota Ali.\n\nBudi dan Ali pulang."
    spans = [{"id": "e1", "start": 11, "end": 15, "text": "Budi", "label": "PER"}, {"id": "e2", "start": 20, "end": 23, "text": "Ali", "label": "PER"}]
    new = "Kota Ali.\n\nBudi dan Aly pulang."
    for known in (old, None):
        layers, refused = reanchor(new, {"entities": spans}, known)
        assert any(" e2 " in message for message in refused)


def test_a_cue_before_which_words_were_put_is_moved_exactly_or_refused() -> None:
    old = "Harga naik 5 persen, ujar seorang pedagang."
    claim = {"id": "c1", "start": 0, "end": 19, "text": "Harga naik 5 persen", "label": "statistic", "claimant": None, "speaker": {"start": 26, "end": 42}, "cue": {"start": 21, "end": 25}, "checkworthy": True}
    new = "Harga naik 5 persen, demikian Senin ujar seorang pedagang."
    layers, refused = reanchor(new, {"claims": [claim]}, old)
    moved = layers["claims"][0]
    assert refused == [] and new[moved["cue"]["start"] : moved["cue"]["end"]] == "ujar" and new[moved["speaker"]["start"] : moved["speaker"]["end"]] == "seorang pedagang"
    assert len(reanchor(new, {"claims": [claim]})[1]) == 2


WORDS = ["Ali", "Budi", "datang", "ke", "kota", "dan", "pulang", "😀", "lagi"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), min_size=4, max_size=20), st.data())
def test_two_edits_at_once_with_the_earlier_text(tokens: list[str], data: st.DataObject) -> None:
    """A name that the edits did not touch keeps its own words round it, or is refused; none is invented."""
    old = " ".join(tokens)
    names = [n for n, token in enumerate(tokens) if token in ("Ali", "Budi")]
    spans = [{"id": f"e{n}", "start": len(" ".join(tokens[:n])) + (n > 0), "end": len(" ".join(tokens[: n + 1])), "text": tokens[n], "label": "PER"} for n in names]
    edited = list(tokens)
    for _ in range(2):
        at = data.draw(st.integers(0, len(edited)))
        removed = data.draw(st.integers(0, 3))
        edited[at : at + removed] = data.draw(st.lists(st.sampled_from([*WORDS, "baru"]), max_size=2))
    new = " ".join(edited)
    layers, refused = reanchor(new, {"entities": spans}, old)
    kept = [(e["start"], new[e["start"] : e["end"]], e["text"]) for e, covered in zip(layers["entities"], placed(new, layers, refused)) if covered]
    assert all(found == surface for _, found, surface in kept)
    assert [start for start, _, _ in kept] == sorted({start for start, _, _ in kept})
    if new == old:
        assert refused == []


def test_a_wrong_offset_is_mended_by_the_surface_never_the_surface_by_the_offset() -> None:
    text = "😀😀 Bank Indonesia naik. Bank turun."
    wrong = {"id": "e1", "start": 5, "end": 19, "text": "Bank Indonesia", "label": "ORG"}
    for start, end in ((5, 19), (9, 23), (0, 3), (400, 414)):
        out, refused = anchor_document(text, {"entities": [{**wrong, "start": start, "end": end}]})
        assert refused == () and (out["entities"][0]["start"], out["entities"][0]["text"]) == (3, "Bank Indonesia")
    _, refused = anchor_document(text, {"entities": [{**wrong, "text": "Bank"}]})
    assert "which stands 2 times; quote the span anew" in refused[0]
    _, refused = anchor_document(text, {"entities": [{**wrong, "text": "Bank Sentral"}]})
    assert "which is not in the text" in refused[0]


def test_a_quote_beside_offsets_wins() -> None:
    out, refused = anchor_document("Ali dan Ali", {"entities": [{"id": "e1", "start": 0, "end": 3, "text": "Ali", "label": "PER", "exact": "Ali", "prefix": "dan "}]})
    assert refused == () and out["entities"] == [{"id": "e1", "start": 8, "end": 11, "text": "Ali", "label": "PER"}]


def test_speakers_and_cues_move_with_their_sentence(root) -> None:
    document = json.loads((root / "annotations/gold/banjir-demak.json").read_bytes())
    text = (root / "corpus/banjir-demak.txt").read_text("utf-8").split("---\n", 2)[2].removesuffix("\n")
    out, refused = anchor_document("Kilas: " + text, document)
    assert refused == ()
    for layer in ("entities", "claims", "spam"):
        for before, after in zip(document[layer], out[layer]):
            assert after["start"] == before["start"] + 7 and after["text"] == before["text"]
    assert out["claims"][0]["cue"] == {"start": 66, "end": 70} and out["claims"][0]["speaker"] == {"start": 71, "end": 99}
    again, _ = anchor_document("Kilas: " + text, out)
    assert again == out


@given(st.text(max_size=40), st.dictionaries(st.sampled_from(["exact", "prefix", "suffix", "first", "last"]), st.text(max_size=5), max_size=4))
def test_any_quote_resolves_to_itself_or_is_refused(text: str, quote: dict[str, str]) -> None:
    try:
        start, end = resolve_quote(text, quote)
    except AnchorError:
        return
    assume("exact" in quote)
    if "first" not in quote and "last" not in quote:
        assert text[start:end] == quote["exact"]
