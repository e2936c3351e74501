"""A scale's results as small files for a repository: numbers, no image, no weights, no path.

`write` makes `metrics.csv` (every run on every test set), `table_NN.csv` and, where there is one,
`table_NN_matched.csv`, `statements.csv`, `real_equivalents.csv`, `stage_times.csv`, `items.csv`
(all 57 tables and figures) and a `README.md` that says what came out, all of it from the runs; and
`runs/`, the runs themselves (`kept`). Those that lie there already, from another machine or another
day, count too: so a study can go on where nothing is left of its outputs.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from synthlib import evaluation
from synthlib.params import Params
from synthlib.reporting import contents, tables
from synthlib.runs import RunError, is_from_earlier_version, load_run, load_runs, read_status
from synthlib.study import run_archive
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import raise_on_absolute_paths, write_atomic

VERDICT_TITLES = {
    "held": "Held",
    "not held": "Not held",
    "undecided": "Undecided",
    "not run": "Not run",
}
RUNS_FOLDER = "runs"
"""The folder of kept runs beside the tables that are made of them."""


def write_results(params: Params, target: Path, planned_runs: Sequence[Params] = ()) -> list[Path]:
    """Writes the results of a scale into a folder; returns the files. `planned` are the runs that
    were meant to be, for how many of them there are. Runs that are kept in the folder are brought
    into the outputs first, so that tables and figures there show them as well.

    Raises SynthlibError where nothing has run, over stand-ins, and if a text names a path of this
    machine.
    """
    if params.stand_in:
        raise ParameterError(
            f"scale {params.scale}: stand-ins test plumbing only, they have no results"
        )
    run_archive.restore_runs(params, target / RUNS_FOLDER)
    done = load_runs(params.output_dir, params.scale)
    if done.empty:
        raise RunError(
            f"no finished run of scale {params.scale} under {params.output_dir}: synthlib batch --scale "
            f"{params.scale} makes them"
        )
    found = tables.statements(params.output_dir, params.scale)
    everything = contents.collect_report(params)
    times = evaluation.stage_times(params.output_dir, params.scale)
    content = {
        "metrics.csv": _to_csv(evaluation.metrics_table(params.output_dir, params.scale)),
        "statements.csv": _to_csv(found),
        "stage_times.csv": _to_csv(times),
        "items.csv": _to_csv(contents.contents_table(everything)),
        "real_equivalents.csv": _to_csv(_real_equivalents(params)),
    }
    for table in everything.thesis_tables.values():
        content |= {f"{name}.csv": _to_csv(frame) for name, frame in table.files().items()}
    content["README.md"] = results_readme(params, done, planned_runs, found, everything)
    for name, text in content.items():
        raise_on_absolute_paths(name, text)
    archives = run_archive.archive_runs(params, target / RUNS_FOLDER)
    for name, text in content.items():
        write_atomic(target / name, text)
    return [*(target / name for name in content), *archives]


def results_readme(
    params: Params,
    finished_runs: pd.DataFrame,
    planned_runs: Sequence[Params],
    statements: pd.DataFrame,
    report: contents.ReportContents,
) -> str:
    """What came out, on what, in Markdown: answer, statements, runs, hardware, versions, times."""
    answers = [tables.answer_markdown(params, protocol) for protocol in ("matched", "thesis")]
    curves = [
        tables.real_equivalent_markdown(params, protocol) for protocol in ("matched", "thesis")
    ]
    parts = [
        f"# Results at scale `{params.scale}`",
        f"Written by `synthlib results --scale {params.scale}` from the finished runs; no number here "
        "is typed. Percent of top-1 on real photographs, where not said otherwise; intervals are "
        "95%.",
        tables.scale_note(params),
        _earlier_version(finished_runs),
        "## The answer",
        *answers,
        "### Every mix",
        *curves,
        "## What the thesis states, and what held here",
        tables.verdicts_markdown(statements, params),
        *_statements_by_verdict(statements, params),
        "## What was run",
        _run_counts_sentence(finished_runs, planned_runs),
        contents.coverage_sentence(report),
        tables.render_hours_markdown(params),
        "## On what, and for how long",
        *_hardware_lines(finished_runs),
        "## Files",
        "`metrics.csv`: every run on every test set. `table_NN.csv`: the thesis's tables, "
        "measured, published, difference (`_matched`: companions). `statements.csv`: every "
        "comparison with its interval and verdict. `real_equivalents.csv`, `stage_times.csv`. "
        "`items.csv`: all 57 tables and figures and whether they ran. `runs/`: every run as it was "
        "measured, from which all of this is made again: which class was likelier than which for "
        "each test image, log, parameters, versions.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _earlier_version(done: pd.DataFrame) -> str:
    """A sentence where the runs are not of this version, else ""."""
    if not any(is_from_earlier_version(read_status(folder)) for folder in done["folder"]):
        return ""
    return (
        "These runs were made by an earlier version of synthlib, with other renders, defaults and "
        "digests; the commits that made them are below. They can be read, but not continued."
    )


def _statements_by_verdict(statements: pd.DataFrame, params: Params) -> list[str]:
    """The statements under their verdicts; of those that have not run only what is lacking."""
    parts = []
    for verdict, title in VERDICT_TITLES.items():
        rows = statements[statements["verdict"] == verdict]
        if rows.empty:
            continue
        parts.append(f"### {title} ({len(rows)})")
        if verdict == "not run":
            labels = rows.groupby("label", sort=False)["protocol"].agg(", ".join)
            parts.append("; ".join(f"`{label}` ({which})" for label, which in labels.items()) + ".")
        else:
            parts.append(tables.statements_markdown(rows, "", params))
    return parts


def _run_counts_sentence(finished_runs: pd.DataFrame, planned_runs: Sequence[Params]) -> str:
    """How many runs there are, by protocol, and which planned ones are not."""
    by_protocol = ", ".join(
        f"{n} under `{name}`" for name, n in finished_runs["protocol"].value_counts().items()
    )
    text = f"{len(finished_runs)} finished runs: {by_protocol}."
    if not planned_runs:
        return text
    have = set(
        zip(
            finished_runs["experiment"],
            finished_runs["protocol"],
            finished_runs["seed"],
            strict=True,
        )
    )
    wanted = [(q.experiment, q.protocol, q.seed) for q in planned_runs]
    lacking = [f"{name} ({protocol}, seed {seed})" for name, protocol, seed in wanted
               if (name, protocol, seed) not in have]  # fmt: skip
    text += f" {len(wanted) - len(lacking)} of {len(wanted)} planned ones are done."
    return text + (f" Not done: {', '.join(lacking)}." if lacking else "")


def _hardware_lines(finished_runs: pd.DataFrame) -> list[str]:
    """Hardware, versions and commits of the runs, a line each kind, and the time they took."""
    read = [
        json.loads((folder / "environment.json").read_text()) for folder in finished_runs["folder"]
    ]
    hardware = pd.Series([
        f"{e.get('cpu') or 'unknown CPU'}, {e['cores']} cores, device {e['device']}, "
        f"{e.get('threads', '?')} threads a run, {_computed_precision(folder, e)}"
        for folder, e in zip(finished_runs["folder"], read, strict=True)
    ])  # fmt: skip
    versions = pd.Series([
        ", ".join([f"Python {e.get('python', '?')}",
                   *(f"{name} {v}" for name, v in e.get("versions", {}).items())])
        for e in read
    ])  # fmt: skip
    commits = pd.Series([e.get("git_commit") or "unknown" for e in read])
    seconds = pd.DataFrame([e["seconds"] for e in read]).sum()
    lines = [f"- Hardware of {n} runs: {text}." for text, n in hardware.value_counts().items()]
    lines += [f"- Versions of {n} runs: {text}." for text, n in versions.value_counts().items()]
    lines += [f"- Commit of {n} runs: `{text}`." for text, n in commits.value_counts().items()]
    spent = ", ".join(f"{stage} {value / 3600:.2f} h" for stage, value in seconds.items())
    ended = sorted(e["ended"] for e in read if "ended" in e)
    lines.append(
        f"- Time of all runs: {spent} (of a run that was cut off and went on, its last piece)."
    )
    if ended:
        lines.append(f"- Ended from {ended[0]} to {ended[-1]}.")
    return ["\n".join(lines)]


def _computed_precision(folder: Path, environment: Mapping[str, Any]) -> str:
    """What a run computed in: CPUs of one name differ in this, and four-fold in speed."""
    if load_run(folder).params.precision == "fp32":
        return "fp32"
    able = environment.get("bf16")
    return "unknown precision" if able is None else "bf16" if able else "fp32"


def _real_equivalents(params: Params) -> pd.DataFrame:
    parts = [tables.real_equivalents(params.output_dir, params.scale, protocol).assign(protocol=protocol)
             for protocol in ("thesis", "matched")]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _to_csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, float_format="%.2f")
