"""Notebooks in a browser: opened, run to the end, checked for errors."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Locator, Page, TimeoutError

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOT_DIR = ROOT / "outputs" / "screenshots"
START_TIMEOUT_MS = 20_000  # until the kernel starts the first cell
MAX_STARTS = 4  # requests to run all cells
RUN_TIMEOUT_MS = 180_000  # for a whole notebook
WINDOW = {"width": 1400, "height": 1900}


@contextmanager
def open_notebook(browser: Browser, lab, name: str) -> Iterator[Page]:
    """Open a notebook in JupyterLab's single-document view and start its kernel."""
    context = browser.new_context(viewport=WINDOW)
    page = context.new_page()
    page.set_default_timeout(30_000)
    # if a cell is run before the kernel is connected, JupyterLab may ask for the kernel
    question = page.get_by_role("dialog").filter(has_text="Select Kernel")
    page.add_locator_handler(question, lambda box: box.locator(".jp-mod-accept").click())
    page.goto(f"{lab.url}/doc/tree/notebooks/{name}.ipynb?token={lab.token}&reset")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    try:
        yield page
    except BaseException:
        take_screenshot(page, f"{name}_failed")
        raise
    finally:
        page.goto("about:blank")
        context.close()
        shut_down_kernels(lab)


def shut_down_kernels(lab) -> None:
    """End every session, so that no two kernels share the machine."""
    headers = {"Authorization": f"token {lab.token}"}
    sessions = f"{lab.url}/api/sessions"
    with urllib.request.urlopen(urllib.request.Request(sessions, headers=headers)) as response:
        open_sessions = json.load(response)
    for session in open_sessions:
        end = urllib.request.Request(f"{sessions}/{session['id']}", None, headers, method="DELETE")
        urllib.request.urlopen(end).close()


def run_all_cells(page: Page) -> None:
    """Run all cells and wait for the last one to finish.

    JupyterLab drops a request that comes before the kernel is connected, so it is repeated.
    """
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.locator('[data-status="idle"], .jp-Notebook-ExecutionIndicator').first.wait_for()
    for n_left in reversed(range(MAX_STARTS)):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        try:
            page.wait_for_function(ANY_CELL_STARTED, timeout=START_TIMEOUT_MS)
            break
        except TimeoutError:
            if not n_left:
                raise
    page.wait_for_function(ALL_CELLS_DONE, timeout=RUN_TIMEOUT_MS)


_PROMPTS = """[...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')]
  .map(prompt => prompt.textContent.trim())"""
ANY_CELL_STARTED = f"() => {_PROMPTS}.some(text => text !== '[ ]:')"
ALL_CELLS_DONE = f"""() => !{_PROMPTS}.includes('[*]:') &&
  {_PROMPTS}.some(text => /[0-9]/.test(text))"""


def notebook_errors(page: Page, notebook: Path) -> list[str]:
    """Save the notebook; returns its errors, warnings and cells that were not run."""
    before = notebook.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    for _ in range(100):
        page.wait_for_timeout(100)
        if notebook.stat().st_mtime_ns != before:
            break
    page.wait_for_timeout(300)
    errors = []
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None:
            errors.append(f"not run: {cell.source}")
        for output in cell.outputs:
            if output.output_type == "error":
                errors.append(f"{output.ename}: {output.evalue}")
            elif output.get("name") == "stderr" and "Warning" in output.text:
                errors.append(output.text)
    return errors


def choose_theme(page: Page, name: str) -> None:
    """Choose a theme in JupyterLab's menu Settings."""

    def item(text: str) -> Locator:
        return page.locator(f'.lm-Menu-item:has(.lm-Menu-itemLabel:text-is("{text}"))')

    page.get_by_role("menuitem", name="Settings", exact=True).click()
    item("Theme").hover()
    item(name).click()
    page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
    page.wait_for_timeout(500)  # its style sheet


def take_screenshot(page: Page, name: str, element: Locator | None = None) -> Path:
    """Save a screenshot of the page, or of one element, in outputs/screenshots."""
    SCREENSHOT_DIR.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOT_DIR / f"{name}.png"
    (element or page).screenshot(path=path)
    return path
