"""Sections of the report page as HTML: the items of a question, and folds.

A notebook shows what these functions return, and `html_page` makes a page of the notebook.
"""

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Protocol

from IPython.display import HTML
from markupsafe import Markup
from matplotlib.figure import Figure
from PIL import Image as ImageFile

from synthlib.params import Params
from synthlib.reporting.contents import QUESTIONS, ReportContents, missing_experiments
from synthlib.reporting.html_page import TEMPLATES, markdown_to_html
from synthlib.reporting.save import Report
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.tables.html import ThesisTable
from synthlib.runs import load_runs

MAX_PNG_BYTES = 400_000
"""Largest PNG that is embedded in the page; larger ones are embedded as JPEG."""

NOTEBOOKS_WITHOUT_RUNS = ("02_explore_data",)
"""Notebooks whose figures do not depend on runs."""


_PREFIX = re.compile("^Results?: |:$")
"""Parts of the thesis's captions that a heading does not need."""


class HasHtml(Protocol):
    """A styled table, or another object that a notebook shows as HTML."""

    def _repr_html_(self) -> str | None: ...


@dataclass(frozen=True)
class Item:
    """A table or figure on the page.

    Attributes:
        anchor: Its name in links.
        title: Its heading.
        source: A line on where it comes from, as HTML.
        html: Its content; empty if it has not run.
        coverage: How many of its rows or classes have run ("2 of 4 rows"); empty if all or none.
    """

    anchor: str
    title: str
    source: Markup
    html: Markup
    coverage: str


def question_section(contents: ReportContents, question: str, *, folded: bool = False) -> HTML:
    """Show the tables and figures of a question, and in a folded line what has not run.

    Args:
        contents: The report's contents (`collect_report`).
        question: A key of `QUESTIONS`.
        folded: Whether only the headings are shown until they are clicked.
    """
    rows = [*contents.items.to_dict("records"), *contents.extras.to_dict("records")]
    rows = {row["file"]: row for row in rows}
    names = [group.split() for group in QUESTIONS[question]]
    groups = [[_item(contents, rows[name]) for name in group] for group in names]
    shown = [[item for item in group if item.html] for group in groups]
    missing = [item for group in groups for item in group if not item.html or item.coverage]
    experiments = [
        experiment
        for group in names
        for name in group
        for experiment in missing_experiments(contents, rows[name])
    ]
    command = " --only ".join(
        [f"synthlib batch --scale {contents.params.scale}", *dict.fromkeys(experiments)]
    )
    text = TEMPLATES.get_template("section.html.j2").render(
        groups=[group for group in shown if group],
        folded=folded,
        missing=missing,
        missing_title=_missing_title(missing),
        command=command,
    )
    return HTML(text)


def fold(title: str, *parts: str | HasHtml) -> HTML:
    """Fold content below a title, which shows it when it is clicked.

    Args:
        title: The title, as plain text.
        *parts: Markdown, or what a notebook shows as HTML.
    """
    texts = [
        markdown_to_html(part) if isinstance(part, str) else part._repr_html_() or ""
        for part in parts
    ]
    summary = f"<summary>{escape(title)}</summary>"
    return HTML(f'<details class="item fold">{summary}{"".join(texts)}</details>')


def saved_figure(figure: Figure, params: Params, name: str) -> HTML:
    """Save a figure of the report page, and show the saved file."""
    report = Report(params)
    report.figure(figure, name)
    return HTML(f'<div class="item">{image_html(report.path(name, "png"))}</div>')


def image_html(path: Path, alt: str = "figure") -> str:
    """An `img` element that contains a saved figure, as JPEG if it is large.

    Args:
        path: The PNG.
        alt: Alternative text of a file that does not have one (`Report.figure`).
    """
    content = path.read_bytes()
    with ImageFile.open(path) as image:
        alt = str(image.info.get("Description", alt))
        image_format = "png"
        if len(content) > MAX_PNG_BYTES:
            image_format, compressed = "jpeg", io.BytesIO()
            image.convert("RGB").save(compressed, "JPEG", quality=88, optimize=True)
            content = compressed.getvalue()
    data = base64.b64encode(content).decode()
    return f'<img alt="{escape(alt)}" src="data:image/{image_format};base64,{data}">'


def _item(contents: ReportContents, row: dict) -> Item:
    """Fill a table, or read a saved figure."""
    report = Report(contents.params)
    kind, number, here = row["kind"], row["number"], row["here"]
    title = _PREFIX.sub("", row["title"])
    title = title[0].upper() + title[1:]
    title = title if kind == "extra" else f"{kind.capitalize()} {number}: {title}"
    notebook = f"notebook <code>{row['notebook']}</code>"
    source = f"Section {row['section']}, {notebook}." if row["section"] else f"From {notebook}."
    coverage = here if here not in ("yes", NOT_RUN) else ""
    table = contents.thesis_tables.get(number) if kind == "table" else None
    html, notes = "", [] if contents.params.stand_in or table else [row["note"]]
    if table:
        report.thesis_table(table)  # saves it
    if here != NOT_RUN and table:
        html, notes = _table_html(table), [table.notes]
    elif here != NOT_RUN and (path := report.path(row["file"], "png")).exists():
        html = image_html(path, title)
        has_runs = row["notebook"] not in NOTEBOOKS_WITHOUT_RUNS
        if has_runs and path.stat().st_mtime < _newest_run_time(contents.params):
            notes.append("Older than the newest run, and may not show it.")
    source = " ".join([source, *(escape(note) for note in notes if note)])
    return Item(row["file"], title, Markup(source), Markup(html), coverage)


def _table_html(table: ThesisTable) -> str:
    """A table without its caption, whose parts the page has elsewhere; companions are folded."""
    html = replace(table, caption="", companions={})._repr_html_()
    for protocol, companion in table.companions.items():
        html += str(fold(f"The same under the protocol {protocol}", companion).data)
    return html


def _missing_title(missing: Sequence[Item]) -> str:
    """Name what has not run, and what has in part."""
    absent = [item.title.partition(":")[0] for item in missing if not item.html]
    partial = [item.title.partition(":")[0] for item in missing if item.html]
    parts = [", ".join(absent)] if absent else []
    parts += [f"some rows of {', '.join(partial)}"] if partial else []
    return f"Not run here: {'; '.join(parts)}"


def _newest_run_time(params: Params) -> float:
    """File time of the run of the scale that was saved or restored last; 0 without runs."""
    runs = load_runs(params.output_dir, params.scale)
    folders = [] if runs.empty else runs["folder"]
    return max(((folder / "status.json").stat().st_mtime for folder in folders), default=0.0)
