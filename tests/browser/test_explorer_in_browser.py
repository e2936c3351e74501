"""The explorer in JupyterLab: layout, keyboard, contrast of themes, and the text of its cells."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from synthlib import evaluation, inspection, runs
from synthlib.inspection.sample_table import Selection
from synthlib.photographs import flags
from synthlib.reporting.figures.style import DOMAIN_LABELS
from tests.helpers.lab_pages import (
    ROOT,
    choose_theme,
    notebook_errors,
    open_notebook,
    run_all_cells,
    take_screenshot,
)
from tests.helpers.many_classes import PER_CLASS

NOTEBOOK = "08_inspect_errors"
SIZES = [(1400, 1000), (1000, 1000)]
N_CLASSES = 17
MIN_CONTRAST = 4.5

EXPLORER = """from pathlib import Path
from tests.helpers.many_classes import explorer_of_many_classes
explorer = explorer_of_many_classes(Path.cwd() / "outputs")
explorer.view"""


@pytest.fixture(scope="module")
def flag_file(lab) -> Path:
    return lab.project / "notebooks" / "outputs" / "flags" / "thesis.csv"


@pytest.fixture(scope="module")
def opened(browser: Browser, lab) -> Iterator[Page]:
    """The explorer on 17 classes, in a notebook with a cell above and one below."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{NOTEBOOK}.ipynb", as_version=4)
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# Explorer"),
        nbformat.v4.new_code_cell(EXPLORER),
        nbformat.v4.new_markdown_cell("below"),
    ]
    nbformat.write(notebook, lab.project / "notebooks" / "explorer.ipynb")
    with open_notebook(browser, lab, "explorer") as page:
        run_all_cells(page)
        expect(page.locator(".synthlib-explorer .thumbnail").first).to_be_visible()
        yield page


@pytest.fixture
def page(opened: Page) -> Page:
    """The explorer with all samples, at 1400 x 1000 px, scrolled into view."""
    resize(opened, 1400, 1000)
    opened.locator(".synthlib-explorer select").first.press("Escape")  # nothing stays marked
    if opened.locator(".sample").count():
        opened.locator('[data-event="close"]').click()
    opened.get_by_role("tab", name="gallery").click()
    opened.get_by_role("button", name="reset filters").click()
    first_page = re.compile(rf"^1 to [0-9]+ of {N_CLASSES * PER_CLASS}$")
    expect(count(opened)).to_have_text(first_page)
    return opened


def resize(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.locator(".synthlib-explorer").evaluate("e => e.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(500)


def count(page: Page) -> Locator:
    return page.locator(".pane-section .count")


# --- layout ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_matrix_and_gallery_are_side_by_side_and_all_a_click_changes_is_in_sight(
    page: Page, width: int, height: int
) -> None:
    resize(page, width, height)
    frame = page.locator(".jp-WindowedPanel-outer").bounding_box()

    def expect_in_sight(locator: Locator) -> None:
        for element in locator.all():
            box = element.bounding_box()
            assert box is not None, element
            assert box["y"] >= frame["y"] - 1, element
            assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1, element
            assert box["x"] >= frame["x"], element
            assert box["x"] + box["width"] <= frame["x"] + frame["width"], element

    matrix, pane = page.locator(".matrix"), page.locator(".pane-section")
    left, right = matrix.bounding_box(), pane.bounding_box()
    assert left["x"] + left["width"] <= right["x"]
    assert abs(page.locator(".matrix-section").bounding_box()["y"] - right["y"]) < 2
    expect_in_sight(page.locator(".synthlib-explorer"))
    expect_in_sight(page.locator(".cell"))
    expect_in_sight(page.locator(".thumbnail"))
    expect_no_overlap(page, ".cell")
    expect_no_overlap(page, ".thumbnail")
    # cells are as wide as the pane allows, and thumbnails wrap
    section = page.locator(".matrix-section").bounding_box()
    assert 0.9 * section["width"] <= left["width"] <= section["width"]
    rows = {round(thumbnail.bounding_box()["y"]) for thumbnail in page.locator(".thumbnail").all()}
    assert len(rows) >= 2
    take_screenshot(page, f"explorer_{width}")

    page.locator(".pairs button").first.click()
    expect(page.locator('.cell[aria-selected="true"]')).to_have_count(1)
    expect_in_sight(page.locator('.cell[aria-selected="true"], .thumbnail'))
    page.locator(".thumbnail").first.click()
    expect(page.get_by_alt_text("as tested")).to_be_visible()
    sample = page.locator(".sample")
    expect_in_sight(sample)
    assert abs(sample.bounding_box()["x"] - right["x"]) < 2  # in the gallery's place
    expect_in_sight(page.locator(".sample :is(.title, img, .bars, .flagging, button)"))
    expect_in_sight(page.locator('[data-event="step"], [data-event="close"]'))
    page.get_by_role("button", name="nearest training samples").click()
    neighbours = page.locator(".neighbours").first
    expect(neighbours.locator("img")).to_have_count(8)
    page.wait_for_timeout(300)
    expect_in_sight(neighbours)
    expect_in_sight(page.locator(".status-section"))
    take_screenshot(page, f"explorer_sample_{width}")


def expect_no_overlap(page: Page, selector: str) -> None:
    boxes = [element.bounding_box() for element in page.locator(selector).all()]
    for a, b in pairwise(boxes):
        if abs(a["y"] - b["y"]) < 1:
            assert a["x"] + a["width"] <= b["x"] + 0.5


# --- keyboard -------------------------------------------------------------------------------------


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.dataset.key ?? ''")


def press_until(page: Page, key: str, pattern: str) -> None:
    """Press a key and wait until the focus is on an element with a matching key."""
    page.keyboard.press(key)
    page.wait_for_function(
        "pattern => new RegExp(pattern).test(document.activeElement.dataset.key ?? '')",
        arg=f"^{pattern}$",
    )


def test_arrows_move_in_matrix_and_gallery_and_enter_opens(page: Page) -> None:
    page.locator(".synthlib-explorer select").first.focus()
    n_tabs = 0
    while not focused(page).startswith("row:"):
        page.keyboard.press("Tab")
        n_tabs += 1
        assert n_tabs <= 24
    press_until(page, "m", r"cell:[^|]*\|.*")
    page.keyboard.press("Home")
    for _ in range(N_CLASSES):
        page.keyboard.press("ArrowUp")
    assert focused(page) == "cell:alarm_clock|alarm_clock"
    page.keyboard.press("ArrowLeft")  # no wrapping into another row
    assert focused(page) == "cell:alarm_clock|alarm_clock"
    press_until(page, "ArrowDown", r"cell:backpack\|alarm_clock")
    press_until(page, "ArrowRight", r"cell:backpack\|backpack")
    page.keyboard.press("Enter")
    expect(page.locator('.cell[aria-selected="true"]')).to_have_attribute(
        "data-key", "cell:backpack|backpack"
    )
    assert focused(page) == "cell:backpack|backpack"
    press_until(page, "Escape", r"cell:backpack\|backpack")
    expect(page.locator('.cell[aria-selected="true"]')).to_have_count(0)

    keys = [e.get_attribute("data-key") for e in page.locator(".gallery .thumbnail").all()]
    columns = page.locator(".gallery").evaluate(
        "e => getComputedStyle(e).gridTemplateColumns.split(' ').length"
    )
    page.keyboard.press("g")
    page.keyboard.press("Home")
    assert focused(page) == keys[0]
    press_until(page, "ArrowRight", keys[1])
    press_until(page, "ArrowDown", keys[1 + columns])
    press_until(page, "End", keys[-1])
    page.keyboard.press("ArrowRight")  # to the next page
    expect(count(page)).to_contain_text(f"{len(keys) + 1} to")
    first = focused(page)
    assert first.startswith("row:")
    assert first not in keys
    press_until(page, "Enter", "sample")
    expect(count(page)).to_have_text(f"sample {len(keys) + 1} of {N_CLASSES * PER_CLASS}")
    page.keyboard.press("ArrowRight")
    expect(count(page)).to_have_text(f"sample {len(keys) + 2} of {N_CLASSES * PER_CLASS}")
    press_until(page, "Escape", "row:.*")
    assert focused(page) != first
    press_until(page, "Escape", r"cell:.*")


def test_f_flags_one_or_many_and_the_list_follows(page: Page, flag_file: Path) -> None:
    page.keyboard.press("g")
    page.keyboard.press("Home")
    for key in (" ", "ArrowRight", " ", "f"):
        page.keyboard.press(key)
    expect(page.locator(".gallery .flag")).to_have_count(2)
    expect(page.get_by_role("tab", name="flags (2)")).to_be_visible()
    assert len(flags.read_flags(flag_file)) == 2
    press_until(page, "Enter", "sample")
    page.keyboard.press("f")
    expect(page.locator('.flagging [role="status"]')).to_have_text("not flagged")
    press_until(page, "Escape", "row:.*")
    expect(page.locator(".gallery .flag")).to_have_count(1)
    control(page, "flags").select_option("flagged")
    expect(page.locator(".gallery img")).to_have_count(1)
    page.get_by_role("tab", name="flags (1)").click()
    [row] = flags.read_flags(flag_file).to_dict("records")
    expect(page.locator(".flags tbody tr")).to_contain_text([row["sample"]])
    page.get_by_role("button", name="remove the flag of").click()
    expect(page.get_by_text("No sample is flagged")).to_be_visible()
    assert flags.read_flags(flag_file).empty


def test_points_of_the_map_are_reached_by_keys_and_clicks(page: Page) -> None:
    page.get_by_role("tab", name="map").click()
    points = page.locator(".map [data-row]")
    expect(points).to_have_count(N_CLASSES * PER_CLASS, timeout=120_000)
    take_screenshot(page, "explorer_map")
    page.keyboard.press("g")
    page.keyboard.press("ArrowRight")
    row = page.locator(".map .current").get_attribute("data-row")
    expect(page.locator(".peek img")).to_be_visible()
    press_until(page, "Enter", "sample")
    expect(page.locator(f'.sample[data-sample="{row}"]')).to_be_visible()
    press_until(page, "Escape", "map")
    expect(page.locator(f'.map .current[data-row="{row}"]')).to_have_count(1)
    box = points.last.bounding_box()
    clicked = points.last.get_attribute("data-row")  # drawn last, so above the others
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(f'.sample[data-sample="{clicked}"]')).to_be_visible()


def test_no_key_reaches_jupyterlab(page: Page) -> None:
    cells = page.locator(".jp-Notebook .jp-Cell")
    n = cells.count()
    for place in ("m", "g"):
        page.locator('[data-key="next"]').focus()
        page.keyboard.press(place)
        for key in ("b", "a", "d", "d", "x", "c", "v", "z", "Shift+M", "1", "j", "k"):
            page.keyboard.press(key)
    page.locator(".synthlib-explorer select").first.focus()
    for key in ("b", "d", "d"):
        page.keyboard.press(key)
    page.keyboard.press("/")
    page.keyboard.type("/")  # in a text field it is a character
    page.locator('[data-key="name"]').fill("backpack_1")
    expect(count(page)).to_contain_text("of 11")
    page.wait_for_timeout(300)
    assert cells.count() == n
    expect(page.locator('[data-key="name"]')).to_be_focused()


# --- themes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_all_text_has_contrast(page: Page, theme: str) -> None:
    choose_theme(page, theme)

    def expect_contrast(name: str) -> None:
        measured = page.evaluate(CONTRASTS)
        low = [(text, ratio) for text, ratio in measured if ratio < MIN_CONTRAST]
        assert len(measured) > 50
        assert low == []
        take_screenshot(page, f"explorer_{name}_{theme.split()[-1].lower()}")

    expect_contrast("gallery")
    control(page, "matrix of").select_option("only one")
    control(page, "cells").select_option("percent")
    expect(page.locator(".matrix")).to_have_attribute(
        "aria-label", "confusion matrix: run B minus run A"
    )
    expect_contrast("difference")
    page.locator(".thumbnail").first.click()
    page.get_by_role("button", name="nearest training samples").click()
    expect(page.locator(".neighbours img")).to_have_count(16)
    expect_contrast("sample")
    resize(page, 1000, 1000)
    take_screenshot(page, f"explorer_narrow_{theme.split()[-1].lower()}")


CONTRASTS = """() => {
  const parse = color => {
    const numbers = color.match(/[0-9.]+/g).map(Number);
    const scale = color.startsWith('color') ? 1 : 255;
    return [...numbers.slice(0, 3).map(n => n / scale), numbers[3] ?? 1];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
  const background = element => {
    if (!element) return [1, 1, 1];
    const color = parse(getComputedStyle(element).backgroundColor);
    return color[3] === 1 ? color.slice(0, 3) : over(color, background(element.parentElement));
  };
  const luminance = color => {
    const linear = color.map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const measured = [];
  for (const element of document.querySelectorAll('.synthlib-explorer *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const isText = own || element.matches('input, select');
    if (!isText || element.matches(':disabled, option') || !element.checkVisibility()) continue;
    const below = background(element);
    const text = over(parse(getComputedStyle(element).color), below);
    const [a, b] = [luminance(text), luminance(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    measured.push([element.textContent.trim().slice(0, 40), ratio]);
  }
  return measured;
}"""


# --- finished runs --------------------------------------------------------------------------------


def test_the_explorer_shows_samples_runs_and_flags(browser: Browser, lab) -> None:
    with open_notebook(browser, lab, NOTEBOOK) as page:
        run_all_cells(page)
        assert notebook_errors(page, lab.project / "notebooks" / f"{NOTEBOOK}.ipynb") == []
        box = page.locator(".synthlib-explorer")
        box.scroll_into_view_if_needed()
        take_screenshot(page, "08_explorer", box)
        click_a_cell(page)
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
    cell = page.locator('.cell[title^="true "]:not([aria-disabled])').first
    title = cell.get_attribute("title")
    found = re.match(r"true (.+), predicted (.+): (\d+) samples", title)
    true, predicted, n = found.groups()
    cell.click()
    images = page.locator(".gallery img")
    expect(images).to_have_count(int(n))
    for image in images.all():
        assert image.get_attribute("alt").startswith(f"true {true}, predicted {predicted},")


def open_a_sample(page: Page) -> None:
    """Open the first sample with the keyboard: images and probabilities of each run."""
    page.locator('[title^="open: "]').first.press("Enter")
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
        expect_total(page, int(n))
    control(page, "outcome").select_option("any")


def expect_total(page: Page, n: int) -> None:
    text = re.compile(f"^1 to [0-9]+ of {n}$" if n else "^no .*samples here")
    expect(count(page)).to_have_text(text, timeout=30_000)


def flag_sample(page: Page, path: Path) -> None:
    """Flag a sample with a note, which the CSV then contains."""
    page.locator('[title^="open: "]').first.click()
    note = page.get_by_placeholder("what is wrong, in your words")
    note.fill("a disc, with noise")
    page.get_by_role("button", name="flag this sample").click()
    expect(page.get_by_text("flagged: wrong label (a disc, with noise)")).to_be_visible()
    [row] = pd.read_csv(path).to_dict("records")
    assert row["note"] == "a disc, with noise"
    assert row["sample"].startswith("imagenet/val/")


def open_a_composite(page: Page) -> None:
    """Open a composite of run A alone: its parts, and the composite made again."""
    control(page, "run B").select_option("none")
    control(page, "test set").select_option(DOMAIN_LABELS["synthetic_bg"])
    first = page.locator('[title^="open: "]').first
    expect(first).not_to_have_attribute("title", re.compile("imagenet"))  # the gallery's new page
    first.click()
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
    expect(page.locator('.cell[title^="true "]')).to_have_text(texts, timeout=30_000)
    expect_total(page, counts.sum())


def control(page: Page, name: str) -> Locator:
    """The list or field with this label."""
    return page.locator(".synthlib-explorer").get_by_label(name, exact=True)
