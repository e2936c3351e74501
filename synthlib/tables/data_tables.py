"""Tables 1, 3, 4 and 6 to 9: classes, scenes, how much was rendered, and how it is trained."""

from typing import Any

import numpy as np
import pandas as pd

from synthlib import rendering, sources, thesis
from synthlib.chunks import RenderError
from synthlib.classes import select
from synthlib.params import Params

TOTAL = "TOTAL"


def frame(number: int, p: Params) -> tuple[pd.DataFrame, str]:
    """The frame of such a table at a scale, and a note on it (see `numbered`)."""
    if number in (6, 7, 8):
        return _quantities(number, p)
    printed = thesis.published(number)
    key, column = _columns(number)
    measured = _here(number, p)
    names = list(printed[key])
    if p.stand_in:
        names = [name for name in names if name in measured]
    values = printed.set_index(key)[column]
    here = [measured.get(name) for name in names]
    columns: dict[tuple[str, str], list] = {(key, ""): names}
    columns[column, "measured"] = [_readable(value) for value in here]
    if not p.stand_in:
        columns[column, "published"] = [_readable(values[name]) for name in names]
        pairs = zip(here, [values[name] for name in names], strict=True)
        columns[column, "difference"] = [_difference(a, b) for a, b in pairs]
    return pd.DataFrame(columns), ""


def _columns(number: int) -> tuple[str, str]:
    return {
        1: ("class", "synset"),
        3: ("class", "scenes"),
        4: ("class", "n_scenes"),
        9: ("parameter", "value"),
    }[number]


def _here(number: int, p: Params) -> dict[str, Any]:
    """What this scale has in the cells of a table, by row."""
    if number == 9:
        decay = f"decays by a factor of {1 / p.lr_decay_factor:g} every {p.lr_decay_every} epochs"
        return {
            "Architecture": f"ResNet {p.architecture.removeprefix('resnet')}",
            "Learning rate": f"{p.learning_rate:g}, {decay if p.lr_decay_every else 'constant'}",
            "Epochs": str(p.epochs),
            "Batch size": str(p.batch_size),
        }
    classes = {c.name: c for c in select(p.classes)}
    if number == 1:
        return {name: c.synset for name, c in classes.items()}
    if number == 3:
        return {name: list(c.scenes) for name, c in classes.items()}
    return {name: len(c.scenes) for name, c in classes.items()}


def _difference(here: Any, printed: Any) -> Any:
    """Of numbers the difference, of words whether they are the same; None where there is none."""
    if here is None:
        return None
    if isinstance(here, int):
        return float(here - printed)
    return "same" if here == printed else "differs"


def _readable(value: Any) -> Any:
    """A list as text, a whole number as float, so that a missing one can stand beside it."""
    if isinstance(value, list):
        return ", ".join(value)
    return float(value) if isinstance(value, int | np.integer) else value


def _quantities(number: int, p: Params) -> tuple[pd.DataFrame, str]:
    """Tables 6 to 8 from the manifest of the scale's renders."""
    printed = thesis.published(number).set_index("class")
    renders = manifest(p)
    counts, note = pd.DataFrame(), "Nothing is rendered at this scale yet."
    if len(renders):
        split = "test" if number == 7 else "train"
        part = renders[renders["split"] == split].groupby("class")
        counts = pd.DataFrame({"instances": part["instance"].nunique(), "images": part.size()})
        counts.loc[TOTAL] = counts.sum()
        note = f"Counted in the render store, split {split}."
    names = list(printed.index)
    if p.stand_in:
        names = [name for name in names if name in (*p.classes, TOTAL)]
    columns: dict[tuple[str, str], Any] = {("class", ""): names}
    for column in map(str, printed):
        here = counts.reindex(names)[column] if len(counts) else pd.Series(np.nan, names)
        columns[column, "measured"] = here.to_numpy(float)
        if not p.stand_in:
            beside = printed[column].reindex(names).to_numpy(float)
            columns[column, "published"] = beside
            columns[column, "difference"] = columns[column, "measured"] - beside
    return pd.DataFrame(columns), note


def manifest(p: Params) -> pd.DataFrame:
    """The scale's finished renders; empty where nothing is rendered or the models are not here."""
    try:
        plan = sources.render_plan(p)
    except (ValueError, RenderError):  # the models' folder, for one, is not on this machine
        return pd.DataFrame()
    return rendering.manifest(plan) if plan.store.exists() else pd.DataFrame()
