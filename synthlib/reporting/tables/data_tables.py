"""Tables 1, 3, 4 and 6 to 9: classes, scenes, how much was rendered, and how it is trained."""

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
    """The frame of such a table at a scale, and a note on it (see `numbered`)."""
    if number in (6, 7, 8):
        return _quantity_table(number, params)
    printed = thesis.published_table(number)
    key, column = _columns(number)
    measured = _measured_values(number, params)
    names = list(printed[key])
    if params.stand_in:
        names = [name for name in names if name in measured]
    else:
        names += [name for name in measured if name not in names]  # a user's own classes
    values = printed.set_index(key)[column].to_dict()
    here = [measured.get(name) for name in names]
    columns: dict[tuple[str, str], list] = {(key, ""): names}
    columns[column, "measured"] = [_to_cell(value) for value in here]
    if not params.stand_in:
        columns[column, "published"] = [_to_cell(values.get(name)) for name in names]
        pairs = zip(here, [values.get(name) for name in names], strict=True)
        columns[column, "difference"] = [_difference(a, b) for a, b in pairs]
    return pd.DataFrame(columns), MAPPING_NOTE if number in (3, 4) else ""


def _columns(number: int) -> tuple[str, str]:
    return {
        1: ("class", "synset"),
        3: ("class", "scenes"),
        4: ("class", "n_scenes"),
        9: ("parameter", "value"),
    }[number]


def _measured_values(number: int, params: Params) -> dict[str, Any]:
    """What this scale has in the cells of a table, by row."""
    if number == 9:
        decay = f"decays by a factor of {1 / params.lr_decay_factor:g} every {params.lr_decay_every} epochs"
        return {
            "Architecture": f"ResNet {params.architecture.removeprefix('resnet')}",
            "Learning rate": f"{params.learning_rate:g}, {decay if params.lr_decay_every else 'constant'}",
            "Epochs": str(params.epochs),
            "Batch size": str(params.batch_size),
        }
    classes = {c.name: c for c in select_classes(params.classes)}
    if number == 1:
        return {name: c.synset for name, c in classes.items()}
    if number == 3:
        return {name: list(c.scenes) for name, c in classes.items()}
    return {name: len(c.scenes) for name, c in classes.items()}


def _difference(here: Any, printed: Any) -> Any:
    """Of numbers the difference, of words whether they are the same; None where there is none."""
    if here is None or printed is None:
        return None
    if isinstance(here, int):
        return float(here - printed)
    return "same" if here == printed else "differs"


def _to_cell(value: Any) -> Any:
    """A list as text, a whole number as float, so that a missing one can stand beside it."""
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
        here = counts.reindex(names)[column] if len(counts) else pd.Series(np.nan, names)
        columns[column, "measured"] = here.to_numpy(float)
        if not params.stand_in:
            beside = printed[column].reindex(names).to_numpy(float)
            columns[column, "published"] = beside
            columns[column, "difference"] = columns[column, "measured"] - beside
    return pd.DataFrame(columns), note


def _count_notes(number: int, split: str, params: Params) -> Iterator[str]:
    """What the counts of Tables 6 to 8 are of, a sentence each."""
    yield f"Counted in the render store, split {split}."
    bits, least = params.near_duplicate_bits, params.min_coverage
    if number == 8 and not (bits or least):
        yield "This scale leaves nothing out, so the counts are Table 6's."
    elif number == 8:
        yield (
            f"Left out: instances within {bits:g} of 64 bits of another, and views that cover "
            f"less than {100 * least:g}% of the frame."
        )
    n = len(thesis.published_table(number)) - 1
    if not params.stand_in and len(params.classes) != n:
        yield (
            f"TOTAL is measured over {len(params.classes)} classes and published over {n}: their "
            "difference compares nothing."
        )


def _curated_renders(renders: pd.DataFrame, params: Params) -> pd.DataFrame:
    """The renders that training keeps (4.3.2)."""
    given = (prepare.render_plan(params).store, params.near_duplicate_bits, params.min_coverage)
    return rendering.curate_store(renders, *given, progress=False).manifest


def finished_renders(params: Params) -> pd.DataFrame:
    """The scale's finished renders; empty where nothing is rendered or the models are not here."""
    try:
        plan = prepare.render_plan(params)
    except SynthlibError:  # the models' folder, for one, is not on this machine
        return pd.DataFrame()
    return rendering.read_manifest(plan) if plan.store.exists() else pd.DataFrame()
