"""Tables 1, 3, 4 and 6 to 9: classes, backgrounds, amounts of renders, and hyperparameters.

Frames have the columns of `thesis_tables`: two levels, (column, kind).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from synthlib import rendering
from synthlib.classes import select_classes
from synthlib.data import prepare
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.utils.errors import SynthlibError

TOTAL = "TOTAL"

MAPPING_NOTE = (
    "Measured is the mapping that this study asks for, whether or not all its categories are on "
    "this machine."
)


def data_table(number: int, params: Params) -> tuple[pd.DataFrame, str]:
    """Fill one of these tables with what a scale has.

    Returns:
        The frame, and a note for its caption ("" if there is none).
    """
    if number in (6, 7, 8):
        return _quantity_table(number, params)
    printed = thesis.published_table(number)
    key, column = _columns(number)
    measured = _measured_values(number, params)
    published: dict[Any, Any] = printed.set_index(key)[column].to_dict()
    if params.stand_in:
        names = [name for name in published if name in measured]
    else:
        names = list(dict.fromkeys([*published, *measured]))  # a user's own classes come last
    columns: dict[tuple[str, str], list] = {
        (key, ""): names,
        (column, "measured"): [_to_cell(measured.get(name)) for name in names],
    }
    if not params.stand_in:
        columns[column, "published"] = [_to_cell(published.get(name)) for name in names]
        columns[column, "difference"] = [
            _difference(measured.get(name), published.get(name)) for name in names
        ]
    return pd.DataFrame(columns), MAPPING_NOTE if number in (3, 4) else ""


def _columns(number: int) -> tuple[str, str]:
    return {
        1: ("class", "synset"),
        3: ("class", "scenes"),
        4: ("class", "n_scenes"),
        9: ("parameter", "value"),
    }[number]


def _measured_values(number: int, params: Params) -> dict[str, Any]:
    """The cells of this scale, by the label of the row."""
    if number == 9:
        factor, epochs = 1 / params.lr_decay_factor, params.lr_decay_every
        decay = f"decays by a factor of {factor:g} every {epochs} epochs" if epochs else "constant"
        return {
            "Architecture": f"ResNet {params.architecture.removeprefix('resnet')}",
            "Learning rate": f"{params.learning_rate:g}, {decay}",
            "Epochs": str(params.epochs),
            "Batch size": str(params.batch_size),
        }
    classes = {c.name: c for c in select_classes(params.classes)}
    if number == 1:
        return {name: c.synset for name, c in classes.items()}
    if number == 3:
        return {name: list(c.scenes) for name, c in classes.items()}
    return {name: len(c.scenes) for name, c in classes.items()}


def _difference(measured: Any, published: Any) -> Any:
    """The difference of two numbers, "same" or "differs" for text; None if either is missing."""
    if measured is None or published is None:
        return None
    if isinstance(measured, int):
        return float(measured - published)
    return "same" if measured == published else "differs"


def _to_cell(value: Any) -> Any:
    """Convert a list to text and an integer to float, because a column may have missing values."""
    if isinstance(value, list):
        return ", ".join(value)
    return float(value) if isinstance(value, int | np.integer) else value


def _quantity_table(number: int, params: Params) -> tuple[pd.DataFrame, str]:
    """Tables 6 to 8 from the manifest of the scale's renders."""
    printed = thesis.published_table(number).set_index("class")
    renders = finished_renders(params)
    counts, note = pd.DataFrame(), "Nothing is rendered at this scale yet."
    if len(renders):
        split = "test" if number == 7 else "train"
        if number == 8:
            renders = _curated_renders(renders, params)
        part = renders[renders["split"] == split].groupby("class")
        counts = pd.DataFrame({"instances": part["instance"].nunique(), "images": part.size()})
        counts.loc[TOTAL] = counts.sum()
        note = " ".join(_count_notes(number, split, params))
    names = [name for name in printed.index if name != TOTAL]
    if params.stand_in:
        names = [name for name in names if name in params.classes]
    names += [name for name in params.classes if name not in printed.index]
    names.append(TOTAL)
    columns: dict[tuple[str, str], Any] = {("class", ""): names}
    for column in map(str, printed):
        measured = counts.reindex(names)[column] if len(counts) else pd.Series(np.nan, names)
        columns[column, "measured"] = measured.to_numpy(float)
        if not params.stand_in:
            published = printed[column].reindex(names).to_numpy(float)
            columns[column, "published"] = published
            columns[column, "difference"] = columns[column, "measured"] - published
    return pd.DataFrame(columns), note


def _count_notes(number: int, split: str, params: Params) -> Iterator[str]:
    """Describe in sentences what Tables 6 to 8 count."""
    yield f"Counted in the render store, split {split}."
    bits, min_coverage = params.near_duplicate_bits, params.min_coverage
    if number == 8 and not (bits or min_coverage):
        yield "This scale leaves nothing out, so the counts are Table 6's."
    elif number == 8:
        yield (
            f"Left out: instances within {bits:g} of 64 bits of another, and views that cover "
            f"less than {100 * min_coverage:g}% of the frame."
        )
    n = len(thesis.published_table(number)) - 1
    if not params.stand_in and len(params.classes) != n:
        yield (
            f"TOTAL is measured over {len(params.classes)} classes and published over {n}: their "
            "difference has no meaning."
        )


def _curated_renders(renders: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The renders that training uses after curation (4.3.2)."""
    store = prepare.render_plan(params).store
    bits, min_coverage = params.near_duplicate_bits, params.min_coverage
    return rendering.curate_store(renders, store, bits, min_coverage, progress=False).manifest


def finished_renders(params: Params) -> pd.DataFrame:
    """Read the manifest of a scale's finished renders.

    Returns:
        One row per render; empty if nothing is rendered or the 3D models are not on this machine.
    """
    try:
        plan = prepare.render_plan(params)
    except SynthlibError:  # for example, the folder of models is not on this machine
        return pd.DataFrame()
    return rendering.read_manifest(plan) if plan.store.exists() else pd.DataFrame()
