"""A notebook in a browser: opened, run to its end, looked at."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Locator, Page, TimeoutError

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOT_DIR = ROOT / "outputs" / "screenshots"
START_TIMEOUT_MS, TRIES = (
    20_000,
    4,
)  # milliseconds until the kernel takes the first cell, and how often
RUN_TIMEOUT_MS = 180_000  # milliseconds a notebook may take
WINDOW = {"width": 1400, "height": 1900}


@contextmanager
def open_notebook(browser: Browser, lab, name: str) -> Iterator[Page]:
    """A page with the notebook open in JupyterLab's single-document view, its kernel started."""
    context = browser.new_context(viewport=WINDOW)
    page = context.new_page()
    page.set_default_timeout(30_000)
    # asked to run before it has reached its kernel, JupyterLab may ask which
    asked = page.get_by_role("dialog").filter(has_text="Select Kernel")
    page.add_locator_handler(asked, lambda box: box.locator(".jp-mod-accept").click())
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
    """Ends every session, so that no two kernels share the machine."""
    headers = {"Authorization": f"token {lab.token}"}
    sessions = f"{lab.url}/api/sessions"
    with urllib.request.urlopen(urllib.request.Request(sessions, headers=headers)) as answer:
        found = json.load(answer)
    for session in found:
        end = urllib.request.Request(f"{sessions}/{session['id']}", None, headers, method="DELETE")
        urllib.request.urlopen(end).close()


def run_all_cells(page: Page) -> None:
    """Runs every cell and waits until the kernel has done the last.

    JupyterLab drops what it is asked before it has reached the kernel, so it may be asked again.
    """
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.locator('[data-status="idle"], .jp-Notebook-ExecutionIndicator').first.wait_for()
    for left in reversed(range(TRIES)):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        try:
            page.wait_for_function(ANY_CELL_STARTED, timeout=START_TIMEOUT_MS)
            break
        except TimeoutError:
            if not left:
                raise
    page.wait_for_function(ALL_CELLS_DONE, timeout=RUN_TIMEOUT_MS)


_PROMPTS = """[...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')]
  .map(prompt => prompt.textContent.trim())"""
ANY_CELL_STARTED = f"() => {_PROMPTS}.some(text => text !== '[ ]:')"
ALL_CELLS_DONE = f"""() => !{_PROMPTS}.includes('[*]:') &&
  {_PROMPTS}.some(text => /[0-9]/.test(text))"""


def notebook_errors(page: Page, notebook: Path) -> list[str]:
    """What the notebook's cells ended with, once it is saved: errors, warnings, cells not run."""
    before = notebook.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    for _ in range(100):
        page.wait_for_timeout(100)
        if notebook.stat().st_mtime_ns != before:
            break
    page.wait_for_timeout(300)
    found = []
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None:
            found.append(f"not run: {cell.source}")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"{output.ename}: {output.evalue}")
            elif output.get("name") == "stderr" and "Warning" in output.text:
                found.append(output.text)
    return found


def take_screenshot(page: Page, name: str, element: Locator | None = None) -> Path:
    """Keeps a picture of the page, or of one element, under outputs/screenshots."""
    SCREENSHOT_DIR.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOT_DIR / f"{name}.png"
    (element or page).screenshot(path=path)
    return path
