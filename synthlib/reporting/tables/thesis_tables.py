"""The thesis's numbered tables: measured, published, difference; its rows, columns and order.

A frame's columns have two levels, (column, kind). Kinds of a number are `measured`, `spread`
(standard deviation over seeds), `low` and `high` (95%), `published`, `difference` (measured -
published); labels as printed have kind "". Under `run` stands what was trained and tested on.
Tables 19 and 23 have top-1 under `bn_real` after the thesis's columns, Table 22 tests of its gains.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from synthlib.evaluation.comparisons import class_gains
from synthlib.evaluation.run_metrics import (
    METRICS,
    TRAINING_COUNTS,
    class_accuracy_summary,
    finished_runs,
    measured_row,
)
from synthlib.params import Params
from synthlib.reporting import thesis
from synthlib.reporting.tables import captions, data_tables
from synthlib.reporting.tables.html import ThesisTable, seeds_text
from synthlib.reporting.thesis.published import CLASS_ACCURACY_TABLES, RESULT_TABLES

MEASURED_KINDS = ["measured", "spread", "low", "high"]
MATCHED_TABLES = (19, 23, 25)
"""Tables with a companion in which every row trains equally long (protocol `matched`)."""

BN_REAL_TABLES = (19, 23)
"""Tables of mixed runs: their second column of top-1 is with batch-norm statistics of the real
training photographs, since those of a mix are mostly of synthetic images."""

BN_REAL_NOTE = (
    "† added here: top-1 with batch-norm statistics taken anew from the run's real training "
    "photographs (bn_real); runs without such have none."
)
GAIN_NOTE = (
    "† added here: {p}, the same after Holm's correction for {k} classes, and which classes are "
    "clear of chance by it (below 0.05)."
)
COMPANION_CAPTION = (
    "companion under the protocol matched: the same steps, batch, schedule and augmentation for "
    "every row. The thesis has no such table, so nothing published stands beside it."
)
RUN_COLUMNS = ("experiment", *TRAINING_COUNTS, "n_test", "seeds", "label")


def thesis_table(
    number: int, outputs: Path, scale: str, params: Params | None = None
) -> ThesisTable:
    """Table `number` (1, 3, 4, 6 to 25) of the thesis, filled by the runs below `outputs`.

    `p` are the scale's parameters, None: those of its newest run.

    Rows without a run show the published values. Tables 19, 23 and 25 carry their matched
    companion. At a scale of stand-ins nothing published is shown.
    Raises ValueError for 2 and 5 (sheets of images) and for numbers the thesis does not have.
    """
    params = params or captions.scale_params(outputs, scale)
    if number in RESULT_TABLES:
        companion = (
            _results_table(number, outputs, params, "matched") if number in MATCHED_TABLES else None
        )
        return _results_table(number, outputs, params, "thesis", companion)
    if number in CLASS_ACCURACY_TABLES:
        return _class_table(number, outputs, params)
    frame, note = data_tables.data_table(number, params)
    return ThesisTable(number, frame, _caption(number, [note], params, with_results=False))


def _results_table(
    number: int, outputs: Path, params: Params, protocol: str, companion: ThesisTable | None = None
) -> ThesisTable:
    """A table of results, a row of the thesis's each."""
    printed = thesis.published_table(number)
    fills = thesis.cell_experiments("table", number, protocol).set_index("index")
    beside = protocol == "thesis" and not params.stand_in
    labels = [c for c in map(str, printed) if c not in METRICS]
    rows, rendered = [], False
    for row in printed.to_dict("records"):
        record = {(name, ""): row[name] for name in labels}
        if row["index"] in fills.index:
            fill = fills.loc[row["index"]]
            runs = finished_runs(
                outputs, params.scale, fill["experiment"], protocol, fill["test_set"]
            )
            record |= measured_row(runs, fill["test_set"])
            synthetic = str(fill["test_set"]).startswith("synthetic")
            rendered |= len(runs) > 0 and (synthetic or bool((runs["n_synthetic"] > 0).any()))
            record["run", "experiment"] = fill["experiment"] or "published only"
        elif protocol == "thesis":
            record |= {(m, "measured"): _spread_over_rows(rows, m) for m in METRICS}
        else:
            continue
        if beside:
            record |= {(m, "published"): row[m] for m in METRICS}
        rows.append(record)
    extra = ["bn_real"] if number in BN_REAL_TABLES else []
    frame = _add_differences(_order_columns(pd.DataFrame(rows), labels, beside, extra), beside)
    on_real = fills["test_set"].eq("real").all() and frame["run", "n_test"].notna().any()
    n_test = frame["run", "n_test"].median() if on_real else None
    measured = pd.Series(frame["top1", "measured"].notna().to_numpy()[: len(fills)])
    missing = captions.missing_runs_note(fills["experiment"].reset_index(drop=True), measured)
    note = BN_REAL_NOTE if extra and bool(frame["bn_real", "measured"].notna().any()) else ""
    if protocol == "matched":
        parts = [f"Table {number}, {COMPANION_CAPTION}", missing, note]
        caption = " ".join(part for part in parts if part)
        return ThesisTable(number, frame, f"STAND-IN: {caption}" if params.stand_in else caption)
    notes = [
        missing,
        note,
        captions.borrowed_backgrounds_note(params, outputs) if rendered else "",
    ]
    return ThesisTable(number, frame, _caption(number, notes, params, n_test), companion)


def _spread_over_rows(rows: list[dict], metric: str) -> float:
    """Standard deviation of the rows above, as the thesis takes it (ddof 0)."""
    values = [row[metric, "measured"] for row in rows if (metric, "measured") in row]
    return float(pd.Series(values).std(ddof=0)) if len(values) > 1 else float("nan")


def _order_columns(
    frame: pd.DataFrame, labels: list[str], with_published: bool, extra_columns: list[str]
) -> pd.DataFrame:
    """All columns that a table of results has, those without a run empty; `extra` ones last."""
    kinds = ["measured", "spread", *(["published"] if with_published else [])]
    columns = [(name, "") for name in labels]
    for metric in METRICS:
        columns += [(metric, kind) for kind in kinds]
    at = columns.index(("top1", "spread")) + 1
    columns[at:at] = [("top1", "low"), ("top1", "high")]
    columns += [
        (name, kind) for name in extra_columns for kind in ("measured", "spread", "low", "high")
    ]
    columns += [("run", name) for name in RUN_COLUMNS]
    wide = frame.reindex(columns=pd.MultiIndex.from_tuples(columns))
    numbers = [
        c
        for c in columns
        if c[0] in (*METRICS, *extra_columns) or c[1] in (*TRAINING_COUNTS, "n_test")
    ]
    return wide.astype(dict.fromkeys(numbers, float))


def _add_differences(frame: pd.DataFrame, with_published: bool) -> pd.DataFrame:
    """Adds measured - published after each pair."""
    found = {}
    for name, kind in frame.columns:
        found[name, kind] = frame[name, kind]
        if with_published and kind == "published":
            found[name, "difference"] = frame[name, "measured"] - frame[name, kind]
    return pd.DataFrame(found)


def _class_table(number: int, outputs: Path, params: Params) -> ThesisTable:
    """A table of accuracies, or of gains, a class."""
    name = "gain" if number == 22 else "top1"
    fill = thesis.cell_experiments("table", number).iloc[0]
    printed = thesis.published_table(number).set_index("class")[name].astype(float)
    runs = finished_runs(outputs, params.scale, fill["experiment"], "thesis", fill["test_set"])
    others = pd.DataFrame()
    if fill["minus"]:
        others = finished_runs(outputs, params.scale, fill["minus"], "thesis", fill["test_set"])
        found, kinds = class_gains(runs, others, fill["test_set"]), MEASURED_KINDS
    elif len(runs):
        found, kinds = class_accuracy_summary(runs, fill["test_set"]), MEASURED_KINDS
    else:
        found, kinds = pd.DataFrame(), MEASURED_KINDS
    if params.stand_in:
        names = [c for c in printed.index if c in params.classes]
    else:
        names = [*printed.index, *(c for c in params.classes if c not in printed.index)]
    tests = [c for c in ("p", "p_holm") if c in found]
    words = found["clear"].reindex(names) if "clear" in found and not params.stand_in else None
    found = found.reindex(index=names, columns=[*kinds, *tests, "n"]).astype(float)
    columns: dict[tuple[str, str], Any] = {("class", ""): names}
    columns |= {(name, kind): found[kind].to_numpy() for kind in kinds}
    if not params.stand_in:
        columns[name, "published"] = printed.reindex(names).to_numpy()
        columns[name, "difference"] = columns[name, "measured"] - columns[name, "published"]
    columns |= {(name, ""): found[name].to_numpy() for name in tests}
    if words is not None:
        columns["clear", ""] = words.fillna("").to_numpy()
    columns["run", "n_test"] = found["n"].to_numpy()
    frame = pd.DataFrame(columns)
    ran = found["measured"].notna().any()
    what = fill["experiment"] + (f" less {fill['minus']}" if fill["minus"] else "")
    notes = [f"Experiment {what}{'' if ran else ': ' + captions.NOT_RUN}."]
    if ran:
        both = set(runs["seed"]) & set(others["seed"] if len(others) else runs["seed"])
        seeds = ", ".join(str(seed) for seed in sorted(both))
        notes.append(f"{runs['label'].iloc[0]}; {seeds_text(seeds)}.")
        if tests:
            which = "McNemar's exact p" if len(both) == 1 else "p of the paired bootstrap"
            notes.append(GAIN_NOTE.format(p=which, k=int(found["p"].notna().sum())))
    n_test = found["n"].sum() if ran else None
    return ThesisTable(number, frame, _caption(number, notes, params, n_test))


def _caption(
    number: int,
    notes: list[str],
    params: Params,
    n_test: float | None = None,
    *,
    with_results: bool = True,
) -> str:
    """The thesis's caption, what is known of its numbers, and what may be compared."""
    text = f"Table {number}. {thesis.published_caption('table', number)}."
    remark = "" if params.stand_in else thesis.published_remark("table", number)
    parts = [text, *notes, captions.scale_note(params, n_test, with_results=with_results), remark]
    title = " ".join(part for part in parts if part)
    return f"STAND-IN: {title}" if params.stand_in else title
