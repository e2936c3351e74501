"""All notebooks in JupyterLab, as a person runs them, and clicks in the explorer of notebook 08."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from synthlib import evaluation, inspection, runs
from synthlib.inspection.sample_table import Selection
from synthlib.reporting.figures.style import DOMAIN_LABELS
from tests.helpers.lab_pages import (
    ROOT,
    notebook_errors,
    open_notebook,
    run_all_cells,
    take_screenshot,
)

NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
DATA_NOTEBOOK = "02_explore_data"
EXPLORER_NOTEBOOK = "08_inspect_errors"
OTHER_NOTEBOOKS = [n for n in NOTEBOOKS if n not in (DATA_NOTEBOOK, EXPLORER_NOTEBOOK)]


@pytest.mark.parametrize("name", OTHER_NOTEBOOKS)
def test_a_notebook_runs_from_top_to_bottom(browser: Browser, lab, name: str) -> None:
    with open_notebook(browser, lab, name) as page:
        run_all_cells(page)
        take_screenshot(page, name)
        assert notebook_errors(page, lab.project / "notebooks" / f"{name}.ipynb") == []


def test_renders_and_composites_are_browsed(browser: Browser, lab) -> None:
    with open_notebook(browser, lab, DATA_NOTEBOOK) as page:
        run_all_cells(page)
        take_screenshot(page, DATA_NOTEBOOK)
        assert notebook_errors(page, lab.project / "notebooks" / f"{DATA_NOTEBOOK}.ipynb") == []
        render = page.locator('img[alt^="backpack/p0000"][alt$="/00"]')
        render.scroll_into_view_if_needed()
        slider(page, "view").press("ArrowRight")
        expect(page.locator('img[alt^="backpack/p0000"][alt$="/01"]')).to_be_visible()
        control(page, "class").first.select_option("basketball")
        expect(page.locator('img[alt^="basketball/p0000"]')).to_be_visible()
        take_screenshot(page, "02_renders")
        composites = page.get_by_alt_text("a composite of banana")
        expect(composites).to_have_count(12)
        composites.first.scroll_into_view_if_needed()
        before = composites.first.get_attribute("src")
        slider(page, "seed").press("ArrowRight")
        expect(composites.first).not_to_have_attribute("src", before)
        take_screenshot(page, "02_composites")


def test_the_explorer_shows_samples_runs_and_flags(browser: Browser, lab) -> None:
    with open_notebook(browser, lab, EXPLORER_NOTEBOOK) as page:
        run_all_cells(page)
        assert notebook_errors(page, lab.project / "notebooks" / f"{EXPLORER_NOTEBOOK}.ipynb") == []
        box = page.locator(".jp-OutputArea-output .widget-vbox").first
        box.scroll_into_view_if_needed()
        take_screenshot(page, "08_explorer", box)
        click_a_cell(page)
        reach_a_cell_by_keyboard(page)
        open_a_sample(page)
        take_screenshot(page, "08_sample", box)
        select_outcomes(page)
        flag_sample(page, lab.project / "outputs" / "flags" / "demo.csv")
        open_a_composite(page)
        take_screenshot(page, "08_composite", box)
        compare_displayed_counts(page, lab.project / "outputs")
        take_screenshot(page, "08_counts", box)


def click_a_cell(page: Page) -> None:
    """Click a cell: the gallery shows its samples, as many as its tooltip says."""
    cell = page.locator('button[title^="true "]:not([disabled])').first
    title = cell.get_attribute("title")
    true, predicted, n = re.fullmatch(r"true (.+), predicted (.+): (\d+) samples", title).groups()
    cell.click()
    images = page.locator(".synthlib-gallery img")
    expect(images).to_have_count(min(int(n), 18))
    for image in images.all():
        assert image.get_attribute("alt").startswith(f"true {true}, predicted {predicted},")


def reach_a_cell_by_keyboard(page: Page) -> None:
    """Tab leads from the filters to the matrix, Enter picks a cell, and Tab leads to samples."""
    page.get_by_role("button", name="reset filters").press("Enter")
    true, predicted = tab_to(page, r"true (.+), predicted (.+): \d+ samples?").groups()
    page.keyboard.press("Enter")
    thumbnails = page.locator(f'.synthlib-gallery img[alt^="true {true}, predicted {predicted},"]')
    expect(thumbnails.first).to_be_visible()
    expect(page.locator(".synthlib-gallery img")).to_have_count(thumbnails.count())
    assert tab_to(page, "open: .+")


def tab_to(page: Page, title: str) -> re.Match:
    """Press Tab, up to 400 times, until the focus is on an element whose title matches."""
    for _ in range(400):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.getAttribute('title') || ''")
        if match := re.fullmatch(title, focused):
            return match
    pytest.fail(f"Tab does not reach {title}")


def open_a_sample(page: Page) -> None:
    """Open the first sample with the keyboard: images and probabilities of each run."""
    page.locator('button[title^="open: "]').first.press("Enter")
    expect(page.get_by_alt_text("as tested")).to_be_visible()
    for run in "AB":
        expect(page.get_by_alt_text(re.compile(f"where run {run} looked"))).to_be_visible()
        expect(page.get_by_text(f"run {run}: probabilities", exact=True).last).to_be_visible()


def select_outcomes(page: Page) -> None:
    """Select each outcome of two runs: as many samples as the sentence above says."""
    page.get_by_role("button", name="reset filters").click()
    sentence = page.get_by_text(re.compile("runs A and B on the same")).inner_text()
    counts = dict(re.findall(r"(both right|only A|only B|both wrong) (\d+)", sentence))
    for outcome, n in counts.items():
        control(page, "outcome").select_option(outcome)
        expect(page.locator(".synthlib-gallery img")).to_have_count(min(int(n), 18))
    control(page, "outcome").select_option("any")


def flag_sample(page: Page, flags: Path) -> None:
    """Flag the opened sample with a note, which the CSV then contains."""
    page.get_by_placeholder("what is wrong, in your words").fill("a disc, with noise")
    page.get_by_placeholder("what is wrong, in your words").press("Tab")
    page.get_by_role("button", name="flag this sample").click()
    expect(page.get_by_text("flagged: wrong label (a disc, with noise)")).to_be_visible()
    [row] = pd.read_csv(flags).to_dict("records")
    assert row["note"] == "a disc, with noise"
    assert row["sample"].startswith("imagenet/val/")


def open_a_composite(page: Page) -> None:
    """Open a composite of run A alone: its parts, and the composite made again."""
    control(page, "run B").select_option("none")
    control(page, "test set").select_option(DOMAIN_LABELS["synthetic_bg"])
    page.locator('button[title^="open: "]').first.click()
    for fact in ("asset", "view", "background", "placement", "seeds"):
        expect(page.get_by_role("rowheader", name=fact, exact=True)).to_be_visible()
    page.get_by_role("button", name="composite at full size").click()
    expect(page.get_by_alt_text(re.compile("composited again"))).to_be_visible()
    page.get_by_role("button", name="render again, 512 px").click()
    rendered = page.get_by_alt_text(re.compile("rendered and composited again, [0-9]+ px"))
    expect(rendered).to_be_visible(timeout=120_000)


def compare_displayed_counts(page: Page, outputs: Path) -> None:
    """After each choice the matrix displays the counts of the chosen samples, and no older one."""
    experiments = ("baseline", "mixed_real33")
    folders = [runs.newest_run(outputs, "demo", name).folder for name in experiments]
    tables = [inspection.build_sample_table(evaluation.read_predictions(f)) for f in folders]
    compared = inspection.compare_samples(*tables)
    page.get_by_role("button", name="reset filters").click()
    control(page, "run B").select_option(index=2)  # after "none" and the baseline
    for outcome in inspection.OUTCOMES:
        control(page, "outcome").select_option(outcome)
        expect_counts(page, compared, Selection(test_set="real", outcome=outcome))
    control(page, "outcome").select_option("any")
    control(page, "run B").select_option("none")
    for index, table in enumerate(tables):  # run A's list has the runs in this order
        control(page, "run A").select_option(index=index)
        for test_set in reversed(table["test_set"].unique()):
            control(page, "test set").select_option(DOMAIN_LABELS[test_set])
            expect_counts(page, table, Selection(test_set=test_set))


def expect_counts(page: Page, table: pd.DataFrame, chosen: Selection) -> None:
    """Wait for the displayed counts of a selection; the gallery has as many samples."""
    counts = inspection.count_sample_confusions(table, chosen).to_numpy().ravel()
    texts = [f"{n}" if n else "" for n in counts]
    expect(page.locator('button[title^="true "]')).to_have_text(texts, timeout=30_000)
    if counts.any():
        title = page.get_by_text(re.compile(f"^1 to [0-9]+ of {counts.sum()}$"))
        expect(title).to_be_visible(timeout=30_000)


def control(page: Page, name: str):
    """The drop-down list with this label."""
    return page.get_by_label(name, exact=True)


def slider(page: Page, name: str):
    """The handle of the slider with this label (noUiSlider gives it no name of its own)."""
    return page.locator(f'.widget-slider:has(.widget-label:text-is("{name}")) .noUi-handle')
