"""The first screen of the report page: when and where, the answer, its figure, all verdicts."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd
from IPython.display import HTML
from markupsafe import Markup

from synthlib import evaluation
from synthlib.params import Params
from synthlib.reporting import tables
from synthlib.reporting.html_page import TEMPLATES, markdown_to_html
from synthlib.reporting.save import Report
from synthlib.reporting.sections import image_html
from synthlib.reporting.tables.verdicts import VERDICTS
from synthlib.runs import load_runs

VERDICT_STYLES = ("good", "bad", "open", "missing")
"""CSS classes of the segments of the bar, in the order of `VERDICTS`."""


def first_screen(params: Params, statements: pd.DataFrame, figure: str) -> HTML:
    """Summarise a study as HTML, all of it computed from its finished runs.

    Args:
        params: Parameters of the scale.
        statements: Rows of `tables.statements`.
        figure: Name under which the answer's figure is saved.
    """
    protocol, sentences = _answer(params)
    text = TEMPLATES.get_template("first_screen.html.j2").render(
        origin=run_origins(params),
        stand_in=params.stand_in,
        sentences=[Markup(markdown_to_html(sentence)) for sentence in sentences],
        protocol=protocol,
        counts=verdict_counts(statements, params),
        scale_note=Markup(markdown_to_html(tables.scale_note(params))),
        image=Markup(image_html(Report(params).path(figure, "png"))),
    )
    return HTML(text)


def run_origins(params: Params) -> list[str]:
    """When, on which machines and at which commits the runs of a scale were made.

    Returns:
        Texts such as "11 runs, 2026-11-30", "Xeon, 2 cores" and "commit 24ba7f78"; of
        several machines or commits the most frequent, with the number of others.
    """
    runs = load_runs(params.output_dir, params.scale)
    if runs.empty:
        return ["no finished run"]
    records: list[dict[str, Any]] = [
        json.loads((folder / "environment.json").read_text()) for folder in runs["folder"]
    ]
    days = runs["ended"].dt.strftime("%Y-%m-%d")
    period = days.min() if days.nunique() == 1 else f"{days.min()} to {days.max()}"
    machines = [
        f"{record['gpu'] + ', ' if 'gpu' in record else ''}{record.get('cpu') or 'unknown CPU'}, "
        f"{record['cores']} cores"
        for record in records
    ]
    commits = [
        f"{(record.get('git_commit') or 'unknown')[:8]}"
        f"{' with changes' if record.get('git_clean') is False else ''}"
        for record in records
    ]
    n_runs = f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
    return [
        f"{n_runs}, {period}",
        _most_frequent(machines, "machine"),
        f"commit {_most_frequent(commits, 'commit')}",
    ]


def verdict_counts(statements: pd.DataFrame, params: Params) -> list[tuple[str, int, str]]:
    """Count the statements by verdict: name, number and CSS class, in the order of `VERDICTS`.

    Over stand-in photographs, from which no verdict is drawn, only what has run is counted.
    """
    counts = statements["verdict"].value_counts()
    numbers = [int(counts.get(verdict, 0)) for verdict in VERDICTS]
    if params.stand_in:
        return [
            ("compared, without a verdict", sum(numbers[:-1]), "open"),
            (VERDICTS[-1], numbers[-1], VERDICT_STYLES[-1]),
        ]
    return list(zip(VERDICTS, numbers, VERDICT_STYLES, strict=True))


def _answer(params: Params) -> tuple[str, list[str]]:
    """The protocol whose comparison is fairest, of those that ran, and the answer under it."""
    protocols = evaluation.shown_protocols(params.output_dir, params.scale)[::-1]
    for protocol in protocols:
        if sentences := tables.answer_sentences(params, protocol):
            return protocol, sentences
    names = " ".join(f"--only {name}" for name in tables.answer_text.ANSWER_EXPERIMENTS)
    command = f"synthlib batch --scale {params.scale} {names}"
    return protocols[0], [f"The answer has not run at this scale: `{command}`."]


def _most_frequent(texts: Iterable[str], noun: str) -> str:
    """The most frequent text, and how many others there are."""
    counts = Counter(texts)
    others = len(counts) - 1
    plural = "s" if others > 1 else ""
    return counts.most_common(1)[0][0] + (f" and {others} other {noun}{plural}" if others else "")
