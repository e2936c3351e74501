"""The report page in a browser: its length, its first screen, its contents, dark and on paper.

Runs are fake, and the figures of other notebooks are blank images of their usual size.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from synthlib import params as parameters
from synthlib.reporting import contents, thesis
from synthlib.reporting.save import Report
from synthlib.study.execute import execute_notebook
from synthlib.study.experiments import CORE_EXPERIMENTS
from tests.helpers.fake_runs import write_fake_run

MAX_HEIGHT = 12_000
"""Largest height of the page of the demo in pixels, in a window 1280 px wide, with closed folds."""

NOT_IN_THE_DEMO = {"09_screening", "09_ablation", "09_added"}
"""Figures of runs that the demo does not have."""

WINDOW: ViewportSize = {"width": 1280, "height": 900}


COLORS = """() => {
  const color = selector => getComputedStyle(document.querySelector(selector)).color;
  const selectors = ["main p", "nav a", "nav .show-code", "h2", "td", "summary"];
  const colors = Object.fromEntries(selectors.map(selector => [selector, color(selector)]));
  return { background: getComputedStyle(document.body).backgroundColor, ...colors };
}"""
"""Colors of the page, and of text on it by selector."""


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("report")
    params = parameters.load("demo", "baseline", outputs=str(outputs))
    for name in CORE_EXPERIMENTS:
        for protocol in params.batch_protocols:
            if (name, protocol) != ("synth_nobg", "tuned"):
                write_fake_run(outputs, name, 40, scale="demo", protocol=protocol, n=20)
    report = Report(params)
    report.folder.mkdir(parents=True)
    saved = {*thesis.load_catalogue()["file"], *contents.EXTRA_FIGURES} - NOT_IN_THE_DEMO
    for name in saved:
        size = (1300, 450 if name == "09_gains" else 1100)  # a line per mix
        Image.new("RGB", size, "white").save(report.path(name, "png"))
    notebook = outputs / "10_report.ipynb"
    execute_notebook("10_report", notebook, params)
    return report.html(notebook, "report")


@pytest.fixture
def page(browser: Browser, page_path: Path) -> Iterator[Page]:
    page = browser.new_page(viewport=WINDOW)
    page.goto(page_path.as_uri())
    yield page
    page.close()


def bottom(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None, selector
    return box["y"] + box["height"]


def marked(page: Page) -> str:
    page.wait_for_timeout(200)  # scroll events come with the next frames
    return page.locator("nav a[aria-current]").inner_text()


def test_the_page_of_the_demo_is_short(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollHeight") < MAX_HEIGHT
    assert page.evaluate("document.documentElement.scrollWidth") <= WINDOW["width"]


def test_the_first_screen_has_the_answer_its_figure_and_the_verdicts(page: Page) -> None:
    for part in (".origin", ".answer", ".verdicts", ".legend", "figure img"):
        assert bottom(page, f".first-screen {part}") < WINDOW["height"], part


def test_the_contents_mark_the_part_that_is_read(page: Page) -> None:
    assert marked(page) == "Summary"
    for anchor in ("table_23", "figure_23"):
        page.locator(f"#{anchor}").evaluate("heading => heading.scrollIntoView()")
        link = page.locator("nav a[aria-current]")
        assert marked(page).split(":")[0] == anchor.replace("_", " ").capitalize()
        assert link.is_visible()  # its part of the contents is open
    assert page.locator("nav details[open]").count() == 1


def test_a_link_opens_the_fold_that_it_leads_to(page: Page) -> None:
    fold = page.locator("details:has(> summary > #table_01)")
    assert fold.get_attribute("open") is None
    page.evaluate("location.hash = 'table_01'")
    page.wait_for_timeout(200)
    assert fold.get_attribute("open") is not None


def test_what_did_not_run_is_folded_with_its_command(page: Page) -> None:
    fold = page.locator("details.not-run", has_text="Table 24")
    command = fold.locator("code")
    assert not command.is_visible()
    fold.locator("summary").click()
    assert command.inner_text().startswith("synthlib batch --scale demo --only stability_split1")


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2) of a color such as `rgb(1, 2, 3)`."""
    parts = [int(part) / 255 for part in color[color.index("(") + 1 : -1].split(",")[:3]]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # pyright: ignore[reportArgumentType]
    colors = page.evaluate(COLORS)
    background = luminance(colors.pop("background"))
    assert (background < 0.1) == (scheme == "dark")
    for name, color in colors.items():
        lighter, darker = sorted((background, luminance(color)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, name


def test_on_paper_there_are_no_contents_and_nothing_is_cut(page: Page) -> None:
    page.set_viewport_size({"width": 690, "height": 1000})  # A4 less its margins
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("nav").is_visible()
    white = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert white == "rgb(255, 255, 255)"
    cut = "parts => parts.filter(part => part.scrollWidth > part.clientWidth + 1).length"
    assert page.locator(".item").evaluate_all(cut) == 0
