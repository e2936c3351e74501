"""The findings of notebooks 04 to 07 in a few bullets, shown at their top.

Every number is computed from the finished runs. They begin with the note on the scale, which no
table or list below repeats. The verdicts are counted over the statements that a notebook is about.
"""

import math

import pandas as pd

from synthlib.evaluation.comparisons import compare_experiments
from synthlib.evaluation.predictions import correct_by_sample
from synthlib.evaluation.run_metrics import finished_runs, shown_protocols
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.reporting.tables.captions import NOT_RUN, scale_note
from synthlib.reporting.tables.verdicts import difference_text, verdicts_markdown

TESTED_ON = {
    "real": "photographs",
    "synthetic_bg": "renders with background",
    "synthetic_nobg": "renders on black",
}

TRAINED_ON = {
    "baseline": "photographs",
    "synth_bg": "renders with background",
    "synth_nobg": "renders on black",
}


def domain_gap_in_short(params: Params, statements: pd.DataFrame) -> str:
    """Accuracy of models of each domain in all domains, and the loss on photographs (04).

    Args:
        params: Parameters of the scale.
        statements: The notebook's statements, rows of `statements`.
    """
    bullets = [
        f"Trained on {name} (`{experiment}`): {_accuracies(params, experiment)}."
        for experiment, name in TRAINED_ON.items()
    ]
    for experiment in ("synth_bg", "synth_nobg"):
        loss = _difference(params, experiment, "baseline")
        bullets.append(
            f"Trained on {TRAINED_ON[experiment]} in place of photographs, accuracy on photographs "
            f"changes by {loss}."
        )
    return _in_short(bullets, params, statements)


def hyperparameters_in_short(params: Params, statements: pd.DataFrame) -> str:
    """Accuracy of the varied run, and the variation that changes it most (05).

    Args:
        params: Parameters of the scale.
        statements: The notebook's statements, rows of `statements`.
    """
    varied = "synth_bg"
    names = thesis.cell_experiments("table", 18)["experiment"]
    variations = [name for name in dict.fromkeys(names) if name not in ("", varied)]
    results = {
        name: result
        for name in variations
        if (result := compare_experiments(params.output_dir, params.scale, name, varied))
    }
    bullets = [f"`{varied}`, which the others vary: {_accuracies(params, varied)}."]
    text = f"{len(results)} of {len(variations)} variations have run"
    if results:
        largest = max(results, key=lambda name: abs(results[name]["difference"]))
        text += (
            f"; `{largest}` changes the accuracy on photographs most: "
            f"{difference_text(results[largest])}"
        )
    return _in_short([*bullets, f"{text}."], params, statements)


def mixing_in_short(params: Params, statements: pd.DataFrame) -> str:
    """Gain from synthetic images over all photographs and over a third of them, by protocol (06).

    Args:
        params: Parameters of the scale.
        statements: The notebook's statements, rows of `statements`.
    """
    pairs = {
        "All photographs": ("mixed_synth100", "baseline"),
        "A third of the photographs": ("mixed_real33", "real33"),
    }
    bullets = []
    for protocol in shown_protocols(params.output_dir, params.scale):
        for title, (mixed, alone) in pairs.items():
            levels = " and ".join(
                f"{_percent(_top1(params, name, protocol=protocol))} {described}"
                for name, described in ((alone, "alone"), (mixed, "with all synthetic images"))
            )
            change = _difference(params, mixed, alone, protocol)
            bullets.append(f"{title}, protocol `{protocol}`: {levels}: {change}.")
        replaced = _difference(params, "mixed_real33", "baseline", protocol)
        bullets.append(
            "A third with all synthetic images in place of all photographs, protocol "
            f"`{protocol}`: {replaced}."
        )
    return _in_short(bullets, params, statements)


def _in_short(bullets: list[str], params: Params, statements: pd.DataFrame) -> str:
    """Join the note on the scale, bullets, and, of photographs, the count of verdicts."""
    if not params.stand_in:
        bullets = [*bullets, f"The thesis's statements: {verdicts_markdown(statements, params)}"]
    return "\n".join([scale_note(params), "", *(f"- {bullet}" for bullet in bullets)])


def _accuracies(params: Params, experiment: str) -> str:
    """Top-1 of an experiment on each test set as text, or that it has not run."""
    values = {name: _top1(params, experiment, name) for name in TESTED_ON}
    parts = [
        f"{value:.1f}% on {TESTED_ON[name]}"
        for name, value in values.items()
        if not math.isnan(value)
    ]
    return ", ".join(parts) or NOT_RUN


def _top1(
    params: Params, experiment: str, test_set: str = "real", protocol: str = "thesis"
) -> float:
    """Mean top-1 in percent over the seeds of an experiment; NaN if it has not run."""
    runs = finished_runs(params.output_dir, params.scale, experiment, protocol, test_set)
    shares = [float(correct_by_sample(f, test_set).mean()) for f in runs.get("folder", ())]
    return 100 * sum(shares) / len(shares) if shares else math.nan


def _difference(params: Params, first: str, second: str, protocol: str = "thesis") -> str:
    result = compare_experiments(params.output_dir, params.scale, first, second, protocol)
    return NOT_RUN if result is None else difference_text(result)


def _percent(value: float) -> str:
    return NOT_RUN if math.isnan(value) else f"{value:.1f}%"
