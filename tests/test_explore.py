"""The page to look at the corpus, in a real browser without network: clicks, filters, links, and nothing that runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Done
from spans import FLOOD

from sisipan.explore import in_script, site_files
from sisipan.model import Article, Claim, Entity, Range, Spam
from sisipan.schemas import load_schemas

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"]
NASTY = "Judul <script>window.hacked = 1</script>\n\n<img src=x onerror='window.hacked = 2'> 😀 Budi\u200b Hartawan \u202eterbalik dari Kudus, kata Rudi. sl0t \"</script>\" & akhir"


def nasty() -> Article:
    """An article with markup, a zero-width space, a right-to-left override and astral characters, and crossing spans."""

    def at(words: str) -> tuple[int, int]:
        return NASTY.index(words), NASTY.index(words) + len(words)

    person, place = at("Budi\u200b Hartawan"), at("Kudus")
    claim, cross = at("Hartawan \u202eterbalik dari Kudus"), at("Rudi")
    return replace(
        FLOOD, id="nasty", title=NASTY.partition("\n")[0], text=NASTY, topic="sport", split="test", brands=(),
        entities=(Entity("e1", *person, NASTY[slice(*person)], "PER"), Entity("e2", *place, "Kudus", "GPE"), Entity("e3", *cross, "Rudi", "PER")),
        claims=(Claim("c1", *claim, NASTY[slice(*claim)], "event", "e3", Range(*cross), Range(*at("kata")), True),),
        spam=(Spam("s1", *at("sl0t"), "sl0t", "slot", "inline_anchor", "leet"),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of three articles: the flood with unlike passes, the nasty one, a withheld one."""
    other = replace(FLOOD, claims=FLOOD.claims[1:])
    withheld = replace(FLOOD, id="withheld", title=None, text=None, text_status="withheld")
    files = site_files("9.9.9", load_schemas(), [FLOOD, nasty(), withheld], {FLOOD.id: (FLOOD, other)})
    folder = tmp_path_factory.mktemp("site")
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("no Chromium on the path")
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Any, site: Path) -> Iterator[Any]:
    """The page, which must end without an error and without a request to anywhere but its folder."""
    opened = browser.new_page(viewport={"width": 1200, "height": 800})
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(f"file://{site}") else None)
    opened.goto(f"file://{site}/index.html")
    yield opened
    assert wrong == []
    opened.close()


def expect(page: Any, selector: str, words: str) -> None:
    """Wait until the element reads so; the page's own policy forbids waiting by evaluated code."""
    from playwright.sync_api import expect as wait

    wait(page.locator(selector)).to_have_text(words)


def test_whatever_stands_in_an_article_is_shown_and_never_run(page: Any) -> None:
    page.goto(page.url.split("#")[0] + "#nasty")
    shown = page.locator("#article").inner_text()
    assert "<script>window.hacked = 1</script>" in shown and "onerror='window.hacked = 2'" in shown and "U+200B" in shown and "U+202E" in shown
    assert page.evaluate("window.hacked") is None and page.locator("#article img, #article script").count() == 0
    assert "\u202e" not in shown and page.locator(".inv").first.get_attribute("title") == "invisible character U+200B"


def test_crossing_spans_are_exact(page: Any) -> None:
    page.goto(page.url.split("#")[0] + "#nasty")
    pieces = page.eval_on_selector_all("#article [data-s]", "nodes => nodes.map(n => [n.dataset.s, n.textContent])")
    assert pieces == [["e1", "BudiU+200B "], ["e1 c1", "Hartawan"], ["c1", " U+202Eterbalik dari "], ["c1 e2", "Kudus"], ["e3", "Rudi"], ["s1", "sl0t"]]


def test_cards_links_and_keys(page: Any) -> None:
    page.goto(page.url.split("#")[0] + "#nasty/c1")
    card = page.locator("#card").inner_text()
    assert "check-worthy\nyes" in card and "speaker\n“Rudi”" in card and "cue\n“kata”" in card
    page.click("#card dd a")
    assert page.evaluate("location.hash") == "#nasty/e3" and page.locator("#article .on").inner_text() == "Rudi"
    page.keyboard.press("n")
    assert page.evaluate("location.hash") == "#nasty/s1" and "inline_anchor" in page.locator("#card").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden()
    page.keyboard.press("k")
    assert page.evaluate("location.hash") == f"#{FLOOD.id}"
    page.locator("#article .s").first.click()
    assert page.evaluate("location.hash").startswith(f"#{FLOOD.id}/s")


def test_the_skip_link_and_broken_links_keep_the_article(page: Any) -> None:
    page.goto(page.url.split("#")[0] + "#nasty")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#nasty" and page.evaluate("document.activeElement.id") == "article"
    assert page.locator("#list a[data-id=nasty] .inv").count() == 0 and "\u202e" not in page.title()
    page.goto(page.url.split("#")[0] + "#%E0%A4%A")
    page.reload()
    assert page.locator("#article .text").count() == 1


def test_layers_and_labels_are_switched(page: Any) -> None:
    page.goto(page.url.split("#")[0] + "#nasty")
    page.keyboard.press("1")
    assert page.locator("#article .e").count() == 0 and page.locator("#article .c").count() > 0
    page.keyboard.press("1")
    page.click("[data-label='entities.GPE']")
    assert "Kudus" not in page.eval_on_selector_all("#article .e", "nodes => nodes.map(n => n.textContent)")
    page.check("#marks")
    assert "slot" in page.eval_on_selector_all("#article sup", "nodes => nodes.map(n => n.textContent)")


def test_search_and_filters(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("hartawan")
    expect(page, "#count", "1 of 3 articles")
    page.fill("#search", "")
    page.select_option("#filter-topic", "sport")
    assert page.locator("#list a").count() == 1
    page.select_option("#filter-topic", "")
    page.select_option("#filter-form", "inline_anchor")
    assert page.locator("#list a").evaluate_all("links => links.some(l => l.dataset.id === 'nasty')")
    page.select_option("#filter-trade", "slot")
    page.select_option("#filter-split", "test")
    assert page.locator("#list a").count() == 1


def test_passes_stand_side_by_side_with_their_differences(page: Any) -> None:
    page.goto(page.url.split("#")[0] + f"#{FLOOD.id}")
    page.click("#tab-passes")
    page.wait_for_selector("#columns table")
    assert page.locator("#columns h2").all_inner_texts() == ["Pass A", "Pass B", "1 differences"]
    row = page.locator("#columns tr").nth(1).inner_text()
    assert row.startswith("claims") and FLOOD.claims[0].text in row
    page.locator("#columns .text").first.locator("[data-s]").first.hover()
    assert page.locator("#card").is_visible()
    page.locator("#columns h2").first.hover()
    assert page.locator("#card").is_hidden()
    page.goto(page.url.split("#")[0] + "#nasty")
    assert "no passes here" in page.locator("#columns").inner_text()


def test_statistics_are_drawings_and_a_withheld_text_is_explained(page: Any) -> None:
    page.click("#tab-stats")
    assert page.locator("#statistics svg[role=img]").count() >= 6 and page.locator("#labels").is_hidden()
    page.click("#tab-read")
    page.goto(page.url.split("#")[0] + "#withheld")
    assert "withheld" in page.locator("#article").inner_text()


def test_many_articles_are_listed_without_lag(browser: Any, tmp_path: Path) -> None:
    many = [replace(nasty(), id=f"n{n}", title=f"Judul {n}") for n in range(1400)]
    for name, data in site_files("1", load_schemas(), many, {}).items():
        (tmp_path / name).write_bytes(data)
    opened = browser.new_page()
    opened.goto(f"file://{tmp_path}/index.html")
    assert opened.locator("#list a").count() == 1400
    assert opened.evaluate("() => { const t = performance.now(); document.querySelector('#filter-topic').dispatchEvent(new Event('change')); return performance.now() - t; }") < 1000
    opened.fill("#search", "judul 1399")
    expect(opened, "#count", "1 of 1400 articles")
    opened.close()


def test_data_is_no_markup() -> None:
    assert in_script({"a": "</script>&\u2028"}) == 'JSON.parse("{\\"a\\":\\"\\u003c/script\\u003e\\u0026\\\\u2028\\"}")'


def test_passes_that_cannot_be_shown_are_told(root: Path, run: Callable[..., Done], tmp_path: Path) -> None:
    assert run("build", cwd=root).returncode == 0
    assert run("explore", tmp_path / "a", cwd=root).stdout == f"2 articles, 2 of them with both passes: open {tmp_path / 'a' / 'index.html'}\n"
    broken, text = root / "annotations/pass-a/banjir-demak.json", root / "corpus/panen-garam.txt"
    broken.write_text(broken.read_text("utf-8")[:-20], "utf-8")
    text.write_text(text.read_text("utf-8") + "Selesai.\n", "utf-8")
    done = run("explore", tmp_path / "b", cwd=root)
    assert done.returncode == 0 and done.stdout.startswith("2 articles, 0 of them with both passes")
    assert done.stderr.removeprefix("writing …\n") == (
        "passes that lie here are not shown, of 2 articles:\n"
        "  banjir-demak: cannot be read; `sisipan validate` tells why\n"
        "  panen-garam: its text is no longer that of the release; run `sisipan build`\n"
    )
    assert not (tmp_path / "b" / "passes").exists()
