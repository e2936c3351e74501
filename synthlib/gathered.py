"""All 25 tables and 32 figures of the thesis as one scale has them, gathered for the report.

Tables are filled again from the runs; figures, and the two tables that are sheets of images, are
what their notebooks saved in `outputs/reports/<scale>/`.
"""

import pandas as pd
from IPython.display import Image, Markdown, display

from synthlib import contributed, tables, thesis
from synthlib.figures import titled
from synthlib.params import Params
from synthlib.reports import report_path, save_numbered
from synthlib.tables import NOT_RUN, NumberedTable

SHEETS = (2, 5)
"""Tables that are images."""

FROM_TABLE = {16: 11, 17: 14, 23: 18, 24: 19, 25: 19, 30: 23, 31: 23}
"""Figures that draw a table's numbers."""

MORE = {
    "06_steps": ("Accuracy against steps", "06_mixing"),
    "05_steps_synth_bg": ("Accuracy against steps: renders alone", "05_hyperparameters"),
    "06_gain_hours": ("Gain against hours of rendering", "06_mixing"),
    "06_feature_map": ("How the models see both domains", "06_mixing"),
    "04_views": ("What a view is worth", "04_domain_gap"),
    "figure_27_less_26": ("Which confusions go and come", "06_mixing"),
}
"""Figures beyond the thesis by the name under which they are saved: title and notebook."""


def items(p: Params) -> pd.DataFrame:
    """Every table and figure, a row each, in the thesis's order: `thesis.catalogue` and `here`:
    "yes", how many of its rows or classes, or "not run at this scale"."""
    found = thesis.catalogue()
    here = [_here(str(row.kind), int(row.number), str(row.file), p) for row in found.itertuples()]  # pyright: ignore[reportArgumentType]
    return found.assign(here=here)


def show(kind: str, p: Params) -> None:
    """Displays all tables, or all figures, each under a heading with what must be known of it."""
    for row in thesis.catalogue().query("kind == @kind").to_dict("records"):
        number = int(row["number"])
        about = f"Section {row['section']}; made by notebook `{row['notebook']}`."
        note = "" if p.stand_in else row["note"]
        heading = f"### {kind.capitalize()} {number}: {row['title']}"
        display(Markdown(f"{heading}\n\n{' '.join(filter(None, [about, note]))}"))
        if kind == "table" and number not in SHEETS:
            display(save_numbered(tables.table(number, p.output_dir, p.scale), p))
        else:
            title = f"{kind.capitalize()} {number}: {row['title']}"
            _picture(row["file"], title, row["notebook"], p)


def show_more(p: Params) -> None:
    """Displays the figures that the thesis lacks, as the notebooks saved them."""
    for name, (title, notebook) in MORE.items():
        display(Markdown(f"### {title}\n\nMade by notebook `{notebook}`."))
        _picture(name, title, notebook, p)


def listed(found: pd.DataFrame) -> pd.DataFrame:
    """The rows of `items` for reading: what, title, section, notebook, here."""
    pairs = zip(found["kind"], found["number"], strict=True)
    what = [f"{str(kind).capitalize()} {number}" for kind, number in pairs]
    return found.assign(what=what)[["what", "title", "section", "notebook", "here"]]


def counted(found: pd.DataFrame, p: Params) -> str:
    """How many of the tables and figures this scale has, in a sentence."""
    parts = []
    for kind in ("table", "figure"):
        here = found.loc[found["kind"] == kind, "here"]
        whole, none = (here == "yes").sum(), (here == NOT_RUN).sum()
        part = len(here) - whole - none
        parts.append(f"of {len(here)} {kind}s {whole} whole, {part} in part, {none} not run")
    return f"At scale `{p.scale}`: {'; '.join(parts)}."


def _picture(file: str, title: str, notebook: str, p: Params) -> None:
    path = report_path(p, file, "png")
    if path.exists():
        display(Image(path.read_bytes(), format="png", alt=titled(title, p.stand_in)))
    else:
        said = f"*{NOT_RUN.capitalize()}: notebook `{notebook}` has not saved it.*"
        display(Markdown(said))


def _here(kind: str, number: int, file: str, p: Params) -> str:
    """How much of a table or figure this scale has."""
    if kind == "table" and number not in SHEETS:
        return _rows(tables.table(number, p.output_dir, p.scale))
    if kind == "figure" and number in FROM_TABLE:
        return _rows(tables.table(FROM_TABLE[number], p.output_dir, p.scale))
    if kind == "figure" and len(thesis.fills("figure", number)):
        found = tables.matrices(number, p.output_dir, p.scale).measured
        return NOT_RUN if found is None else "yes"
    if kind == "figure" and number in contributed.OUTCOME:
        return "yes" if contributed.pairs(p) else NOT_RUN
    return "yes" if _saved(file, p) else NOT_RUN


def _saved(file: str, p: Params) -> bool:
    return report_path(p, file, "png").exists()


def _rows(table: NumberedTable) -> str:
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
