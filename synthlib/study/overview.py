"""The overview of notebook 00: sample images, the newest training curve, inventory, next command.

Nothing is rendered or trained: everything is read from the outputs folder. Figures are closed, so
that a cell which ends with one shows it once.
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
from synthlib.reporting.figures.style import mark_stand_in, readable_name, with_alt_text
from synthlib.reporting.save import Report
from synthlib.reporting.sheets.run_images import read_image
from synthlib.runs import is_from_earlier_version, load_run, load_runs
from synthlib.utils import files
from synthlib.utils.errors import SynthlibError

STRIP_CLASSES = 2
"""Number of classes in the strip of sample images."""


def newest_training_curve(params: Params) -> Figure | None:
    """Training loss and accuracy of the newest finished run of a scale; None without a run."""
    runs = load_runs(params.output_dir, params.scale)
    if runs.empty:
        return None
    row = runs.sort_values("ended").iloc[-1]
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained")
    training_curves(list(axes), pd.read_csv(row["folder"] / "log.csv"))
    title = f"the newest run: {readable_name(row['experiment'])}, {row['label']}"
    figure.suptitle(title, fontsize=10)
    plt.close(figure)
    return with_alt_text(mark_stand_in(figure, params.stand_in))


def sample_strip(params: Params) -> Figure | None:
    """Figure of renders, the composites made from them, and photographs of the same classes.

    The images are those of a run that was tested on composites and photographs; None if there is
    no such run, or its data has been removed.
    """
    try:
        samples = [sample for row in _strip_images(params) for sample in row]
    except SynthlibError:
        return None
    if not samples:
        return None
    titles, images = map(list, zip(*samples, strict=True))
    title = "render → composite → photograph"
    figure = image_grid(images, titles, columns=len(images), title=title, image_inches=1.5)
    plt.close(figure)
    return with_alt_text(mark_stand_in(figure, params.stand_in))


def local_inventory(params: Params) -> pd.DataFrame:
    """List what is on this machine for a scale; columns what, how many, where."""
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
    """List the thesis's tables and figures by the notebook that makes them.

    Returns:
        One row per notebook: notebook, tables and figures (their numbers, such as "1 to 8"), here
        (how many of them are saved, such as "2 of 25").
    """
    catalogue = thesis.load_catalogue()
    saved = {path.stem.removeprefix("STAND-IN_") for path in Report(params).folder.glob("*_*.*")}
    rows = []
    for notebook, part in catalogue.groupby("notebook"):
        numbers = part.groupby("kind")["number"].apply(list)
        rows.append(
            {
                "notebook": notebook,
                "tables": format_number_spans(numbers.get("table", [])),
                "figures": format_number_spans(numbers.get("figure", [])),
                "here": f"{part['file'].isin(saved).sum()} of {len(part)}",
            }
        )
    return pd.DataFrame(rows)


def format_number_spans(numbers: Iterable[int]) -> str:
    """Numbers as text, with spans of three or more consecutive ones: "1 to 8, 10"."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    return ", ".join(
        f"{span[0]} to {span[-1]}" if len(span) > 2 else ", ".join(map(str, span)) for span in spans
    )


def next_command(params: Params) -> tuple[str, str]:
    """Suggest the next command to type, or notebook to open; returns it and the reason."""
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
    return "08_inspect_errors.ipynb", "open it to see which samples went wrong, and why"


def _strip_images(params: Params) -> Iterator[list[tuple[str, np.ndarray]]]:
    """Titles and images of a render, its composite and a photograph of its class, per class."""
    for row in load_runs(params.output_dir, params.scale).to_dict("records"):
        run = load_run(row["folder"])
        if is_from_earlier_version(run.status):  # renders had other names then
            continue
        table = inspection.build_sample_table(evaluation.read_predictions(run.folder))
        composites = table[table["background"] != ""].drop_duplicates("true").head(STRIP_CLASSES)
        real = table[table["domain"] == "real"].drop_duplicates("true").set_index("true")
        if composites.empty or not set(composites["true"]) <= set(real.index):
            continue
        plan = prepare.render_plan(run.params)
        root = prepare.photograph_root(run.params, quiet=True)
        for sample in composites.to_dict("records"):
            cls, name = readable_name(sample["true"]), sample["sample"]
            render = read_image(plan.file_of(name))
            origin = provenance.Origin({}, sample["background"], sample["placement"], 0)
            composite = provenance.recomposite(run.params, origin, render)
            photograph = read_image(root / str(real.loc[sample["true"], "sample"]))
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
    n = len(files.visible_folders(folder / "train"))
    return f"{n:,} class folders" if n else "none"
