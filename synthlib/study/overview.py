"""What notebook 00 opens with: a strip of samples, the newest curve, what is here, what next.

Nothing is rendered or trained: everything is read from what lies under `outputs/`. Figures are
closed, so that a cell shows the one it ends with once.
"""

import shlex
from collections.abc import Iterable, Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib import evaluation, inspection
from synthlib.data import prepare
from synthlib.inspection import provenance
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.reporting.figures.curves import training_curves
from synthlib.reporting.figures.image_grids import image_grid
from synthlib.reporting.figures.style import mark_stand_in, readable_name, stand_in_title
from synthlib.reporting.save import Report
from synthlib.reporting.sheets.run_images import read_image
from synthlib.runs import is_from_earlier_version, load_run, load_runs
from synthlib.utils import files
from synthlib.utils.errors import SynthlibError

STRIP_CLASSES = 2
"""Classes in the strip."""


def newest_training_curve(params: Params) -> Figure | None:
    """Loss and accuracy of the newest finished run of the scale while it trained; None: no run."""
    runs = load_runs(params.output_dir, params.scale)
    if runs.empty:
        return None
    row = runs.sort_values("ended").iloc[-1]
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained")
    training_curves(list(axes), pd.read_csv(row["folder"] / "log.csv"))
    title = f"the newest run: {readable_name(row['experiment'])}, {row['label']}"
    figure.suptitle(stand_in_title(title, params.stand_in), fontsize=10)
    plt.close(figure)
    return mark_stand_in(figure, params.stand_in)


def sample_strip(params: Params) -> Figure | None:
    """Renders, the composites made of them, and photographs of the same classes, from a run that
    was tested on both; None if there is none, or its data is not here any more."""
    try:
        parts = list(_strip_images(params))
    except SynthlibError:
        return None
    if not parts:
        return None
    images = [image for part in parts for _, image in part]
    titles = [text for part in parts for text, _ in part]
    title = "render → composite → photograph"
    figure = image_grid(
        images, titles, columns=len(images), title=title, stand_in=params.stand_in, image_inches=1.5
    )
    plt.close(figure)
    return figure


def local_inventory(params: Params) -> pd.DataFrame:
    """What is on this machine for a scale: a row a thing, how many, where."""
    outputs = params.output_dir
    runs = load_runs(outputs, params.scale)
    stores = list((outputs / "renders").glob("*"))
    objects = sum(1 for _ in (outputs / "renders").glob("*/*/*/instance.json"))
    reports = list((outputs / "reports" / params.scale).glob("*.html"))
    flags = outputs / "flags" / f"{params.scale}.csv"
    rows = [
        ("photographs", _photographs_text(params), _data_root_text(params)),
        ("rendered objects", f"{objects:,} in {len(stores)} stores", str(outputs / "renders")),
        ("finished runs", f"{len(runs):,}", str(outputs / "runs" / params.scale)),
        ("reports", f"{len(reports):,}", str(outputs / "reports" / params.scale)),
        ("flagged samples", f"{len(pd.read_csv(flags)) if flags.exists() else 0:,}", str(flags)),
    ]
    return pd.DataFrame(rows, columns=["what", "how many", "where"])


def notebook_outputs(params: Params) -> pd.DataFrame:
    """Which notebook makes which of the thesis's tables and figures, a row a notebook: `notebook`,
    `tables` and `figures` (their numbers, "1 to 8"), `here` (how many of them are saved)."""
    found = thesis.load_catalogue()
    there = {path.stem.removeprefix("STAND-IN_") for path in Report(params).folder.glob("*_*.*")}
    rows = []
    for notebook, part in found.groupby("notebook"):
        numbers = part.groupby("kind")["number"].apply(list)
        rows.append(
            {
                "notebook": notebook,
                "tables": format_number_spans(numbers.get("table", [])),
                "figures": format_number_spans(numbers.get("figure", [])),
                "here": f"{part['file'].isin(there).sum()} of {len(part)}",
            }
        )
    return pd.DataFrame(rows)


def format_number_spans(numbers: Iterable[int]) -> str:
    """Numbers as a person lists them: "1 to 8, 10"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    texts = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join(texts)


def next_command(params: Params) -> tuple[str, str]:
    """One command to type next, and why."""
    scale, runs = params.scale, load_runs(params.output_dir, params.scale)
    if not params.stand_in and _photographs_text(params) == "none":
        return "synthlib doctor", "the scale needs photographs, and no data root is set"
    root = f" --data-root {shlex.quote(params.data_root)}" if params.data_root else ""
    if runs.empty:
        return f"synthlib batch --scale {scale}{root}", "nothing has run at this scale"
    if runs["experiment"].nunique() == 1:
        first = runs["experiment"].iloc[0]
        only = "mixed_real33" if first == "baseline" else "baseline"
        command = f"synthlib batch --scale {scale}{root} --only {only}"
        return command, f"{first} has run; a second run makes a comparison"
    return "make lab", "open 08_inspect_errors to see which samples went wrong, and why"


def _strip_images(params: Params) -> Iterator[list[tuple[str, np.ndarray]]]:
    """(title, image) of a render, its composite and a photograph of its class, a class each."""
    for row in load_runs(params.output_dir, params.scale).to_dict("records"):
        run = load_run(row["folder"])
        if is_from_earlier_version(run.status):  # its renders have other names
            continue
        table = inspection.build_sample_table(evaluation.read_predictions(run.folder))
        pasted = table[table["background"] != ""].drop_duplicates("true").head(STRIP_CLASSES)
        shots = table[table["domain"] == "real"].drop_duplicates("true").set_index("true")
        if pasted.empty or not set(pasted["true"]) <= set(shots.index):
            continue
        store = prepare.render_plan(run.params).store
        root = prepare.photograph_root(run.params, quiet=True)
        for sample in pasted.to_dict("records"):
            cls, name = readable_name(sample["true"]), sample["sample"]
            render = read_image(store / f"{name}.png")
            made_of = provenance.Origin({}, sample["background"], sample["placement"], 0)
            composite = provenance.recomposite(run.params, made_of, render)
            photograph = read_image(root / str(shots.loc[sample["true"], "sample"]))
            yield [(f"{cls}: render", render), ("composite", composite), ("photograph", photograph)]
        return


def _data_root_text(params: Params) -> str:
    if params.stand_in:
        return str(params.output_dir / "stand_in")
    try:
        return str(files.data_root(params.data_root))
    except SynthlibError:
        return "set $SYNTHLIB_DATA"


def _photographs_text(params: Params) -> str:
    if params.stand_in:
        return "stand-ins, made when needed"
    try:
        folder = files.data_root(params.data_root) / "imagenet"
    except SynthlibError:
        return "none"
    found = sum(1 for path in folder.glob("train/*") if path.is_dir())
    return f"{found:,} classes' folders" if found else "none"
