"""Draw the images of README and docs from a finished demo: `python tools/pictures.py`.

Makes docs/pictures/{flow,explorer}.png from `outputs/` (another folder: `--outputs`),
{answer,gains,confusion}.png from the runs archived under docs/results, and options.png, for which
nothing is needed. Needs Chromium for the explorer. They contain no photographs of a data set: the
demo's are rendered.
"""

import argparse
import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from synthlib import evaluation, inspection, params, rendering  # noqa: E402
from synthlib.data import prepare  # noqa: E402
from synthlib.inspection.run_inspector import newest_run  # noqa: E402
from synthlib.rendering.lighting import BLENDER_ENVIRONMENTS  # noqa: E402
from synthlib.reporting import figures, sheets  # noqa: E402
from synthlib.reporting.figures.image_grids import on_chequerboard  # noqa: E402
from synthlib.reporting.figures.style import mark_stand_in  # noqa: E402
from synthlib.reporting.sheets import composites  # noqa: E402
from synthlib.reporting.sheets.context import read_central_square  # noqa: E402
from synthlib.reporting.sheets.run_images import read_image  # noqa: E402
from synthlib.study import run_archive  # noqa: E402
from tests.helpers.lab_pages import open_notebook, run_all_cells  # noqa: E402
from tests.helpers.lab_server import CHROMIUM_FLAGS, running_jupyter  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
KEPT = ROOT / "docs" / "results" / "tiny" / "runs"
CONFIRMATION = ROOT / "docs" / "results" / "confirmation" / "runs"
CLASSES = ("banana", "backpack", "soccer", "wall_clock")
LARGE = {"render_size": 224, "views": 6, "instances": 2, "classes": list(CLASSES)}
"""Parameters of the renders in the flow chart: larger than the demo's, half a minute in all."""


OPTION_CLASSES = ("banana", "basketball", "backpack", "computer_desk", "pc_keyboard", "tv_remote")
_PHOTOGRAPHED = {"poses": "photographed"}
_LIGHT = {
    "environments": BLENDER_ENVIRONMENTS,
    "light_strength_range": (0.3, 0.9),
    "lamps": 1,
    "lamp_strength_range": (0.1, 0.7),
}
OPTIONS = {
    "the thesis's": {},
    "poses: photographed": _PHOTOGRAPHED,
    "environments,\nlamps: 1": _PHOTOGRAPHED | _LIGHT,
    "ground_shadow": _PHOTOGRAPHED | {"ground_shadow": True},
    "companions": _PHOTOGRAPHED | {"companions": 1.0},
    "distractors: 2": _PHOTOGRAPHED | {"distractors": 2},
    "occluders": _PHOTOGRAPHED | {"occluders": 1.0},
    "environments,\nground_shadow,\ncompanions": _PHOTOGRAPHED
    | _LIGHT
    | {"ground_shadow": True, "companions": 1.0},
}
"""Render settings by the title of their row."""


def flow(outputs: Path) -> Figure:
    """The steps from objects to the answer, one column per step."""
    demo = params.load("demo", "mixed_synth100", outputs=str(outputs))
    shown = _larger(demo)
    train = shown.renders.query("split == 'train'")
    views = train[train["view"] < 4]
    orbit = [
        composites.read_renders(shown, views[views["class"] == name]).numpy() for name in CLASSES
    ]
    front = train[train["view"] == 1].set_index("class", drop=False).loc[list(CLASSES)]
    made, _ = composites.largest_composites(shown, front)
    scenes, real = _some(shown, "backgrounds"), _some(shown, "photographs")
    figure = plt.figure(figsize=(10, 4.2))
    views = [image for row in orbit for image in row[:2]]
    _grid(figure, (0.01, 0.52), views, 4, "3D objects, each from 26 views")
    _grid(figure, (0.01, 0.16), scenes, 4, "backgrounds")
    _grid(figure, (0.36, 0.53), made, 2, "composites, made while training", side=0.88)
    _grid(figure, (0.36, 0.02), real, 2, "photographs of the objects", side=0.88)
    _box(figure, (0.66, 0.51), "ResNet\nfrom scratch")
    _matrix(figure.add_axes((0.795, 0.32, 0.19, 0.45)), demo)
    for start, end in (((0.30, 0.7), (0.352, 0.7)), ((0.30, 0.25), (0.352, 0.56)),
                       ((0.545, 0.7), (0.605, 0.59)), ((0.545, 0.25), (0.605, 0.43)),
                       ((0.716, 0.51), (0.77, 0.51))):  # fmt: skip
        _arrow(figure, start, end)
    figure.text(0.885, 0.22, "every table and figure of\nthe thesis, next to its numbers",
                ha="center", va="top", fontsize=9)  # fmt: skip
    return mark_stand_in(figure, stand_in=True)


def _larger(demo: params.Params) -> sheets.SheetContext:
    """The demo's photographs and backgrounds with larger renders."""
    large = demo.model_copy(update=LARGE)
    plan = prepare.render_plan(large)
    rendering.render(plan)
    data = replace(prepare.prepare_data(demo, quiet=True), renders=rendering.read_manifest(plan))
    return sheets.SheetContext(demo, data, plan.store, prepare.photograph_root(demo, quiet=True))


def _some(shown, kind: str) -> list[np.ndarray]:
    """One photograph of each of four scene categories, or of each of the four classes."""
    table: pd.DataFrame = getattr(shown.data, kind).table
    if kind == "photographs":
        table = table[(table["split"] == "train") & table["class"].isin(CLASSES)]
    by = "category" if kind == "backgrounds" else "class"
    rows = table.groupby(by, sort=True).nth(3).head(4)
    return [read_central_square(shown.root / name) for name in rows["sample"]]


def _grid(figure: Figure, at: tuple[float, float], images, columns: int, title: str, side=0.7):
    """Draw images of `side` inches in rows; `at` is the lower left corner (figure coordinates)."""
    width, height = figure.get_size_inches()
    rows = -(-len(images) // columns)
    for place, image in enumerate(images):
        row, column = divmod(place, columns)
        left = at[0] + column * side / width
        bottom = at[1] + (rows - 1 - row) * side / height
        ax = figure.add_axes((left, bottom, (side - 0.04) / width, (side - 0.04) / height))
        ax.imshow(on_chequerboard(image))
        ax.set_axis_off()
    figure.text(at[0], at[1] + (rows * side + 0.03) / height, title, fontsize=9, va="bottom")


def _box(figure: Figure, at: tuple[float, float], text: str) -> None:
    look = {"boxstyle": "round,pad=0.6", "facecolor": "#0072B2", "edgecolor": "none"}
    figure.text(*at, text, ha="center", va="center", color="white", fontsize=10, bbox=look)


def _arrow(figure: Figure, start: tuple[float, float], end: tuple[float, float]) -> None:
    figure.add_artist(
        FancyArrowPatch(start, end, transform=figure.transFigure, arrowstyle="-|>",
                        mutation_scale=14, linewidth=1.6, color="#555555")
    )  # fmt: skip


def _matrix(ax: Axes, demo: params.Params) -> None:
    run = newest_run(demo)
    counts = inspection.count_sample_confusions(run.table[run.table["test_set"] == "real"])
    ax.imshow(counts.div(counts.sum(axis=1), axis=0), cmap="Blues", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[], xlabel="predicted", ylabel="true")
    ax.set_title("tested on photographs", fontsize=9)


def options(folder: Path) -> Figure:
    """One object of each of six classes, one row per option of the renders."""
    plain = rendering.RenderSettings(size=96, samples=16, views=1, denoise=True)
    rows = {}
    for title, values in OPTIONS.items():
        plan = rendering.plan_renders(
            folder, list(OPTION_CLASSES), 2, assets="procedural", models_root=None,
            settings=replace(plain, **values),
        )  # fmt: skip
        rendering.render(plan, rendering.RenderOptions(progress=False))
        table = rendering.read_manifest(plan).groupby("class", sort=False).head(1)
        files = dict(zip(table["class"], table["file"], strict=True))
        rows[title] = [read_image(plan.store / files[name]) for name in OPTION_CLASSES]
        print(f"rendered: {title}")
    figure, axes = plt.subplots(
        len(rows), len(OPTION_CLASSES), figsize=(6.4, 0.88 * len(rows)), squeeze=False,
        gridspec_kw={"left": 0.2, "right": 1, "bottom": 0, "top": 1, "wspace": 0.03,
                     "hspace": 0.03},
    )  # fmt: skip
    for line, (title, images) in zip(axes, rows.items(), strict=True):
        for ax, image in zip(line, images, strict=True):
            ax.imshow(on_chequerboard(image))
            ax.set_axis_off()
        line[0].text(-0.06, 0.5, title, transform=line[0].transAxes, ha="right", va="center",
                     fontsize=8)  # fmt: skip
    return figure


def answer() -> Figure:
    """The answer of the thesis and of the archived runs at the scale tiny."""
    with tempfile.TemporaryDirectory() as folder:
        tiny = params.load("tiny", "baseline", outputs=folder)
        run_archive.restore_runs(tiny, KEPT)
        return figures.learning_curves_figure(tiny)


def gains() -> Figure:
    """The gain of synthetic images over the same photographs, in the confirmation's runs."""
    with tempfile.TemporaryDirectory() as folder:
        tiny = params.load("tiny", "baseline", outputs=folder)
        run_archive.restore_runs(tiny, CONFIRMATION)
        return figures.paired_gains_figure(evaluation.paired_gains(Path(folder), "tiny"), tiny)


def confusion() -> Figure:
    """Confusion matrix of all photographs alone, at the scale tiny under the protocol matched."""
    with tempfile.TemporaryDirectory() as folder:
        tiny = params.load("tiny", "baseline", outputs=folder)
        run_archive.restore_runs(tiny, KEPT)
        runs = evaluation.finished_runs(Path(folder), "tiny", "baseline", "matched")
        predictions = evaluation.read_predictions(runs["folder"].iloc[0], "real")
        counts = evaluation.count_confusions(predictions)
    with plt.rc_context({"font.size": 8}):
        figure, ax = plt.subplots(figsize=(4.2, 3.9), layout="constrained")
        figures.confusion_matrix(ax, counts)
    figure.suptitle("All photographs alone, tested on 350 photographs", fontsize=9)
    return figure


def explorer(browser: Browser, outputs: Path) -> Image.Image:
    """The explorer of notebook 08 on the demo's runs, with a cell clicked and a sample opened."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        shutil.copytree(ROOT / "notebooks", project / "notebooks")
        shutil.copytree(ROOT / "params", project / "params")
        (project / "outputs").symlink_to(outputs.resolve())
        with (
            running_jupyter(project) as lab,
            open_notebook(browser, lab, "08_inspect_errors") as page,
        ):
            page.set_viewport_size({"width": 1400, "height": 1000})
            run_all_cells(page)
            n, cell = _most_mistaken(page)
            cell.click()
            page.get_by_text(f"1 to {n} of {n}").wait_for()
            page.locator('[title^="open: "]').first.press("Enter")
            page.get_by_alt_text(re.compile("where run B looked")).wait_for()
            box = page.locator(".synthlib-explorer")
            box.scroll_into_view_if_needed()
            return _seen(page, box)


def _most_mistaken(page: Page) -> tuple[int, Locator]:
    """The largest off-diagonal cell of the confusion matrix: its count of samples, and it."""
    found: dict[int, Locator] = {}
    for cell in page.locator('.cell[title^="true "]:not([aria-disabled])').all():
        title = cell.get_attribute("title") or ""
        words = re.match(r"true (.+), predicted (.+): ([\d,]+) samples", title)
        assert words, title
        true, predicted, n = words.groups()
        if true != predicted:
            found[int(n.replace(",", ""))] = cell
    return max(found), found[max(found)]


def _seen(page: Page, of=None) -> Image.Image:
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        (of or page).screenshot(path=file.name)
        return Image.open(file.name).convert("RGB")


def _drawn(figure: Figure) -> Image.Image:
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        figure.savefig(file.name, dpi=150)
        return Image.open(file.name).convert("RGB")


def _save(image: Image.Image, name: str) -> None:
    """Save an image with 256 colours, which keeps the file small."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    image.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Draw and save the images that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outputs", type=Path, default=ROOT / "outputs", help="a finished demo's")
    names = ["flow", "options", "answer", "gains", "confusion", "explorer"]
    parser.add_argument("--only", choices=names)
    given = parser.parse_args()
    outputs = given.outputs.resolve()
    if given.only in (None, "flow"):
        _save(_drawn(flow(outputs)), "flow")
    if given.only in (None, "options"):
        with tempfile.TemporaryDirectory() as folder:
            _save(_drawn(options(Path(folder))), "options")
    if given.only in (None, "answer"):
        _save(_drawn(answer()), "answer")
    if given.only in (None, "gains"):
        _save(_drawn(gains()), "gains")
    if given.only in (None, "confusion"):
        _save(_drawn(confusion()), "confusion")
    if given.only in (None, "explorer"):
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
            _save(explorer(browser, outputs), "explorer")


if __name__ == "__main__":
    main()
