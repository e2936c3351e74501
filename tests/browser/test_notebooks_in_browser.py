"""Every notebook in JupyterLab, as a person runs it; and the explorer of notebook 08, clicked."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.helpers.lab_pages import (
    ROOT,
    notebook_errors,
    open_notebook,
    run_all_cells,
    take_screenshot,
)

NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
DATA, EXPLORER = "02_explore_data", "08_inspect_errors"


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name not in (DATA, EXPLORER)])
def test_a_notebook_runs_from_top_to_bottom(browser: Browser, lab, name: str) -> None:
    with open_notebook(browser, lab, name) as page:
        run_all_cells(page)
        take_screenshot(page, name)
        assert notebook_errors(page, lab.project / "notebooks" / f"{name}.ipynb") == []


def test_renders_and_composites_are_browsed(browser: Browser, lab) -> None:
    with open_notebook(browser, lab, DATA) as page:
        run_all_cells(page)
        take_screenshot(page, DATA)
        assert notebook_errors(page, lab.project / "notebooks" / f"{DATA}.ipynb") == []
        picture = page.locator('img[alt^="backpack/p0000"][alt$="/00"]')
        picture.scroll_into_view_if_needed()
        slider(page, "view").press("ArrowRight")
        expect(page.locator('img[alt^="backpack/p0000"][alt$="/01"]')).to_be_visible()
        control(page, "class").first.select_option("basketball")
        expect(page.locator('img[alt^="basketball/p0000"]')).to_be_visible()
        take_screenshot(page, "02_renders")
        composites = page.get_by_alt_text("a composite of banana")
        expect(composites).to_have_count(12)
        composites.first.scroll_into_view_if_needed()
        before = composites.first.get_attribute("src")
        slider(page, "chance").press("ArrowRight")
        expect(composites.first).not_to_have_attribute("src", before)
        take_screenshot(page, "02_composites")


def test_the_explorer_shows_why_samples_went_wrong(browser: Browser, lab) -> None:
    with open_notebook(browser, lab, EXPLORER) as page:
        run_all_cells(page)
        assert notebook_errors(page, lab.project / "notebooks" / f"{EXPLORER}.ipynb") == []
        box = page.locator(".jp-OutputArea-output .widget-vbox").first
        box.scroll_into_view_if_needed()
        take_screenshot(page, "08_explorer", box)
        click_a_cell(page)
        reach_a_cell_by_keyboard(page)
        open_a_sample(page)
        take_screenshot(page, "08_sample", box)
        compare(page)
        flag(page, lab.project / "outputs" / "flags" / "demo.csv")
        look_into_a_composite(page)
        take_screenshot(page, "08_composite", box)


def click_a_cell(page: Page) -> None:
    """A cell is clicked: the gallery holds that cell's samples, as many as it says."""
    cell = page.locator('button[title^="true "]:not([disabled])').first
    found = re.fullmatch(r"true (.+), predicted (.+): (\d+) samples", cell.get_attribute("title"))
    true, predicted, n = found.groups()
    cell.click()
    pictures = page.locator(".synthlib-gallery img")
    expect(pictures).to_have_count(min(int(n), 18))
    for picture in pictures.all():
        assert picture.get_attribute("alt").startswith(f"true {true}, predicted {predicted},")


def reach_a_cell_by_keyboard(page: Page) -> None:
    """From the filters Tab leads to the matrix, Enter picks a cell, and Tab leads on to samples."""
    page.get_by_role("button", name="reset filters").press("Enter")
    true, predicted = tab_to(page, r"true (.+), predicted (.+): \d+ samples?").groups()
    page.keyboard.press("Enter")
    alike = page.locator(f'.synthlib-gallery img[alt^="true {true}, predicted {predicted},"]')
    expect(alike.first).to_be_visible()
    expect(page.locator(".synthlib-gallery img")).to_have_count(alike.count())
    assert tab_to(page, "open: .+")


def tab_to(page: Page, title: str) -> re.Match:
    """Presses Tab until what has the focus is titled so; fails where that takes 400."""
    for _ in range(400):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.getAttribute('title') || ''")
        if found := re.fullmatch(title, focused):
            return found
    pytest.fail(f"Tab never comes to {title}")


def open_a_sample(page: Page) -> None:
    """The first picture is opened with the keyboard: pictures, and what each run says."""
    page.locator('button[title^="open: "]').first.press("Enter")
    expect(page.get_by_alt_text("as tested")).to_be_visible()
    for run in "AB":
        expect(page.get_by_alt_text(re.compile(f"where run {run} looked"))).to_be_visible()
        expect(page.get_by_text(f"run {run} says", exact=True).last).to_be_visible()


def compare(page: Page) -> None:
    """Only the samples that both runs got wrong; then those of run A alone."""
    page.get_by_role("button", name="reset filters").click()
    said = page.get_by_text(re.compile("runs A and B on the same")).inner_text()
    counts = dict(re.findall(r"(both right|only A|only B|both wrong) (\d+)", said))
    for outcome, n in counts.items():
        control(page, "outcome").select_option(outcome)
        expect(page.locator(".synthlib-gallery img")).to_have_count(min(int(n), 18))
    control(page, "outcome").select_option("any")


def flag(page: Page, flags: Path) -> None:
    """The opened sample is flagged with a note, and stands in the CSV."""
    page.get_by_placeholder("what is wrong, in your words").fill("a disc, with noise")
    page.get_by_placeholder("what is wrong, in your words").press("Tab")
    page.get_by_role("button", name="flag this sample").click()
    expect(page.get_by_text("flagged: wrong label (a disc, with noise)")).to_be_visible()
    [row] = pd.read_csv(flags).to_dict("records")
    assert row["note"] == "a disc, with noise"
    assert row["sample"].startswith("imagenet/val/")


def look_into_a_composite(page: Page) -> None:
    """Run A alone, which was tested on composites: what one is made of, and made again."""
    control(page, "run B").select_option("none")
    control(page, "domain").select_option("synthetic bg")
    page.locator('button[title^="open: "]').first.click()
    for fact in ("asset", "view", "background", "placement", "seeds"):
        expect(page.get_by_role("rowheader", name=fact, exact=True)).to_be_visible()
    page.get_by_role("button", name="composite at full size").click()
    expect(page.get_by_alt_text(re.compile("composited again"))).to_be_visible()
    page.get_by_role("button", name="render again, 512 px").click()
    rendered = page.get_by_alt_text(re.compile("rendered and composited again, [0-9]+ px"))
    expect(rendered).to_be_visible(timeout=120_000)


def control(page: Page, name: str):
    """The drop-down list with this label."""
    return page.get_by_label(name, exact=True)


def slider(page: Page, name: str):
    """The handle of the slider with this label (noUiSlider gives it no name of its own)."""
    return page.locator(f'.widget-slider:has(.widget-label:text-is("{name}")) .noUi-handle')
