"""The thesis's numbered tables, with its rows, columns and order, filled by finished runs.

The columns of a table's frame have two levels, (column, kind). Kinds of a number are `measured`,
`spread` (standard deviation over seeds), `low` and `high` (95% interval), `published` and
`difference` (measured - published); labels as printed have the kind "". The column `run` describes
what was trained and tested on. After the thesis's columns, Tables 19 and 23 have `bn_real` (top-1
with batch norm statistics of real photographs) and Table 22 has significance tests of its gains.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from synthlib.evaluation.comparisons import class_gains
from synthlib.evaluation.run_metrics import (
    TRAINING_COUNTS,
    class_accuracy_summary,
    finished_runs,
    measured_row,
    shown_protocols,
)
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.reporting.tables import captions, data_tables
from synthlib.reporting.tables.html import ThesisTable, seeds_text
from synthlib.reporting.thesis.published import CLASS_ACCURACY_TABLES, METRICS, RESULT_TABLES

MEASURED_KINDS = ["measured", "spread", "low", "high"]
EQUAL_STEPS_TABLES = (19, 23, 25)
"""Tables with companions in which every row trains equally long (`matched`, `tuned`)."""

BN_REAL_TABLES = (19, 23)
"""Tables of mixed runs. They have a second column of top-1, `bn_real`, with batch-norm statistics
of the real training photographs, because those of a mixed run come mostly from synthetic images."""

BN_REAL_NOTE = (
    "† added here: top-1 with batch-norm statistics re-estimated on the run's real training "
    "photographs (bn_real); runs without these have none."
)
GAIN_NOTE = (
    "† added here: {p}, the same after Holm's correction for {k} classes, and the classes that "
    "are clear of chance by it (below 0.05)."
)
COMPANION_CAPTION = (
    "companion under the protocol {protocol}: the same steps, batch, schedule and augmentation for "
    "every row{settings}. The thesis has no such table, so there are no published values."
)
RUN_COLUMNS = ("experiment", "network", "test_set", *TRAINING_COUNTS, "n_test", "seeds", "label")


def thesis_table(
    number: int, outputs: Path, scale: str, params: Params | None = None
) -> ThesisTable:
    """Fill a numbered table of the thesis with finished runs.

    Rows without a run have the published values only. At a scale of stand-in photographs there are
    no published values.

    Args:
        number: Number of the table: 1, 3, 4 or 6 to 25.
        outputs: Folder with the runs.
        scale: Name of the scale.
        params: Parameters of the scale; None: those of its newest run.

    Returns:
        The table; Tables 19, 23 and 25 with their companions under protocols of equal steps
        (`evaluation.shown_protocols`).

    Raises:
        ValueError: If the number is 2 or 5 (sheets of images), or if the thesis does not have it.

    Examples:
        >>> table = tables.thesis_table(14, params.output_dir, params.scale)
        >>> table.frame["top1", "published"].tolist()
        [66.82, 16.0, 8.82, 11.88]
    """
    params = params or captions.scale_params(outputs, scale)
    params = params.model_copy(update={"outputs": str(outputs)})
    if number in RESULT_TABLES:
        protocols = shown_protocols(outputs, scale)[1:] if number in EQUAL_STEPS_TABLES else ()
        companions = {name: _results_table(number, params, name) for name in protocols}
        return _results_table(number, params, "thesis", companions)
    if number in CLASS_ACCURACY_TABLES:
        return _class_table(number, params)
    frame, note = data_tables.data_table(number, params)
    scale_note = captions.scale_note(params, with_results=False)
    return _captioned(number, frame, [note], scale_note, params)


def _results_table(
    number: int,
    params: Params,
    protocol: str,
    companions: Mapping[str, ThesisTable] | None = None,
) -> ThesisTable:
    """Fill a table of results, whose rows are those of the thesis.

    Args:
        number: One of `RESULT_TABLES`.
        params: Parameters of the scale.
        protocol: `thesis`, or that of a companion.
        companions: The companions to attach, by protocol.
    """
    experiments = thesis.cell_experiments("table", number, protocol).set_index("index")
    frame, uses_renders = _results_frame(number, params, protocol, experiments)
    # the last row of Table 24 is a standard deviation, which no experiment fills
    has_run = pd.Series(frame["top1", "measured"].notna().to_numpy()[: len(experiments)])
    notes = [captions.missing_runs_note(experiments["experiment"].reset_index(drop=True), has_run)]
    if ("bn_real", "measured") in frame and frame["bn_real", "measured"].notna().any():
        notes.append(BN_REAL_NOTE)
    if protocol != "thesis":
        settings = ", with a recipe of its own" if protocol == "tuned" else ""
        companion_caption = COMPANION_CAPTION.format(protocol=protocol, settings=settings)
        caption = _join_notes([f"Table {number}, {companion_caption}", *notes])
        return ThesisTable(number, frame, caption, notes=caption)
    if uses_renders:
        notes.append(captions.borrowed_backgrounds_note(params))
    on_real = experiments["test_set"].eq("real").all()
    has_n_test = frame["run", "n_test"].notna().any()
    n_test = frame["run", "n_test"].median() if on_real and has_n_test else None
    scale_note = captions.scale_note(params, n_test)
    return _captioned(number, frame, notes, scale_note, params, companions)


def _results_frame(
    number: int, params: Params, protocol: str, experiments: pd.DataFrame
) -> tuple[pd.DataFrame, bool]:
    """Build the frame of a table of results.

    Args:
        number: One of `RESULT_TABLES`.
        params: Parameters of the scale.
        protocol: Protocol of the runs.
        experiments: Rows of `thesis.cell_experiments`, by the index of the table's row.

    Returns:
        The frame, and True if a run in it was trained or tested on renders.
    """
    published = thesis.published_table(number)
    with_published = protocol == "thesis" and not params.stand_in
    labels = [c for c in map(str, published) if c not in METRICS]
    rows: list[dict] = []
    uses_renders = False
    for row in published.to_dict("records"):
        record = {(name, ""): row[name] for name in labels}
        if row["index"] in experiments.index:
            cell = experiments.loc[row["index"], ["experiment", "test_set"]]
            experiment, test_set = map(str, cell)
            runs = finished_runs(params.output_dir, params.scale, experiment, protocol, test_set)
            record |= measured_row(runs, test_set)
            if len(runs):
                record["run", "test_set"] = test_set
                uses_renders |= test_set.startswith("synthetic") or any(runs["n_synthetic"] > 0)
            record["run", "experiment"] = experiment or "published only"
        elif protocol == "thesis":
            record |= {(m, "measured"): _spread_over_rows(rows, m) for m in METRICS}
        else:
            continue
        if with_published:
            record |= {(m, "published"): row[m] for m in METRICS}
        rows.append(record)
    extra_columns = ["bn_real"] if number in BN_REAL_TABLES else []
    frame = _complete_columns(pd.DataFrame(rows), labels, with_published, extra_columns)
    return frame, uses_renders


def _spread_over_rows(rows: list[dict], metric: str) -> float:
    """Standard deviation of the rows above, as the thesis computes it (ddof 0)."""
    values = [row[metric, "measured"] for row in rows if (metric, "measured") in row]
    return float(pd.Series(values).std(ddof=0)) if len(values) > 1 else float("nan")


def _complete_columns(
    frame: pd.DataFrame, labels: list[str], with_published: bool, extra_columns: list[str]
) -> pd.DataFrame:
    """Put the columns in order, the extra ones and `run` last; those without a value become NaN.

    The column `difference` (measured - published) is added after each column `published`.
    """
    compared = ["published", "difference"] if with_published else []
    columns = [(name, "") for name in labels]
    for metric in METRICS:
        measured = MEASURED_KINDS if metric == "top1" else MEASURED_KINDS[:2]
        columns += [(metric, kind) for kind in [*measured, *compared]]
    columns += [(name, kind) for name in extra_columns for kind in MEASURED_KINDS]
    columns += [("run", name) for name in RUN_COLUMNS]
    number_columns = [
        c
        for c in columns
        if c[0] in (*METRICS, *extra_columns) or c[1] in (*TRAINING_COUNTS, "n_test")
    ]
    frame = frame.reindex(columns=pd.MultiIndex.from_tuples(columns))
    frame = frame.astype(dict.fromkeys(number_columns, float))
    for metric in METRICS if with_published else ():
        frame[metric, "difference"] = frame[metric, "measured"] - frame[metric, "published"]
    return frame


def _class_table(number: int, params: Params) -> ThesisTable:
    """Fill a table of accuracies by class, or Table 22 of gains by class."""
    cell = thesis.cell_experiments("table", number).iloc[0]
    experiment, subtracted, test_set = cell[["experiment", "minus", "test_set"]]
    outputs, scale = params.output_dir, params.scale
    runs = finished_runs(outputs, scale, experiment, "thesis", test_set)
    measured = pd.DataFrame()
    seeds = set(runs["seed"]) if len(runs) else set()
    if subtracted:
        subtracted_runs = finished_runs(outputs, scale, subtracted, "thesis", test_set)
        measured = class_gains(runs, subtracted_runs, test_set)
        # a gain is paired by seed, so only seeds of both experiments count
        seeds &= set(subtracted_runs["seed"]) if len(subtracted_runs) else set()
    elif len(runs):
        measured = class_accuracy_summary(runs, test_set)
    frame = _class_frame(number, params, measured)
    has_run = frame["gain" if number == 22 else "top1", "measured"].notna().any()
    source = f"{experiment} less {subtracted}" if subtracted else experiment
    notes = [f"Experiment {source}{'' if has_run else ': ' + captions.NOT_RUN}."]
    if has_run:
        seed_list = ", ".join(str(seed) for seed in sorted(seeds))
        notes.append(f"{runs['label'].iloc[0]}; {seeds_text(seed_list)}.")
        if "p" in measured:
            test = "McNemar's exact p" if len(seeds) == 1 else "p of the paired bootstrap"
            notes.append(GAIN_NOTE.format(p=test, k=int(frame["p", ""].notna().sum())))
    n_test = frame["run", "n_test"].sum() if has_run else None
    return _captioned(number, frame, notes, captions.scale_note(params, n_test), params)


def _class_frame(number: int, params: Params, measured: pd.DataFrame) -> pd.DataFrame:
    """Build the frame of a table by class from measured values (index: class; may be empty).

    Rows are the thesis's classes in its order, then the study's other classes; at a scale of
    stand-in photographs, only the classes of the study.
    """
    name = "gain" if number == 22 else "top1"
    published = thesis.published_table(number).set_index("class")[name].astype(float)
    if params.stand_in:
        names = [c for c in published.index if c in params.classes]
    else:
        names = list(dict.fromkeys([*published.index, *params.classes]))
    test_columns = [c for c in ("p", "p_holm") if c in measured]
    values = measured.reindex(index=names, columns=[*MEASURED_KINDS, *test_columns, "n"]).astype(
        float
    )
    columns: dict[tuple[str, str], Any] = {("class", ""): names}
    columns |= {(name, kind): values[kind].to_numpy() for kind in MEASURED_KINDS}
    if not params.stand_in:
        columns[name, "published"] = published.reindex(names).to_numpy()
        columns[name, "difference"] = columns[name, "measured"] - columns[name, "published"]
    columns |= {(column, ""): values[column].to_numpy() for column in test_columns}
    if "clear" in measured and not params.stand_in:
        columns["clear", ""] = measured["clear"].reindex(names).fillna("").to_numpy()
    columns["run", "n_test"] = values["n"].to_numpy()
    return pd.DataFrame(columns)


def _captioned(
    number: int,
    frame: pd.DataFrame,
    notes: list[str],
    scale_note: str,
    params: Params,
    companions: Mapping[str, ThesisTable] | None = None,
) -> ThesisTable:
    """Caption a table: the thesis's caption, notes, and a remark on the thesis."""
    caption = f"Table {number}. {thesis.published_caption('table', number)}."
    remark = "" if params.stand_in else thesis.published_remark("table", number)
    text = _join_notes([*notes, remark])
    return ThesisTable(
        number, frame, _join_notes([caption, text]), companions or {}, text, scale_note
    )


def _join_notes(notes: list[str]) -> str:
    return " ".join(note for note in notes if note)
