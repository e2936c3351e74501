"""Photographs that synthetic data teaches a model to recognise, and those it loses (6.5, Figures
28, 29): the baseline and the run with all synthetic images, on the same test photographs."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib import datasets, inspection, opened, runs
from synthlib.closeups import images_of
from synthlib.evaluation import predictions
from synthlib.figures import PAGE, absent, image_grid, stamp, titled, words
from synthlib.inspection import OUTCOMES, Outcome, Versus
from synthlib.params import Params
from synthlib.pictures import Pictures
from synthlib.seeding import rng_for
from synthlib.tables import NOT_RUN, common_runs
from synthlib.thesis import claim
from synthlib.utils.errors import SynthlibError

BASELINE, MIXED = "baseline", "mixed_synth100"
COLUMNS = 6
OUTCOME: dict[int, Outcome] = {28: "only B", 29: "only A"}
"""Which photographs a figure shows: A is the baseline, B the mixed run."""

WORDS: dict[Outcome, str] = {
    "both right": "both right",
    "only B": "only mixed",
    "only A": "only baseline",
    "both wrong": "neither",
}
CLAIMS = {
    "both right": "right_both",
    "only mixed": "only_mixed",
    "only baseline": "only_baseline",
    "neither": "wrong_both",
}


def _pairs(p: Params, protocol: str = "thesis") -> dict[int, tuple[Path, Path]]:
    return common_runs(p.output_dir, p.scale, BASELINE, MIXED, protocol)


def compared(folders: tuple[Path, Path]) -> pd.DataFrame:
    """Both runs on the real test photographs: the table of `inspection.compare`."""
    a, b = (inspection.samples(predictions(folder, "real")) for folder in folders)
    return inspection.compare(a, b)


def counts(p: Params) -> pd.DataFrame:
    """How many photographs both got right, one alone, neither: a row a seed and protocol, and one
    as published (not at a scale of stand-ins). Columns: which, seed, n_test, both right, only
    mixed, only baseline, neither, and McNemar's p of what only one got right."""
    rows = []
    if not p.stand_in:
        printed = {name: int(claim(key)) for name, key in CLAIMS.items()}
        a, b = printed["only mixed"], printed["only baseline"]
        row = {"which": "published", "seed": "", "n_test": sum(printed.values())} | printed
        rows.append(row | {"McNemar's p": _published_p(a, b)})
    for protocol in ("thesis", "matched"):
        for seed, folders in _pairs(p, protocol).items():
            found = inspection.versus(compared(folders))
            row = {"which": f"protocol {protocol}", "seed": str(seed), "n_test": _n(found)}
            rows.append(row | _named(found) | {"McNemar's p": found.p})
    names = ["which", "seed", "n_test", *CLAIMS, "McNemar's p"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(**{"McNemar's p": [inspection.p_words(p) for p in table["McNemar's p"]]})


def contributed(number: int, p: Params, *, n: int = 18) -> Figure:
    """Figure 28 (right only with synthetic images) or 29 (right only without), of the first seed
    under the protocol `thesis`: up to `n` of them drawn at random, each over its class and what the
    other run took it for; counts and McNemar's p above.

    Says so where the runs are missing, or the photographs are not on this machine.
    """
    outcome, found = OUTCOME[number], _pairs(p)
    name = f"Figure {number}: right only by {MIXED if number == 28 else BASELINE}, protocol thesis"
    if not found:
        return _empty(f"{name}\n{BASELINE}, {MIXED}: {NOT_RUN}", p)
    seed, folders = next(iter(found.items()))
    table = compared(folders)
    title = f"{name}, seed {seed}\n{said(table, p)}"
    rows = table[table["outcome"] == outcome]
    order = rng_for(p.data_seed, "contributed", str(number)).permutation(len(rows))[:n]
    rows = rows.iloc[np.sort(order)]
    if rows.empty:
        return _empty(f"{title}\nnone", p)
    try:
        images = images_of(_pictures(p, folders[0]), rows)
    except SynthlibError as error:  # runs are here, photographs are not
        return _empty(f"{title}\nnot drawn on this machine: {error}", p)
    other = "predicted" if number == 28 else "predicted_b"
    titles = [f"{words(t)}\nnot {words(o)}" for t, o in zip(rows["true"], rows[other], strict=True)]
    return image_grid(
        images, titles, columns=COLUMNS, title=title, stand_in=p.stand_in, side=PAGE / COLUMNS
    )


def said(table: pd.DataFrame, p: Params) -> str:
    """The counts of a table of `compared` in two lines, beside the thesis's."""
    found = inspection.versus(table)
    here = ", ".join(f"{name} {count}" for name, count in _named(found).items())
    lines = [f"{_n(found)} photographs: {here}; McNemar's p {inspection.p_words(found.p)}"]
    if not p.stand_in:
        printed = ", ".join(f"{name} {claim(key):.0f}" for name, key in CLAIMS.items())
        lines.append(f"the thesis, {claim('val_images'):.0f}: {printed}")
    return "\n".join(lines)


def _named(found: Versus) -> dict[str, int]:
    by_outcome = (found.both_right, found.only_a, found.only_b, found.both_wrong)
    numbers = dict(zip(OUTCOMES, by_outcome, strict=True))
    return {name: numbers[outcome] for outcome, name in WORDS.items()}


def _n(found: Versus) -> int:
    return sum(_named(found).values())


def _published_p(only_a: int, only_b: int) -> float:
    """McNemar's p of two printed counts."""
    first = np.repeat([True, False], [only_a, only_b])
    return inspection.mcnemar(first, ~first)["p"]


def _pictures(p: Params, folder: Path) -> Pictures:
    """The real test photographs of a run, wherever the outputs and the data lie by now."""
    here = {"outputs": p.outputs, "data_root": p.data_root, "test_sets": ["real"]}
    params = runs.at(folder).params.model_copy(update=here)
    return Pictures(lambda: datasets.test_sets(params, opened.data_of(params)))


def _empty(text: str, p: Params) -> Figure:
    figure, ax = plt.subplots(figsize=(PAGE, 1.3), layout="constrained")
    absent(ax, titled(text, p.stand_in)).texts[-1].set(wrap=True, fontsize=8)
    return stamp(figure, p.stand_in)
