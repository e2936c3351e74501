"""A scale's results as small files for a repository: numbers, no images, no weights, no paths.

`write_results` makes `metrics.csv` (every run on every test set), `table_NN.csv` and
`table_NN_<protocol>.csv` of all tables that have a measured number, `paired_gains.csv` (each mix
and the same photographs alone), `screening.csv` and `ablation.csv` (the effect of each factor of
the images), `statements.csv`, `real_equivalents.csv`, `stage_times.csv`, `items.csv` (all 57 tables
and figures) and a `README.md` that summarises them, all computed from the runs; and `runs/`,
archives of the runs themselves (`run_archive`). Archives that the folder already contains, from
another machine or another day, count too, so that a study can continue where nothing is left of its
outputs.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Template

from synthlib import evaluation
from synthlib.params import Params
from synthlib.reporting import contents, tables
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.reporting.tables.verdicts import VERDICTS
from synthlib.runs import RunError, is_from_earlier_version, load_run, load_runs, read_status
from synthlib.study import run_archive
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import raise_on_absolute_paths, write_atomic

RUNS_FOLDER = "runs"
"""The folder of archived runs, next to the tables that are made from them."""

DECIMALS = {"paired_gains": 4, "screening": 4, "ablation": 4}
"""Decimals of files that need more than two, for p-values and shares."""


def write_results(params: Params, target: Path, planned_runs: Sequence[Params] = ()) -> list[Path]:
    """Write the results of a scale into a folder.

    Archived runs that the folder contains are first restored into the outputs, so that tables and
    figures there show them too.

    Args:
        params: Parameters with the scale and the outputs folder.
        target: Folder to write to.
        planned_runs: The complete plan, with which the README compares the finished runs.

    Returns:
        The files written, archives included.

    Raises:
        RunError: If nothing has run.
        ParameterError: If the scale runs over stand-in photographs.
        SynthlibError: If a text would contain a path of this machine.
    """
    if params.stand_in:
        raise ParameterError(
            f"scale {params.scale}: stand-ins test plumbing only, they have no results"
        )
    run_archive.restore_runs(params, target / RUNS_FOLDER)
    outputs, scale = params.output_dir, params.scale
    finished_runs = load_runs(outputs, scale)
    if finished_runs.empty:
        raise RunError(
            f"no finished run of scale {scale} under {outputs}: synthlib batch --scale {scale} "
            "makes them"
        )
    statements = tables.statements(outputs, scale)
    report = contents.collect_report(params)
    frames = {
        "metrics": evaluation.metrics_table(outputs, scale),
        "statements": statements,
        "stage_times": evaluation.stage_times(outputs, scale),
        "items": contents.contents_table(report),
        "real_equivalents": _real_equivalents(params),
        "paired_gains": evaluation.paired_gains(outputs, scale),
        "screening": evaluation.screening_effects(outputs, scale),
        "ablation": evaluation.ablation_effects(outputs, scale),
    }
    for table in report.thesis_tables.values():
        parts = (table, *table.companions.values())
        for part, (name, frame) in zip(parts, table.files().items(), strict=True):
            if contents.row_coverage(part) != NOT_RUN:
                frames[name] = frame
    texts = {
        f"{name}.csv": frame.to_csv(index=False, float_format=f"%.{DECIMALS.get(name, 2)}f")
        for name, frame in frames.items()
    }
    texts["README.md"] = results_readme(params, finished_runs, planned_runs, frames, report)
    for name, text in texts.items():
        raise_on_absolute_paths(name, text)
    archives = run_archive.archive_runs(params, target / RUNS_FOLDER)
    for name, text in texts.items():
        write_atomic(target / name, text)
    return [*(target / name for name in texts), *archives]


def results_readme(
    params: Params,
    finished_runs: pd.DataFrame,
    planned_runs: Sequence[Params],
    frames: Mapping[str, pd.DataFrame],
    report: contents.ReportContents,
) -> str:
    """Summary of a study in Markdown: answer, statements, runs, hardware, versions, times.

    Its text is in `results.md.j2`.

    Args:
        params: Parameters with the scale and the outputs folder.
        finished_runs: Table from `runs.load_runs`.
        planned_runs: The complete plan; empty if it is not known.
        frames: The tables `statements`, `paired_gains`, `screening` and `ablation`.
        report: The tables and figures of the scale.
    """
    folders, statements = finished_runs["folder"], frames["statements"]
    protocols = evaluation.shown_protocols(params.output_dir, params.scale)[::-1]
    template = Path(__file__).with_name("results.md.j2").read_text(encoding="utf-8")
    return Template(template, keep_trailing_newline=True).render(
        scale=params.scale,
        scale_note=tables.scale_note(params),
        from_earlier_version=any(is_from_earlier_version(read_status(f)) for f in folders),
        answers=[tables.answer_markdown(params, protocol) for protocol in protocols],
        curves=[tables.real_equivalent_markdown(params, protocol) for protocol in protocols],
        gains=tables.gains_of_mixes_markdown(frames["paired_gains"], params),
        screening=tables.screening_markdown(frames["screening"], params),
        ablation=tables.ablation_markdown(frames["ablation"], params),
        verdicts=tables.verdicts_markdown(statements, params),
        statements=_statement_sections(statements, params),
        run_counts=_run_counts_sentence(finished_runs, planned_runs),
        coverage=contents.coverage_sentence(report),
        render_hours=tables.render_hours_markdown(params),
        hardware=_hardware_list(finished_runs),
    )


def _statement_sections(statements: pd.DataFrame, params: Params) -> dict[str, str]:
    """Statements by the heading of their verdict; of those not run only the missing pairs."""
    sections = {}
    for verdict in VERDICTS:
        rows = statements[statements["verdict"] == verdict]
        if rows.empty:
            continue
        if verdict == "not run":
            labels = rows.groupby("label", sort=False)["protocol"].agg(", ".join)
            text = "; ".join(f"`{label}` ({names})" for label, names in labels.items()) + "."
        else:
            text = tables.statements_markdown(rows, "", params)
        sections[f"{verdict.capitalize()} ({len(rows)})"] = text
    return sections


def _run_counts_sentence(finished_runs: pd.DataFrame, planned_runs: Sequence[Params]) -> str:
    """Number of finished runs by protocol, and the planned ones that are missing."""
    by_protocol = ", ".join(
        f"{n} under `{name}`" for name, n in finished_runs["protocol"].value_counts().items()
    )
    text = f"{len(finished_runs)} finished runs: {by_protocol}."
    if not planned_runs:
        return text
    keys = finished_runs[["experiment", "protocol", "seed"]]
    finished = set(keys.itertuples(index=False, name=None))
    planned = [(p.experiment, p.protocol, p.seed) for p in planned_runs]
    missing = [
        f"{name} ({protocol}, seed {seed})"
        for name, protocol, seed in planned
        if (name, protocol, seed) not in finished
    ]
    text += f" {len(planned) - len(missing)} of {len(planned)} planned ones are done."
    return text + (f" Not done: {', '.join(missing)}." if missing else "")


def _hardware_list(finished_runs: pd.DataFrame) -> str:
    """Hardware, versions, commits and total time of the runs as a Markdown list."""
    folders = list(finished_runs["folder"])
    environments = [json.loads((folder / "environment.json").read_text()) for folder in folders]
    hardware = [
        f"{e.get('cpu') or 'unknown CPU'}, {e['cores']} cores, device {e['device']}, "
        f"{e.get('threads', '?')} threads per run, {_computed_precision(folder, e)}"
        for folder, e in zip(folders, environments, strict=True)
    ]
    versions = [_versions_text(e) for e in environments]
    commits = [f"`{e.get('git_commit') or 'unknown'}`" for e in environments]
    lines = [
        f"- {name} of {n} runs: {text}."
        for name, texts in (("Hardware", hardware), ("Versions", versions), ("Commit", commits))
        for text, n in pd.Series(texts).value_counts().items()
    ]
    seconds = pd.DataFrame([e["seconds"] for e in environments]).sum()
    hours = ", ".join(f"{stage} {value / 3600:.2f} h" for stage, value in seconds.items())
    lines.append(
        f"- Time of all runs: {hours} (for a run that was interrupted and resumed, its last part)."
    )
    if ended := sorted(e["ended"] for e in environments if "ended" in e):
        lines.append(f"- Ended from {ended[0]} to {ended[-1]}.")
    return "\n".join(lines)


def _versions_text(environment: Mapping[str, Any]) -> str:
    packages = [f"{name} {v}" for name, v in environment.get("versions", {}).items()]
    return ", ".join([f"Python {environment.get('python', '?')}", *packages])


def _computed_precision(folder: Path, environment: Mapping[str, Any]) -> str:
    """The precision in which a run computed: CPUs of one name differ in it, and in speed."""
    if load_run(folder).params.precision == "fp32":
        return "fp32"
    has_bf16 = environment.get("bf16")
    if has_bf16 is None:
        return "unknown precision"
    return "bf16" if has_bf16 else "fp32"


def _real_equivalents(params: Params) -> pd.DataFrame:
    parts = [
        tables.real_equivalents(params.output_dir, params.scale, protocol).assign(protocol=protocol)
        for protocol in evaluation.shown_protocols(params.output_dir, params.scale)
    ]
    return pd.concat(parts, ignore_index=True)
