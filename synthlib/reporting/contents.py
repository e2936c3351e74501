"""The contents of the report page: all 25 tables and 32 figures of the thesis at one scale.

They are grouped by the question that they answer. Tables are filled from the runs. Figures, and the
two tables that are sheets of images, are read from `outputs/reports/<scale>/`, where their
notebooks have saved them.
"""

from dataclasses import dataclass

import pandas as pd

from synthlib import evaluation
from synthlib.params import Params
from synthlib.reporting import tables, thesis
from synthlib.reporting.save import Report
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.tables.thesis_tables import ThesisTable
from synthlib.runs import load_runs

SHEET_TABLES = (2, 5)
"""Tables that are sheets of images."""

FIGURE_TABLES = {16: 11, 17: 14, 23: 18, 24: 19, 25: 19, 30: 23, 31: 23}
"""Figures that draw a table's numbers, and that table."""

COMPARISON_FIGURES: dict[int, tuple[str, ...]] = dict.fromkeys(
    (28, 29), ("baseline", "mixed_synth100")
)
"""Figures that compare two experiments on the same photographs, and these experiments."""

EXTRA_FIGURES = {
    "02_cameras": ("Where the cameras stand", "02_explore_data"),
    "02_pipeline": ("From render to composite, next to a photograph", "02_explore_data"),
    "02_axes": ("The augmentation, one parameter at a time", "02_explore_data"),
    "02_variety": ("Variety within a class, measured", "02_explore_data"),
    "06_steps": ("Accuracy against steps", "06_mixing"),
    "05_steps_synth_bg": ("Accuracy against steps: renders alone", "05_hyperparameters"),
    "06_gain_hours": ("Gain against hours of rendering", "06_mixing"),
    "06_feature_map": ("How the models see both domains", "06_mixing"),
    "04_views": ("Accuracy by view", "04_domain_gap"),
    "figure_27_less_26": ("Which confusions change", "06_mixing"),
    "09_gains": ("The gain of each mix on photographs", "09_beyond_the_thesis"),
    "09_screening": ("The effect of each factor of the images", "09_beyond_the_thesis"),
    "09_ablation": ("What each factor of the images adds", "09_beyond_the_thesis"),
    "09_added": ("Renders, or further photographs", "09_beyond_the_thesis"),
}
"""Figures beyond the thesis: title and notebook, by the name under which they are saved."""

QUESTIONS = {
    "replace": ["table_23", "figure_30 figure_31", "table_25", "06_steps figure_32"],
    "add": [
        "table_19", "figure_24 figure_25", "table_20 figure_26", "table_21 figure_27",
        "table_22 figure_27_less_26", "figure_28 figure_29", "06_gain_hours 06_feature_map",
    ],
    "gap": ["table_10", "table_11", "figure_16 04_views", "table_12", "table_13"],
    "alone": [
        "table_14", "figure_17 table_16", "table_15 figure_18", "table_17 figure_19", "figure_20",
    ],
    "settings": ["table_18", "figure_23 05_steps_synth_bg"],
    "stability": ["table_24"],
    "beyond": ["09_gains 09_added", "09_screening", "09_ablation"],
    "data": [
        *(f"table_{number:02d}" for number in range(1, 10)),
        "02_pipeline", "02_cameras", "02_axes", "02_variety",
        *(f"figure_{number:02d}" for number in (*range(1, 16), 21, 22)),
    ],
}  # fmt: skip
"""The report's questions, and the tables and figures that answer each, by the name of their file;
what stands in one string is shown side by side where the page is wide enough. The `data` are the
appendix."""


@dataclass(frozen=True)
class ReportContents:
    """The tables and figures of the thesis that a scale has.

    Attributes:
        params: Parameters of the scale.
        thesis_tables: The filled tables by number, without those that are sheets of images.
        items: One row per table and figure: the columns of `thesis.load_catalogue`, and here
            ("yes", how many of its rows or classes have run, or `NOT_RUN`).
        extras: The same columns for `EXTRA_FIGURES`, of kind `extra`.
    """

    params: Params
    thesis_tables: dict[int, ThesisTable]
    items: pd.DataFrame
    extras: pd.DataFrame


def collect_report(params: Params) -> ReportContents:
    """Fill all tables of the thesis, and find which figures a scale has.

    Examples:
        >>> report_contents = contents.collect_report(params)
        >>> sections.question_section(report_contents, "replace")
    """
    catalogue = thesis.load_catalogue()
    numbers = catalogue.loc[catalogue["kind"] == "table", "number"].tolist()
    filled = {
        n: tables.thesis_table(n, params.output_dir, params.scale)
        for n in numbers
        if n not in SHEET_TABLES
    }
    here = [_item_coverage(row, filled, params) for row in catalogue.to_dict("records")]
    return ReportContents(params, filled, catalogue.assign(here=here), _extra_items(params))


def missing_experiments(contents: ReportContents, row: dict) -> list[str]:
    """Name the experiments that a table or figure needs and that have not run.

    Args:
        contents: The report's contents.
        row: A row of its items or extras.
    """
    kind, number = row["kind"], row["number"]
    if kind == "figure" and number in FIGURE_TABLES:
        kind, number = "table", FIGURE_TABLES[number]
    cells = thesis.cell_experiments(kind, number)
    needed = [*cells["experiment"], *cells["minus"]]
    if kind == "figure":
        needed += COMPARISON_FIGURES.get(number, ())
    runs = load_runs(contents.params.output_dir, contents.params.scale)
    finished = set() if runs.empty else set(runs["experiment"][runs["protocol"] == "thesis"])
    return [name for name in dict.fromkeys(needed) if name and name not in finished]


def contents_table(contents: ReportContents) -> pd.DataFrame:
    """Format all items for people: columns what ("Table 1"), title, section, notebook, here."""
    items = contents.items
    what = [
        f"{str(kind).capitalize()}\N{NO-BREAK SPACE}{number}"
        for kind, number in zip(items["kind"], items["number"], strict=True)
    ]
    return items.assign(what=what)[["what", "title", "section", "notebook", "here"]]


def coverage_sentence(contents: ReportContents) -> str:
    """Count in a sentence the tables and figures that this scale has."""
    parts = []
    for kind in ("table", "figure"):
        here = contents.items.loc[contents.items["kind"] == kind, "here"]
        complete, missing = (here == "yes").sum(), (here == NOT_RUN).sum()
        partial = len(here) - complete - missing
        counts = f"{complete} complete, {partial} in part, {missing} not run"
        parts.append(f"of {len(here)} {kind}s {counts}")
    return f"At scale `{contents.params.scale}`, protocol `thesis`: {'; '.join(parts)}."


def row_coverage(table: ThesisTable) -> str:
    """Count the measured rows of a table, of those that can be measured.

    Returns:
        "yes" if all are, "2 of 5 rows" or "3 of 7 classes", or `NOT_RUN`.
    """
    frame = table.frame
    values = frame.loc[:, frame.columns.get_level_values(1) == "measured"]
    measured = values.drop(columns="bn_real", level=0, errors="ignore").notna().any(axis=1)
    if ("run", "experiment") in frame:
        names = frame["run", "experiment"]
        measured = measured[names.notna() & (names != "published only")]
    if not measured.any():
        return NOT_RUN
    unit = "classes" if ("class", "") in frame else "rows"
    return "yes" if measured.all() else f"{measured.sum()} of {len(measured)} {unit}"


def _extra_items(params: Params) -> pd.DataFrame:
    """The figures beyond the thesis, with the columns of the numbered items."""
    report = Report(params)
    rows = [
        {
            "kind": "extra",
            "number": 0,
            "title": title,
            "section": "",
            "notebook": notebook,
            "file": name,
            "note": "",
            "here": "yes" if report.path(name, "png").exists() else NOT_RUN,
        }
        for name, (title, notebook) in EXTRA_FIGURES.items()
    ]
    return pd.DataFrame(rows)


def _item_coverage(row: dict, filled: dict[int, ThesisTable], params: Params) -> str:
    """The column `here` of a table or figure."""
    number, is_figure = row["number"], row["kind"] == "figure"
    outputs, scale = params.output_dir, params.scale
    table = FIGURE_TABLES.get(number, 0) if is_figure else number
    if table in filled:
        return row_coverage(filled[table])
    if is_figure and len(thesis.cell_experiments("figure", number)):
        is_here = tables.confusion_pair(number, outputs, scale).measured is not None
    elif is_figure and number in COMPARISON_FIGURES:
        is_here = bool(evaluation.common_runs(outputs, scale, *COMPARISON_FIGURES[number]))
    else:
        is_here = Report(params).path(row["file"], "png").exists()
    return "yes" if is_here else NOT_RUN
