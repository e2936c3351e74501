"""All notebooks in JupyterLab, as a person runs them, and the browsers of notebook 02.

Notebook 08 is run in `test_explorer_in_browser.py`.
"""

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


def control(page: Page, name: str):
    """The drop-down list with this label."""
    return page.get_by_label(name, exact=True)


def slider(page: Page, name: str):
    """The handle of the slider with this label (noUiSlider gives it no name of its own)."""
    return page.locator(f'.widget-slider:has(.widget-label:text-is("{name}")) .noUi-handle')
