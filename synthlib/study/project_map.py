"""Notebook 00's map as Markdown with links: the notebooks in order, the runs, where results are.

Links are relative to `notebooks/`, as JupyterLab resolves those of a notebook. A file outside the
project's folder cannot be opened there, so its path is shown instead.
"""

import json
import os
import re
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from synthlib import evaluation
from synthlib.params import Params
from synthlib.reporting.figures.style import DOMAIN_LABELS
from synthlib.reporting.save import Report
from synthlib.runs import load_runs, read_params
from synthlib.study import overview
from synthlib.utils.errors import SynthlibError
from synthlib.utils.files import project_dir

RUN_TEST_SETS = ("real", "synthetic_bg", "synthetic_nobg")
"""Test sets that the list of runs has a column for."""

_PURPOSE = re.compile(r"\*\*Purpose\*\*: (.+)")


def next_step_markdown(params: Params) -> str:
    """Name the next command to type, or link the notebook to open, with the reason."""
    step, reason = overview.next_command(params)
    notebook = project_dir() / "notebooks" / step
    link = _link(step.removesuffix(".ipynb"), notebook) if step.endswith(".ipynb") else f"`{step}`"
    return f"**Next:** {link} ({reason})."


def notebooks_markdown(params: Params) -> str:
    """Table of the notebooks in their order: link, purpose, and the thesis's items that they make.

    The last column counts the tables and figures that are saved at this scale.
    """
    rows = overview.notebook_outputs(params).to_dict("records")
    items_of = {str(row["notebook"]): row for row in rows}
    lines = ["| notebook | purpose | tables | figures | here |", "|---|---|---|---|---|"]
    for path in sorted((project_dir() / "notebooks").glob("[0-9]*.ipynb")):
        if path.stem == "00_start_here":
            continue
        row = items_of.get(path.stem, {})
        items = [str(row.get(name, "")) for name in ("tables", "figures", "here")]
        lines.append(_table_line([_link(path.stem, path), _purpose(path), *items]))
    return "\n".join(lines)


def runs_markdown(params: Params) -> str:
    """Table of the finished runs of a scale, one row each: top-1 by test set, and chance.

    The experiment's name links the run's own executed notebook.
    """
    runs = load_runs(params.output_dir, params.scale)
    if runs.empty:
        return "*No run has finished at this scale.*"
    metrics = evaluation.metrics_table(params.output_dir, params.scale)
    keys = ["protocol", "experiment", "seed"]
    top1 = metrics.set_index([*keys, "test_set"])["top1"]
    tested = [name for name in RUN_TEST_SETS if name in set(metrics["test_set"])]
    header = ["experiment", "protocol", "seed", "trained on"]
    header += [f"{DOMAIN_LABELS[name]}, %" for name in tested] + ["chance, %"]
    lines = [_table_line(header), "|---|---|---:|---|" + "---:|" * (len(tested) + 1)]
    for run in runs.to_dict("records"):
        key = tuple(run[name] for name in keys)
        values = [_percent(top1.get((*key, name), float("nan"))) for name in tested]
        experiment = _link(run["experiment"], run["folder"] / "notebook.ipynb")
        described = [experiment, run["protocol"], str(run["seed"]), run["label"]]
        lines.append(_table_line([*described, *values, _percent(_chance(run["folder"]))]))
    return "\n".join(lines)


def results_markdown(params: Params) -> str:
    """List what a batch left of a scale, with links: the report page and executed notebooks."""
    report = Report(params)
    executed = params.output_dir / "notebooks" / params.scale
    links = [_link(path.stem, path) for path in sorted(executed.glob("[0-9]*.ipynb"))]
    page = report.path("report", "html")
    lines = [
        f"- Report of all results: {_link(page.name, page)}" if page.exists() else "",
        f"- Executed notebooks: {', '.join(links)}" if links else "",
        f"- Tables as CSV and figures as PNG: `{report.folder}`" if report.folder.exists() else "",
    ]
    return "\n".join(filter(None, lines)) or "*No batch has finished at this scale.*"


def _link(text: str, target: Path) -> str:
    """Link a file of the project; its path instead if JupyterLab cannot open it."""
    project = project_dir().resolve()
    if not target.exists() or not target.resolve().is_relative_to(project):
        return f"{text} (`{target}`)" if target.exists() else text
    relative = os.path.relpath(target.resolve(), project / "notebooks")
    return f"[{text}]({quote(relative)})"


def _purpose(notebook: Path) -> str:
    """The sentence after "Purpose" in a notebook's first cell; "" without one."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    found = _PURPOSE.search("".join(cells[0]["source"])) if cells else None
    return found[1].strip() if found else ""


def _table_line(cells: list[str]) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def _chance(folder: Path) -> float:
    """Percent of test images that guessing classifies correctly; NaN if the classes are unknown."""
    try:
        return 100 / len(read_params(folder).classes)
    except SynthlibError:  # a run of an earlier version
        return float("nan")


def _percent(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.1f}"
