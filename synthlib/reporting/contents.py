"""The contents of the report page: all 25 tables and 32 figures of the thesis at one scale.

Tables are filled from the runs. Figures, and the two tables that are sheets of images, are read
from `outputs/reports/<scale>/`, where their notebooks have saved them.
"""

import io
from dataclasses import dataclass

import pandas as pd
from IPython.display import Image, Markdown, display
from matplotlib.figure import Figure
from PIL import Image as ImageFile

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

COMPARISON_FIGURES = dict.fromkeys((28, 29), ("baseline", "mixed_synth100"))
"""Figures that compare two experiments on the same photographs, and these experiments."""

MAX_PNG_BYTES = 400_000
"""Largest PNG that is embedded in the page; larger ones are embedded as JPEG."""

NOTEBOOKS_WITHOUT_RUNS = ("02_explore_data", "10_report")
"""Notebooks whose figures do not depend on runs, or are drawn for the page itself."""

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
}
"""Figures beyond the thesis: title and notebook, by the name under which they are saved."""


@dataclass(frozen=True)
class ReportContents:
    """The tables and figures of the thesis that a scale has.

    Attributes:
        params: Parameters of the scale.
        thesis_tables: The filled tables by number, without those that are sheets of images.
        items: One row per table and figure: the columns of `thesis.load_catalogue`, and here
            ("yes", how many of its rows or classes have run, or `NOT_RUN`).
    """

    params: Params
    thesis_tables: dict[int, ThesisTable]
    items: pd.DataFrame


def collect_report(params: Params) -> ReportContents:
    """Fill all tables of the thesis, and find which figures a scale has.

    Examples:
        >>> report_contents = contents.collect_report(params)
        >>> contents.display_items(report_contents, "table")
    """
    catalogue = thesis.load_catalogue()
    numbers = catalogue.loc[catalogue["kind"] == "table", "number"].tolist()
    filled = {
        n: tables.thesis_table(n, params.output_dir, params.scale)
        for n in numbers
        if n not in SHEET_TABLES
    }
    here = [_item_coverage(row, filled, params) for row in catalogue.to_dict("records")]
    return ReportContents(params, filled, catalogue.assign(here=here))


def display_items(contents: ReportContents, kind: str) -> None:
    """Display all tables, or all figures, each under a heading with notes.

    Args:
        contents: The report's contents (`collect_report`).
        kind: `table` or `figure`.
    """
    report = Report(contents.params)
    for row in contents.items.query("kind == @kind").to_dict("records"):
        title = f"{kind.capitalize()} {row['number']}: {row['title']}"
        is_filled = kind == "table" and row["number"] in contents.thesis_tables
        # the caption of a filled table already has the note
        note = "" if is_filled or contents.params.stand_in else row["note"]
        source = f"Section {row['section']}; made by notebook `{row['notebook']}`. {note}"
        display(Markdown(f"### {title}\n\n{source}"))
        if is_filled:
            display(report.thesis_table(contents.thesis_tables[row["number"]]))
        else:
            _display_saved_figure(row["file"], report.title(title), row["notebook"], report)


def display_extra_figures(params: Params) -> None:
    """Display the figures beyond the thesis, as the notebooks saved them."""
    report = Report(params)
    for name, (title, notebook) in EXTRA_FIGURES.items():
        display(Markdown(f"### {title}\n\nMade by notebook `{notebook}`."))
        _display_saved_figure(name, report.title(title), notebook, report)


def save_and_display_figure(figure: Figure, params: Params, name: str) -> None:
    """Save a figure of the report page and display the saved file, with its title as alt text."""
    report = Report(params)
    report.figure(figure, name)
    _display_saved_figure(name, figure.get_suptitle(), "10_report", report)


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


def _display_saved_figure(name: str, alt: str, notebook: str, report: Report) -> None:
    path = report.path(name, "png")
    if not path.exists():
        display(Markdown(f"*{NOT_RUN.capitalize()}: notebook `{notebook}` has not saved it.*"))
        return
    has_runs = notebook not in NOTEBOOKS_WITHOUT_RUNS
    if has_runs and path.stat().st_mtime < _newest_run_time(report.params):
        warning = "Older than the newest run, and may not show it: execute notebook"
        display(Markdown(f"*{warning} `{notebook}` again.*"))
    content, image_format = _compress_for_page(path.read_bytes())
    display(Image(content, format=image_format, alt=alt))


def _newest_run_time(params: Params) -> float:
    """File time of the run of the scale that was saved or restored last; 0 without runs."""
    runs = load_runs(params.output_dir, params.scale)
    folders = [] if runs.empty else runs["folder"]
    return max(((folder / "status.json").stat().st_mtime for folder in folders), default=0.0)


def _compress_for_page(png: bytes) -> tuple[bytes, str]:
    """The bytes of an image for the page, and their format: JPEG for large images."""
    if len(png) <= MAX_PNG_BYTES:
        return png, "png"
    content = io.BytesIO()
    with ImageFile.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(content, "JPEG", quality=88, optimize=True)
    return content.getvalue(), "jpeg"


def _item_coverage(row: dict, filled: dict[int, ThesisTable], params: Params) -> str:
    """The column `here` of a table or figure."""
    number, is_figure = row["number"], row["kind"] == "figure"
    outputs, scale = params.output_dir, params.scale
    table = FIGURE_TABLES.get(number, 0) if is_figure else number
    if table in filled:
        return _row_coverage(filled[table])
    if is_figure and len(thesis.cell_experiments("figure", number)):
        is_here = tables.confusion_pair(number, outputs, scale).measured is not None
    elif is_figure and number in COMPARISON_FIGURES:
        is_here = bool(evaluation.common_runs(outputs, scale, *COMPARISON_FIGURES[number]))
    else:
        is_here = Report(params).path(row["file"], "png").exists()
    return "yes" if is_here else NOT_RUN


def _row_coverage(table: ThesisTable) -> str:
    """Count the measured rows of a table, of those that can be measured."""
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
