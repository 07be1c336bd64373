"""Conversion: every article survives every two-way format, span by span; what would be lost is named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import REPOSITORY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spans import FLOOD, articles

from sisipan.build import load_corpus
from sisipan.cli import cli
from sisipan.cli.common import write_folder
from sisipan.convert import FORMATS, LossError, export_files, read_pages, to_document, to_page
from sisipan.convert import brat, cas, jsonl, label_studio
from sisipan.convert.regions import fitted, parse_label
from sisipan.errors import SisipanError
from sisipan.model import Entity, Range
from sisipan.schemas import load_schemas
from sisipan.store import format_document

TWO_WAY = [name for name, form in FORMATS.items() if form.read]
SCHEMAS = load_schemas()
CORPUS = [article for article in load_corpus(REPOSITORY) if article.text]


def there_and_back(found: list, name: str, folder: Path) -> list[dict]:
    """The documents after an export and an import."""
    files, lost = export_files(found, name, SCHEMAS)
    assert lost == []
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for file, data in files.items():
        (folder / file).write_bytes(data)
    for beside in ("annotation.conf", "labels.xml", "TypeSystem.xml"):
        (folder / beside).unlink(missing_ok=True)
    return [to_document(page) for page in read_pages(folder, name)]


@pytest.mark.parametrize("name", TWO_WAY)
def test_every_article_of_the_corpus_survives(name: str, tmp_path: Path) -> None:
    back = there_and_back(CORPUS, name, tmp_path / "x")
    for article, document in zip(CORPUS, sorted(back, key=lambda d: d["article"]), strict=True):
        assert format_document(document) == (REPOSITORY / f"annotations/gold/{article.id}.json").read_text("utf-8")


@pytest.mark.parametrize("name", TWO_WAY)
@given(article=articles())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_overlapping_spans_astral_characters_and_empty_layers_survive(name: str, tmp_path: Path, article: object) -> None:
    want = to_document(to_page(article))
    try:
        assert there_and_back([article], name, tmp_path / "x") == [want]
    except LossError as error:
        assert name == "brat" and "begins or ends with a line end" in str(error)


def test_brat_by_hand() -> None:
    """A newline inside a span makes fragments; the reading of a brat file that a person made."""
    text = "Rudi\nHartawan 😀 di Demak"
    article = replace(FLOOD, id="x", text=text, entities=(Entity("e1", 0, 13, text[:13], "PER"), Entity("e2", 19, 24, "Demak", "GPE")), claims=(), spam=())
    files = brat.write(to_page(article))
    assert files["x.ann"] == "T1\tEntity-PER 0 4;5 13\tRudi Hartawan\nT2\tEntity-GPE 19 24\tDemak\n#1\tAnnotatorNotes T1\tid e1\n#2\tAnnotatorNotes T2\tid e2\n"
    utf16 = "T7\tEntity-GPE 20 25\tDemak\n"
    assert [(r.id, r.start, r.end) for r in brat.read("x", text, utf16).regions] == [("e1", 19, 24)]
    for ann, message in (
        ("T1\tEntity-GPE 0 4;14 16\tRudi 😀 ", "a span in pieces|is not"),
        ("T1\tEntity-GPE 0 4\tBudi", "0 4 is not 'Budi' in code points; .*0 4 is not 'Budi' in utf-16; the text is another one"),
        ("E1\tAttack:T1", "x.ann:1: 'E1\\\\tAttack:T1' would be lost"),
        ("T1\tEntity-PER 0 4\tRudi\n#1\tAnnotatorNotes T1\tapakah ini benar?", "x.ann:2: .* would be lost"),
        ("T1\tSpeaker 0 4\tRudi", "the speaker 'Rudi' belongs to no claim and would be lost"),
        ("T1\tEntity-PER 0 4\tRudi\nR1\tclaimant Arg1:T1 Arg2:T9", "a link leads to T9, which is no span of the file"),
        ("T1\tSpam-slot 0 4\tRudi", "has no form; set it in brat"),
        ("T1\tTerm 0 4\tRudi", "the type 'Term' is none of"),
        ("T1\tEntity-PER 0 4\tRudi\nA1\tcheckworthy T1", "has the attribute 'checkworthy', which entities do not have"),
    ):
        with pytest.raises(LossError, match=message):
            to_document(brat.read("x", text, ann))


def test_offsets_are_told_apart_by_the_quotes_of_a_whole_document_and_never_guessed() -> None:
    text = "😀😀 Demak aa"
    assert fitted("x", text, [(3, 8, "Demak", "here")]) == [(3, 8)] == fitted("x", text, [(5, 10, "Demak", "here")])
    assert fitted("x", text, [(5, 10, None, "here")], "utf-16") == [(3, 8)]
    assert fitted("x", text, [(5, 10, "Demak", "one"), (11, 12, "a", "two")]) == [(3, 8), (9, 10)], "the second alone would fit code points at another place"
    with pytest.raises(LossError, match="x: here: 4:8 is 'emak' in code points, but the quote is 'Demak'; here: 4:8 is ' Dem' in utf-16"):
        fitted("x", text, [(4, 8, "Demak", "here")])
    with pytest.raises(LossError, match=r"1:2 \(utf-16\) is no range of the text"):
        fitted("x", text, [(1, 2, None, "here")], "utf-16")


def test_tools_own_ids_numbers_and_shapes() -> None:
    """What the tools write when people have drawn in them: new ids, renumbered spans, relations by place, other shapes of a record."""
    page = to_page(FLOOD)
    want = to_document(page)
    doccano = jsonl.write(page, "doccano")
    shift = {e["id"]: e["id"] + 7000 for e in doccano["entities"]}
    renumbered = {**doccano, "id": 4711, "entities": [{**e, "id": shift[e["id"]]} for e in reversed(doccano["entities"])], "relations": [{**r, "from_id": shift[r["from_id"]], "to_id": shift[r["to_id"]]} for r in doccano["relations"]]}
    assert to_document(jsonl.READERS["doccano"](renumbered, "x")) == want
    with pytest.raises(LossError, match="has comments, which would be lost"):
        jsonl.READERS["doccano"]({**doccano, "Comments": ["?"]}, "x")
    bare = jsonl.READERS["doccano"]({"text": "Ke Demak", "label": [[3, 8, "entities:GPE"]]}, "x")
    assert [(r.id, r.start, r.end, r.label) for r in bare.regions] == [("e1", 3, 8, "GPE")]
    prodigy = jsonl.write(page, "prodigy")
    for relation in prodigy["relations"]:
        for side in ("head_span", "child_span"):
            relation[side].pop("id", None)
    assert to_document(jsonl.READERS["prodigy"](prodigy, "x")) == want
    argilla = jsonl.write(page, "argilla")
    older = {**argilla, "suggestions": [{"question_name": name, "value": one["value"]} for name, one in argilla["suggestions"].items()], "responses": []}
    assert to_document(jsonl.READERS["argilla"](older, "x")) == want
    answered = {**argilla, "responses": [{"user_id": "u", "status": "submitted", "values": {"entities": {"value": argilla["suggestions"]["entities"]["value"]}}}]}
    assert to_document(jsonl.READERS["argilla"](answered, "x")) == want
    with pytest.raises(LossError, match="a response is 'draft'"):
        jsonl.READERS["argilla"]({**argilla, "responses": {"spam": [{"user_id": "u", "status": "draft", "value": []}]}}, "x")
    drawn = label_studio.write(page)
    for item in drawn["annotations"][0]["result"]:
        for name in ("id", "from_id", "to_id"):
            if item.get(name) == FLOOD.claims[0].id:
                item[name] = "aB3_x-Z"
        if "value" in item:
            item["value"]["text"] = item["value"]["text"].replace("\n", "\\n")
    assert [span["start"] for span in to_document(label_studio.read(drawn, "x"))["claims"]] == [claim.start for claim in FLOOD.claims]


def test_an_xmi_of_inception_with_its_own_layers() -> None:
    cassis = pytest.importorskip("cassis")
    types = cas.typesystem()
    token = types.create_type(name="de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token")
    theirs = cassis.load_cas_from_xmi(cas.write(to_page(FLOOD), "xmi"), typesystem=types)
    theirs.add(token(begin=0, end=4))
    assert to_document(cas.read(theirs.to_xmi(), "xmi", "x")) == to_document(to_page(FLOOD))
    other = types.create_type(name="webanno.custom.Sentiment", supertypeName="uima.tcas.Annotation")
    theirs.add(other(begin=0, end=4))
    with pytest.raises(LossError, match="annotations of the type webanno.custom.Sentiment would be lost"):
        cas.read(theirs.to_xmi(), "xmi", "x")


def test_label_studio_refuses_what_it_cannot_keep() -> None:
    task = label_studio.write(to_page(FLOOD))
    with pytest.raises(LossError, match="JSON_MIN loses the relations"):
        label_studio.read({"id": 1, "text": "x", "label": []}, "task 0")
    with pytest.raises(LossError, match="has 2 annotations"):
        label_studio.read({**task, "annotations": task["annotations"] * 2}, "task 0")
    broken = json.loads(json.dumps(task))
    broken["annotations"][0]["result"] = [item for item in broken["annotations"][0]["result"] if item.get("from_name") != "form"]
    with pytest.raises(LossError, match=r"has no form; choose it in Label Studio"):
        label_studio.read(broken, "task 0")
    broken["annotations"][0]["result"].append({"type": "rating", "from_name": "stars"})
    with pytest.raises(LossError, match="an item of type 'rating' from 'stars' would be lost"):
        label_studio.read(broken, "task 0")


def test_links_that_a_claim_cannot_have_are_named() -> None:
    claimed = next(claim for claim in FLOOD.claims if claim.speaker)
    page = to_page(FLOOD)
    wrong = replace(page, links=(*page.links, replace(page.links[0], source="e1")))
    with pytest.raises(LossError, match="from 'e1' is none that a claim has"):
        to_document(wrong)
    twice = replace(page, links=(*page.links, next(link for link in page.links if link.source == claimed.id and link.label == "speaker")))
    with pytest.raises(LossError, match="has two links speaker"):
        to_document(twice)
    assert parse_label("spam:slot:byline:none", "x") == ("spam", "slot", {"form": "byline", "obfuscation": "none"})
    with pytest.raises(LossError, match="the label 'slot' is none of"):
        parse_label("slot", "x")


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=6), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "data", "annotations", "result", "spans", "entities", "label", "start", "end", "id", "meta", "fields", "metadata", "suggestions", "responses", "relations", "value", "type", "from_name"]), inner, max_size=5), max_leaves=20)


@pytest.mark.parametrize("name", ["label-studio", "doccano", "prodigy", "argilla", "cas-json"])
@given(value=JSON)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_read_or_refused_by_name(name: str, tmp_path: Path, value: object) -> None:
    path = tmp_path / f"x{FORMATS[name].suffix}"
    path.write_text(json.dumps([value] if name == "label-studio" else value) + "\n", "utf-8")
    try:
        read_pages(path, name)
    except SisipanError as error:
        assert str(path) in str(error) or "x" in str(error)


def test_new_spans_get_free_ids_and_claims_share_a_speaker() -> None:
    value = jsonl.write(to_page(FLOOD), "doccano")
    value["entities"].append({"id": 999, "label": "entities:PER", "start_offset": 0, "end_offset": 4})
    page = jsonl.READERS["doccano"](value, "x")
    assert len({region.id for region in page.regions}) == len(page.regions)
    two = replace(FLOOD, claims=tuple(replace(claim, speaker=Range(0, 3)) for claim in FLOOD.claims[:2]))
    assert sum(region.kind == "speaker" for region in to_page(two).regions) == 1


def test_conll_has_every_token_with_its_tags_and_lists_what_does_not_fit() -> None:
    text = "Kabul aman.\n\nIa pergi"
    article = replace(FLOOD, id="x", text=text, text_sha256="h", entities=(Entity("e1", 0, 5, "Kabul", "GPE"), Entity("e2", 11, 13, "\n\n", "PER")), claims=(), spam=())
    files, lost = export_files([article], "conll", SCHEMAS)
    assert files["sisipan.conll"].decode() == (
        "# id = x\n# text_sha256 = h\nKabul\t0\t5\tB-GPE\tO\tO\naman\t6\t10\tO\tO\tO\n.\t10\t11\tO\tO\tO\n\nIa\t13\t15\tO\tO\tO\npergi\t16\t21\tO\tO\tO\n\n"
    )
    assert lost == [("x", "e2")]


def test_docbin_keeps_text_and_spans() -> None:
    spacy = pytest.importorskip("spacy")
    files, lost = export_files(CORPUS[:10], "docbin", SCHEMAS)
    docs = list(spacy.tokens.DocBin().from_bytes(files["sisipan.spacy"]).get_docs(spacy.blank("id").vocab))
    assert [doc.text for doc in docs] == [article.text for article in CORPUS[:10]] and lost == []
    assert [(e.start_char, e.end_char, e.label_) for e in docs[0].ents] == [(e.start, e.end, e.label) for e in CORPUS[0].entities]
    assert len(docs[0].spans["claims"]) == len(CORPUS[0].claims)


def test_the_commands_refuse_to_write_over_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = CliRunner().invoke
    monkeypatch.chdir(REPOSITORY)
    out = tmp_path / "brat"
    one = CORPUS[0].id
    assert run(cli, ["export", "--to", "brat", "--article", one, str(out)]).exit_code == 0
    with pytest.raises(SisipanError, match="exists; name a new folder"):
        run(cli, ["export", "--to", "brat", str(out)], catch_exceptions=False, standalone_mode=False)
    assert run(cli, ["import", "--from", "brat", str(out), str(tmp_path / "review")]).output.splitlines()[-1] == f"1 annotation documents in {tmp_path / 'review'}"
    with pytest.raises(SisipanError, match="lies in annotations/"):
        run(cli, ["import", "--from", "brat", str(out), str(REPOSITORY / "annotations/gold")], catch_exceptions=False, standalone_mode=False)
    (out / f"{one}.txt").write_text("Lain", "utf-8")
    (out / f"{one}.ann").write_text("\n", "utf-8")
    with pytest.raises(SisipanError, match="the text differs from .* at character 0: 'Lain' against"):
        run(cli, ["import", "--from", "brat", str(out), str(tmp_path / "again")], catch_exceptions=False, standalone_mode=False)
    assert not (tmp_path / "again").exists()
    (out / f"{one}.txt").unlink()
    (out / f"{one}.ann").unlink()
    (out / "x.jsonl").write_text(json.dumps({"text": "y", "meta": {"id": "../../evil"}, "spans": []}) + "\n", "utf-8")
    with pytest.raises(SisipanError, match="'../../evil' is no id of an article"):
        run(cli, ["import", "--from", "prodigy", str(out / "x.jsonl"), str(tmp_path / "again")], catch_exceptions=False, standalone_mode=False)
    with pytest.raises(SisipanError, match="would be written outside"):
        write_folder(tmp_path / "w", {"../evil.json": b""})
