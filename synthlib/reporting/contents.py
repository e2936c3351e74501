"""All 25 tables and 32 figures of the thesis as one scale has them, gathered for the report.

Tables are filled again from the runs; figures, and the two tables that are sheets of images, are
what their notebooks saved in `outputs/reports/<scale>/`.
"""

import io
from dataclasses import dataclass

import pandas as pd
from IPython.display import Image, Markdown, display
from matplotlib.figure import Figure
from PIL import Image as PictureFile

from synthlib import evaluation
from synthlib.params import Params
from synthlib.reporting import tables, thesis
from synthlib.reporting.figures.style import stand_in_title
from synthlib.reporting.save import Report
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.tables.thesis_tables import ThesisTable
from synthlib.runs import load_runs

SHEET_TABLES = (2, 5)
"""Tables that are images."""

FIGURE_TABLES = {16: 11, 17: 14, 23: 18, 24: 19, 25: 19, 30: 23, 31: 23}
"""Figures that draw a table's numbers."""

OF_BOTH = dict.fromkeys((28, 29), ("baseline", "mixed_synth100"))
"""Figures that compare two experiments' runs on the same photographs."""

MAX_PNG_BYTES = 400_000
"""Bytes of a PNG beyond which the page takes a JPEG of it; the PNG stays beside the page."""

NOTEBOOKS_WITHOUT_RUNS = ("02_explore_data", "10_report")
"""Notebooks whose figures are not of runs, or drawn for the page itself."""

EXTRA_FIGURES = {
    "02_cameras": ("Where the cameras stand", "02_explore_data"),
    "02_pipeline": ("From render to composite, beside a photograph", "02_explore_data"),
    "02_axes": ("The augmentation, one number at a time", "02_explore_data"),
    "02_variety": ("Variety within a class, measured", "02_explore_data"),
    "06_steps": ("Accuracy against steps", "06_mixing"),
    "05_steps_synth_bg": ("Accuracy against steps: renders alone", "05_hyperparameters"),
    "06_gain_hours": ("Gain against hours of rendering", "06_mixing"),
    "06_feature_map": ("How the models see both domains", "06_mixing"),
    "04_views": ("Accuracy by view", "04_domain_gap"),
    "figure_27_less_26": ("Which confusions go and come", "06_mixing"),
}
"""Figures beyond the thesis by the name under which they are saved: title and notebook."""


@dataclass(frozen=True)
class ReportContents:
    """`tables` by number, those that are no sheets of images; and `items`, a row a table and
    figure: `thesis.catalogue` and `here`: "yes", how many of its rows or classes, or "not run at
    this scale"."""

    params: Params
    tables: dict[int, ThesisTable]
    items: pd.DataFrame


def collect_report(params: Params) -> ReportContents:
    """Everything of the thesis that a scale has."""
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
    """Displays all tables, or all figures, each under a heading with what must be known of it."""
    for row in contents.items.query("kind == @kind").to_dict("records"):
        title = f"{kind.capitalize()} {row['number']}: {row['title']}"
        filled = kind == "table" and row["number"] in contents.tables  # its caption has the note
        note = "" if filled or contents.params.stand_in else row["note"]
        about = f"Section {row['section']}; made by notebook `{row['notebook']}`. {note}"
        display(Markdown(f"### {title}\n\n{about}"))
        if filled:
            display(Report(contents.params).thesis_table(contents.tables[row["number"]]))
        else:
            alt = stand_in_title(title, contents.params.stand_in)
            _display_saved_figure(row["file"], alt, row["notebook"], contents.params)


def display_extra_figures(params: Params) -> None:
    """Displays the figures that the thesis lacks, as the notebooks saved them."""
    for name, (title, notebook) in EXTRA_FIGURES.items():
        display(Markdown(f"### {title}\n\nMade by notebook `{notebook}`."))
        _display_saved_figure(name, stand_in_title(title, params.stand_in), notebook, params)


def save_and_display_figure(figure: Figure, params: Params, name: str) -> None:
    """Saves a figure of the report and displays it as saved, described by its title."""
    alt = figure.get_suptitle()
    Report(params).figure(figure, name)
    _display_saved_figure(name, alt, "10_report", params)


def contents_table(contents: ReportContents) -> pd.DataFrame:
    """All items for reading: what, title, section, notebook, here."""
    pairs = zip(contents.items["kind"], contents.items["number"], strict=True)
    what = [f"{str(kind).capitalize()}\N{NO-BREAK SPACE}{number}" for kind, number in pairs]
    return contents.items.assign(what=what)[["what", "title", "section", "notebook", "here"]]


def coverage_sentence(contents: ReportContents) -> str:
    """How many of the tables and figures this scale has, in a sentence."""
    parts = []
    for kind in ("table", "figure"):
        here = contents.items.loc[contents.items["kind"] == kind, "here"]
        whole, none = (here == "yes").sum(), (here == NOT_RUN).sum()
        part = len(here) - whole - none
        parts.append(f"of {len(here)} {kind}s {whole} whole, {part} in part, {none} not run")
    return f"At scale `{contents.params.scale}`, protocol `thesis`: {'; '.join(parts)}."


def _display_saved_figure(file: str, alt: str, notebook: str, params: Params) -> None:
    path = Report(params).path(file, "png")
    if path.exists():
        if notebook not in NOTEBOOKS_WITHOUT_RUNS and path.stat().st_mtime < _newest_run_time(
            params
        ):
            said = "*Older than the newest run, and may not show it: execute notebook"
            display(Markdown(f"{said} `{notebook}` again.*"))
        content, form = _compress_for_page(path.read_bytes())
        display(Image(content, format=form, alt=alt))
    else:
        said = f"*{NOT_RUN.capitalize()}: notebook `{notebook}` has not saved it.*"
        display(Markdown(said))


def _newest_run_time(params: Params) -> float:
    """When a run of the scale came here last, as file times are; 0 without runs."""
    found = load_runs(params.output_dir, params.scale)
    folders = [] if found.empty else found["folder"]
    return max(((folder / "status.json").stat().st_mtime for folder in folders), default=0.0)


def _compress_for_page(png: bytes) -> tuple[bytes, str]:
    """A figure for the page and its format: large ones, which show photographs, as JPEG."""
    if len(png) <= MAX_PNG_BYTES:
        return png, "png"
    content = io.BytesIO()
    with PictureFile.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(content, "JPEG", quality=88, optimize=True)
    return content.getvalue(), "jpeg"


def _item_coverage(row: dict, filled: dict[int, ThesisTable], params: Params) -> str:
    """How much of a table or figure this scale has."""
    number, figure = row["number"], row["kind"] == "figure"
    table = FIGURE_TABLES.get(number, 0) if figure else number
    if table in filled:
        return _row_coverage(filled[table])
    if figure and len(thesis.cell_experiments("figure", number)):
        ran = tables.confusion_pair(number, params.output_dir, params.scale).measured is not None
    elif figure and number in OF_BOTH:
        ran = bool(evaluation.common_runs(params.output_dir, params.scale, *OF_BOTH[number]))
    else:
        ran = Report(params).path(row["file"], "png").exists()
    return "yes" if ran else NOT_RUN


def _row_coverage(table: ThesisTable) -> str:
    """How many of a table's rows were measured, of those that can be."""
    frame = table.frame
    kinds = frame.loc[:, frame.columns.get_level_values(1) == "measured"]
    done = kinds.drop(columns="bn_real", level=0, errors="ignore").notna().any(axis=1)
    if ("run", "experiment") in frame:
        names = frame["run", "experiment"]
        done = done[names.notna() & (names != "published only")]
    if not done.any():
        return NOT_RUN
    unit = "rows" if ("run", "experiment") in frame else "classes"
    unit = unit if ("class", "") in frame or unit == "rows" else "rows"
    return "yes" if done.all() else f"{done.sum()} of {len(done)} {unit}"
