"""A notebook in a browser: opened, run to its end, looked at."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

ROOT = Path(__file__).resolve().parents[1]
SHOTS = ROOT / "outputs" / "screenshots"
RUNS_IN = 180_000  # milliseconds a notebook may take
WINDOW = {"width": 1500, "height": 1300}


@contextmanager
def opened(browser: Browser, lab, name: str) -> Iterator[Page]:
    """A page with the notebook open in JupyterLab's single-document view, its kernel started."""
    context = browser.new_context(viewport=WINDOW)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{lab.url}/doc/tree/notebooks/{name}.ipynb?token={lab.token}&reset")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    try:
        yield page
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


def run_all(page: Page) -> None:
    """Runs every cell and waits until the last has a number and none is running."""
    page.locator(".jp-Notebook").first.click(position={"x": 5, "y": 5})
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.get_by_text("[*]:").first.wait_for()
    page.wait_for_function(IDLE, timeout=RUNS_IN)


IDLE = """() => {
  const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')];
  const texts = prompts.map(prompt => prompt.textContent.trim());
  return texts.some(text => /^\\[\\d+\\]:$/.test(text)) && !texts.includes("[*]:");
}"""


def errors(page: Page) -> list[str]:
    """What cells printed as errors: tracebacks and warnings."""
    found = page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]')
    warned = page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]')
    texts = [text for text in warned.all_inner_texts() if "Warning" in text]
    return found.all_inner_texts() + texts


def shot(page: Page, name: str, of: Locator | None = None) -> Path:
    """Keeps a picture of the page, or of one element, under outputs/screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    path = SHOTS / f"{name}.png"
    (of or page).screenshot(path=path)
    return path


def kept(page: Page, text: str) -> None:
    """Waits until the page shows a text."""
    expect(page.get_by_text(text).first).to_be_visible()
