"""Notebooks: stored without outputs, short and readable; executed from end to end at a micro scale.

One study for all tests runs the whole chain with Blender, training and papermill: two classes, two
views, thumbnails, one epoch.
"""

import contextlib
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
from pathlib import Path

import distributed
import nbformat
import numpy as np
import pandas as pd
import psutil
import pytest
from click.testing import CliRunner
from PIL import Image
from pypdf import PdfReader

from synthlib import evaluation, params as parameters
from synthlib.cli import main
from synthlib.data import prepare
from synthlib.inspection import provenance, run_inspector
from synthlib.reporting import thesis
from synthlib.runs import load_runs, read_status
from synthlib.study import batch, execute, experiments, parallel
from synthlib.utils.executors import connect_executor
from tests.helpers.fake_runs import write_fake_run
from tests.helpers.render_cases import wait_until

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MICRO = {
    "classes": ["banana", "basketball"],
    "instances": 3,
    "views": 2,
    "render_size": 32,
    "render_samples": 1,
    "stand_in_train": 5,
    "dev_per_class": 1,
    "stand_in_val": 2,
    "stand_in_backgrounds": 4,
    "image_size": 32,
    "epochs": 1,
    "batch_size": 8,
    "matched_steps": 2,
    "batch_protocols": ["thesis", "matched"],
}
ONLY = ["baseline", "mixed_real33"]
MAX_PRINTED_LINES = 50
"""Maximum number of lines that a cell prints."""


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of a micro study, made by the command that users type."""
    outputs = tmp_path_factory.mktemp("study") / "out puts"
    assert run_batch(outputs, "--jobs", "2").returncode == 0  # as `make demo` does
    return outputs


def batch_arguments(outputs: Path) -> list[str]:
    """Arguments of `synthlib` for a batch of the micro study."""
    words = ["batch", "--scale", "demo", "--outputs", str(outputs)]
    words += [f"--only={name}" for name in ONLY] + [f"--set=paper={outputs / 'paper'}"]
    return [*words, *(f"--set={key}={json.dumps(value)}" for key, value in MICRO.items())]


def run_batch(outputs: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "synthlib", *batch_arguments(outputs), *options]
    done = subprocess.run(
        command, cwd=ROOT, text=True, capture_output=True, timeout=900, check=False
    )
    print(done.stdout[-4000:], done.stderr[-4000:])
    return done


# --- as stored ------------------------------------------------------------------------------------


def cells(path: Path, kind: str) -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs_and_readable(path: Path) -> None:
    code = cells(path, "code")
    assert all(not c.outputs and c.execution_count is None for c in code)
    tagged = [c for c in code if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == 1
    sources = [c.source for c in code if c is not tagged[0]]
    lines = [sum(bool(line.strip()) for line in source.splitlines()) for source in sources]
    assert max(lines) <= 15
    assert statistics.median(lines) <= 6
    assert not any(re.search(r"^\s*(def|class) ", source, re.M) for source in sources)
    title = cells(path, "markdown")[0].source
    assert title.startswith("# ")
    assert all(f"**{word}**" in title for word in ("Purpose", "Inputs", "Outputs"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_parameters_are_validated_in_the_second_code_cell(path: Path) -> None:
    code = [c.source for c in cells(path, "code")]
    assert "params.from_namespace(globals())" in code[1]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_lead_to_notebooks(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", "\n".join(c.source for c in cells(path, "markdown")))
    assert all((path.parent / target).is_file() for target in targets)
    if path.stem != "10_report":
        assert {"00_start_here.ipynb", "03_experiment.ipynb"} & set(targets)


@pytest.mark.parametrize("path", NOTEBOOKS[:9], ids=lambda path: path.stem)
def test_the_imports_are_folded(path: Path) -> None:
    folded = [c for c in cells(path, "code") if c.metadata.get("jupyter", {}).get("source_hidden")]
    assert "from_namespace(globals())" in folded[0].source


@pytest.mark.parametrize("path", NOTEBOOKS[4:9], ids=lambda path: path.stem)
def test_notebooks_of_results_begin_with_their_findings(path: Path) -> None:
    assert cells(path, "markdown")[1].source == "## In short"


# --- the whole chain ------------------------------------------------------------------------------


def test_every_run_finishes_and_leaves_its_files(study: Path) -> None:
    runs = load_runs(study, "demo")
    names = set(zip(runs["experiment"], runs["protocol"], strict=True))
    assert names == {(name, protocol) for name in ONLY for protocol in ("thesis", "matched")}
    expected = {
        "params.yaml",
        "status.json",
        "notebook.ipynb",
        "log.csv",
        "checkpoint.pt",
        "model.safetensors",
        "predictions.parquet",
        "metrics.json",
        "environment.json",
    }
    for folder in runs["folder"]:
        assert {p.name for p in folder.iterdir()} == expected
    assert not list(study.rglob("*.tmp"))


def test_the_last_renders_are_shown_during_rendering(study: Path) -> None:
    executed = nbformat.read(study / "notebooks/demo/01_render.ipynb", as_version=4)
    outputs = [output for c in executed.cells for output in c.get("outputs", [])]
    pages = [str(output.get("data", {}).get("text/html", "")) for output in outputs]
    assert sum('alt="the last renders"' in page for page in pages) == 1


def test_objects_are_compared_and_the_least_recognised_are_listed(study: Path) -> None:
    reports = study / "reports" / "demo"
    variety = pd.read_csv(reports / "STAND-IN_02_variety.csv")
    assert set(variety["source"]) == {"generated", "photographs"}
    assert variety["n"].min() >= 3
    instances = pd.read_csv(reports / "STAND-IN_02_instances.csv")
    assert len(instances) == 6  # 3 of each class
    assert instances["top1"].is_monotonic_increasing
    for name in ("variety", "least_recognised", "confusion_objects"):
        assert (reports / f"STAND-IN_02_{name}.png").stat().st_size > 5_000


def test_all_tables_and_figures_of_the_data_are_made(study: Path) -> None:
    """All that notebook 02 makes, of stand-in data."""
    reports = study / "reports" / "demo"
    entries = thesis.load_catalogue().query("notebook == '02_explore_data'")
    assert len(entries) == 8 + 17
    for row in entries.to_dict("records"):
        is_image = row["kind"] == "figure" or row["number"] in (2, 5)
        path = reports / f"STAND-IN_{row['file']}.{'png' if is_image else 'csv'}"
        assert path.stat().st_size > (4_000 if is_image else 40)
    counts = pd.read_csv(reports / "STAND-IN_table_06.csv").set_index("class")
    assert counts["images measured"].to_dict() == {"banana": 4, "basketball": 4, "TOTAL": 8}
    assert not any("published" in name for name in counts)
    samples = pd.read_csv(reports / "STAND-IN_table_02.csv")
    assert samples["index"].tolist() == [5, 17]


def test_the_metrics_table_has_the_numbers_of_images(study: Path) -> None:
    table = evaluation.metrics_table(study, "demo").set_index(
        ["experiment", "protocol", "test_set"]
    )
    assert table.loc[("baseline", "thesis", "real"), "n_real"] == 8
    assert table.loc[("baseline", "thesis", "real"), "n_synthetic"] == 0
    assert table.loc[("baseline", "thesis", "real"), "n_test"] == 4
    assert table.loc[("baseline", "thesis", "synthetic_bg"), "n_test"] == 4  # 2 instances, 2 views
    mixed = table.loc[("mixed_real33", "thesis", "real")]
    assert (mixed["n_real"], mixed["n_synthetic"]) == (2, 8)
    assert set(table.xs("matched", level="protocol")["steps"]) == {2}
    written = pd.read_csv(study / "reports/demo/STAND-IN_metrics.csv")
    assert len(written) == len(table)


def test_the_report_is_complete_and_marked_as_stand_in(study: Path) -> None:
    reports = study / "reports/demo"
    assert all(path.name.startswith("STAND-IN_") for path in reports.iterdir())
    names = {path.name for path in reports.iterdir()}
    assert {"STAND-IN_10_forest.png", "STAND-IN_10_answer.png", "STAND-IN_items.csv"} <= names
    html = (reports / "STAND-IN_report.html").read_text()
    assert "STAND-IN" in html
    assert not any(number in html for number in ("66.82", "75.65", "97.01"))
    assert "comparisons: " not in html  # verdicts are not drawn from stand-ins
    assert html.count("data:image/png;base64") >= 15 + 3 + 2  # figures saved, its own, bars
    numbered = re.findall(r"(?:<li>|<h3[^>]*>)((?:Table|Figure) \d+): ", html)
    for kind, last in (("Table", 25), ("Figure", 32)):
        assert {f"{kind} {number}" for number in range(1, last + 1)} <= set(numbered)
    assert html.count('class="first-screen"') == 1
    items = pd.read_csv(reports / "STAND-IN_items.csv")
    assert len(items) == 57
    is_made = items.set_index(["kind", "number"])["here"]
    assert is_made["figure", 26] == "yes"
    assert is_made["table", 24] == "not run at this scale"


def test_every_figure_is_also_a_pdf_and_every_table_latex(study: Path) -> None:
    report, paper = study / "reports/demo", study / "paper"
    figures = {path.stem for path in report.glob("*.png")}
    tables = {path.stem for path in report.glob("*.csv")}
    assert len(figures) > 30
    assert len(tables) > 20
    assert {path.name for path in paper.glob("*.pdf")} == {
        f"{name}_{end}.pdf" for name in figures for end in ("column", "page")
    }
    assert {path.stem for path in paper.glob("*.tex")} == tables
    for path in paper.glob("*.pdf"):
        assert len(PdfReader(path).pages) == 1


def test_executed_notebooks_show_no_error_and_no_warning(study: Path) -> None:
    executed = [
        *study.glob("notebooks/demo/*.ipynb"),
        *study.glob("runs/**/seed0-*/notebook.ipynb"),
    ]
    assert len(executed) == 13
    for path in executed:
        for cell in cells(path, "code"):
            kinds = {output.output_type for output in cell.outputs}
            assert "error" not in kinds
            text = json.dumps(cell.outputs)
            assert "Warning" not in text, (path, cell.source, text[:2000])
            printed = "".join(o.text for o in cell.outputs if o.output_type == "stream")
            assert printed.count("\n") <= MAX_PRINTED_LINES, (path, cell.source)


def test_a_second_batch_computes_nothing(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {p: p.stat().st_mtime_ns for p in study.glob("runs/**/*") if p.is_file()}
    one = "05_hyperparameters"  # one is enough here: the study executed all of them
    monkeypatch.setattr(batch, "_notebooks_after_runs", lambda first: (one,))
    monkeypatch.setenv("SYNTHLIB_BATCH", "1")  # a batch sets it; here it is undone after the test
    again = CliRunner().invoke(main, batch_arguments(study))
    assert again.exit_code == 0, again.output
    assert again.output.count("done already") == 4
    assert "01_render: nothing has changed" in again.output
    assert f"executed {one}" in again.output  # another list of notebooks than before
    assert {p: p.stat().st_mtime_ns for p in study.glob("runs/**/*") if p.is_file()} == before
    third = CliRunner().invoke(main, batch_arguments(study))
    assert third.exit_code == 0, third.output
    assert f"{one} and 10_report: nothing has changed" in third.output
    assert "executed" not in third.output.partition("results")[0]


def test_a_notebook_that_fails_in_parallel_is_reported_with_its_cell(tmp_path: Path) -> None:
    params = parameters.load("demo", "baseline", outputs=str(tmp_path / "outputs"))
    names = ("08_inspect_errors", "04_domain_gap")  # the first needs a run
    [failed] = batch._execute_notebooks(names, tmp_path, params, 2)
    assert re.search(r"cell \d+ of .*08_inspect_errors\.ipynb", failed)
    assert (tmp_path / "04_domain_gap.ipynb").is_file()  # the other one is executed
    log = params.output_dir / "logs/demo/notebooks/08_inspect_errors.log"
    assert log.is_file()
    assert "Error" in str(cells(tmp_path / "08_inspect_errors.ipynb", "code"))


def test_notebooks_that_need_weights_are_executed_if_there_are_any(tmp_path: Path) -> None:
    first = parameters.load("tiny", "baseline", outputs=str(tmp_path), protocol="matched")
    assert batch._notebooks_after_runs(first) == batch.TABLE_NOTEBOOKS
    write_fake_run(tmp_path, "baseline", 50, protocol="matched")
    assert batch._notebooks_after_runs(first) == ("08_inspect_errors", *batch.TABLE_NOTEBOOKS)
    write_fake_run(tmp_path, "baseline", 50)
    assert batch._notebooks_after_runs(first)[:2] == ("02_explore_data", "08_inspect_errors")
    [ranks] = (tmp_path / "runs/tiny/matched/baseline").glob("seed0-*/predictions.parquet")
    ranks.rename(ranks.with_name("ranks.parquet"))  # as in a restored run
    assert batch._notebooks_after_runs(first) == ("02_explore_data", *batch.TABLE_NOTEBOOKS)


def test_papermill_with_the_same_parameters_finds_the_same_run(study: Path, tmp_path: Path) -> None:
    overrides = tmp_path / "micro.yaml"
    overrides.write_text(json.dumps(MICRO | {"outputs": str(study)}))
    command = [sys.executable, "-m", "papermill", "notebooks/03_experiment.ipynb"]
    command += [str(tmp_path / "out.ipynb"), "--no-progress-bar"]
    for file in ("params/scales/demo.yaml", "params/experiments/baseline.yaml", str(overrides)):
        command += ["-f", file]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    text = (tmp_path / "out.ipynb").read_text()
    assert "done already, nothing is computed again" in text


def test_a_wrong_parameter_stops_a_notebook_before_it_computes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "papermill", "notebooks/03_experiment.ipynb"]
    command += [str(tmp_path / "out.ipynb"), "--no-progress-bar", "-p", "epoch", "3"]
    command += ["-p", "outputs", str(tmp_path / "outputs")]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "epoch: unknown parameter" in done.stderr
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize("name", batch.TABLE_NOTEBOOKS)
def test_a_table_notebook_can_be_executed_before_any_run(name: str, tmp_path: Path) -> None:
    shown = executed_text(name, tmp_path, "tiny")
    assert "not run at this scale" in shown
    assert "7 of 17 classes" in shown
    assert "STAND-IN" not in shown


@pytest.mark.parametrize("name", batch.TABLE_NOTEBOOKS)
def test_a_table_notebook_shows_nothing_published_over_stand_ins(name: str, study: Path) -> None:
    executed = study / "notebooks/demo" / f"{name}.ipynb"
    shown = outputs_text(executed)
    assert "STAND-IN" in shown
    assert not re.search(r"\*\*(supported|contradicted|inconclusive)\*\*", shown)
    if name != "07_stability":  # which compares published numbers with each other
        assert not any(number in shown for number in ("66.82", "75.65", "97.01"))


def test_sentences_and_tables_have_the_numbers_of_the_runs(tmp_path: Path) -> None:
    for name, top1 in {"baseline": 60, "mixed_real33": 58, "mixed_synth100": 70}.items():
        write_fake_run(tmp_path, name, top1)
    shown = executed_text("06_mixing", tmp_path, "tiny")
    assert (
        "All synthetic data helps all real data (6.5), protocol `thesis`: **supported** by one "
        "seed, +10.0" in shown
    )
    assert "replaces all real data (7.1), protocol `thesis`: **inconclusive**, -2.0" in shown
    assert "protocol `matched`: not run at this scale" in shown
    written = pd.read_csv(tmp_path / "reports/tiny/table_19.csv")
    assert written["top1 measured"].tolist()[:2] == [60, 70]
    assert written["top1 published"].tolist()[:2] == [66.82, 75.65]
    for number in (24, 25, 26, 27, 30, 31, 32):
        assert (tmp_path / f"reports/tiny/figure_{number}.png").stat().st_size > 20_000
    gained = pd.read_csv(tmp_path / "reports/tiny/table_22.csv")
    assert gained["gain measured"].dropna().tolist() == [10] * 7
    assert "Tested one by one," in shown
    for name in ("figure_28", "figure_29", "06_steps", "06_gain_hours", "06_feature_map"):
        assert (tmp_path / f"reports/tiny/{name}.png").stat().st_size > 5_000
    counts = pd.read_csv(tmp_path / "reports/tiny/06_contributed.csv").set_index("which")
    here = counts.loc["protocol thesis"]
    assert here["only mixed"] - here["only baseline"] == 35  # 70 - 60 percent of 350


def executed_text(name: str, outputs: Path, scale: str) -> str:
    """Execute a notebook with papermill on a folder of outputs; returns the text it shows."""
    out = outputs / f"{name}.ipynb"
    command = [sys.executable, "-m", "papermill", f"notebooks/{name}.ipynb", str(out)]
    command += ["--no-progress-bar", "-p", "outputs", str(outputs), "-p", "scale", scale]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return outputs_text(out)


def outputs_text(path: Path) -> str:
    """All text that an executed notebook shows, including HTML and Markdown."""
    parts = []
    for cell in cells(path, "code"):
        for output in cell.outputs:
            assert output.output_type != "error"
            parts.append(output.get("text", ""))
            data = output.get("data", {})
            parts += [data.get(kind, "") for kind in ("text/html", "text/markdown", "text/plain")]
    text = "\n".join(parts)
    assert "Warning" not in text
    return text


def test_start_here_lists_finished_runs(study: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "papermill", "notebooks/00_start_here.ipynb"]
    command += [str(tmp_path / "out.ipynb"), "--no-progress-bar", "-p", "outputs", str(study)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    text = (tmp_path / "out.ipynb").read_text()
    assert "mixed_real33" in text
    assert "25 of 25" in text  # notebook 02's tables and figures


def test_errors_are_inspected_without_widgets(study: Path, tmp_path: Path) -> None:
    """Under papermill, notebook 08 shows figures and tables, and no widget without a kernel."""
    for figure in (study / "reports/demo").glob("STAND-IN_08_*.png"):  # of the batch
        figure.unlink()
    command = [sys.executable, "-m", "papermill", "notebooks/08_inspect_errors.ipynb"]
    command += [str(tmp_path / "out.ipynb"), "--no-progress-bar", "-p", "outputs", str(study)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    outputs = [output for cell in cells(tmp_path / "out.ipynb", "code") for output in cell.outputs]
    kinds = [kind for output in outputs for kind in output.get("data", {})]
    assert "application/vnd.jupyter.widget-view+json" not in kinds
    text = (tmp_path / "out.ipynb").read_text()
    assert "McNemar's p" in text
    assert "Warning" not in json.dumps(outputs)
    assert len(list((study / "reports/demo").glob("STAND-IN_08_*.png"))) == 6


# --- the command line -----------------------------------------------------------------------------


def test_a_new_render_of_the_same_size_equals_the_stored_one(study: Path) -> None:
    run = run_inspector.newest_run(
        parameters.load("demo", "baseline", **MICRO | {"outputs": str(study)})
    )
    row = int(run.table.index[run.table["domain"] == "synthetic_bg"][0])
    origin = run.origin(row)
    store = prepare.render_plan(run.params).store
    with Image.open(store / origin.render["file"]) as stored:
        again = provenance.rerender(run.params, origin, size=stored.width)
        assert np.array_equal(again, np.asarray(stored))
    large = provenance.rerender(run.params, origin, size=96)
    assert large.shape == (96, 96, 4)


def test_a_failing_run_is_reported_and_the_others_continue(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    executed = []

    def fake_execute(notebook: str, output: Path, params) -> None:
        executed.append((notebook, params.experiment))
        if params.experiment == "real33":
            raise RuntimeError("fails on purpose")

    for module in (batch, execute):
        monkeypatch.setattr(module, "execute_notebook", fake_execute)
    monkeypatch.setattr(batch.Report, "html", lambda *arguments: None)
    given = MICRO | {"outputs": str(study), "batch_protocols": ["thesis"]}
    planned = experiments.plan_study("demo", only=["baseline", "real33", "synth_bg"], **given)
    assert batch.run_batch(planned) == 1
    out = capsys.readouterr().out
    assert re.search(r"skipped +thesis +baseline", out)
    assert re.search(r"failed +thesis +real33 .*RuntimeError: fails on purpose", out)
    assert ("03_experiment", "synth_bg") in executed
    failed = [
        json.loads(p.read_text()) for p in study.glob("runs/demo/thesis/real33/*/status.json")
    ]
    assert [status["state"] for status in failed] == ["failed"]


def test_a_cluster_stops_with_its_batch_and_survives_the_loss_of_a_worker(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = MICRO | {"outputs": str(study), "batch_protocols": ["thesis"], "epochs": 30}
    planned = experiments.plan_study("demo", only=ONLY, seeds=[1], **given)
    killed = []

    def kernels() -> list[psutil.Process]:
        """Kernels of this study that have started to train."""
        checkpoints = study.glob("runs/demo/thesis/*/seed1-*/checkpoint.pt")
        running = [s for p in checkpoints if (s := read_status(p.parent))["state"] == "running"]
        found = []
        for status in running:
            with contextlib.suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(status["pid"]))
        return found

    def kill_one() -> None:
        """Kill the cluster's worker whose kernel trains."""
        wait_until(kernels, seconds=600)
        killed.append(kernels()[0].ppid())
        os.kill(killed[0], signal.SIGKILL)

    def interrupt(*_: object) -> str:
        if kernels():
            raise KeyboardInterrupt
        return ""

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        with connect_executor(cluster.scheduler_address) as (executor, slots):
            assert executor is not None
            assert slots == 2
            with monkeypatch.context() as patch:
                patch.setattr(parallel, "status_text", interrupt)
                with pytest.raises(KeyboardInterrupt):
                    parallel.run_parallel(planned, executor, status_interval=0.5)
            wait_until(lambda: not kernels(), seconds=60)
            killer = threading.Thread(target=kill_one)
            killer.start()
            outcomes = parallel.run_parallel(planned, executor, status_interval=5)
        killer.join()
    assert len(killed) == 1
    assert [o.state for o in outcomes] == ["done", "done"]
    logs = "".join(parallel.log_path(p).read_text() for p in planned)
    assert "resumes after round" in logs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scale", "tiny", "--set", "epochz=3"], "epochz: unknown parameter"),
        (["--scale", "tiny", "--only", "basline"], "unknown experiment 'basline'"),
        (["--scale", "huge"], "no params file"),
        (["--scale", "tiny", "--set", "epochs"], "expected KEY=VALUE"),
        (["--scale", "tiny", "--data-root", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "synthlib", "batch", "--outputs", str(tmp_path / "o")]
    done = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={k: v for k, v in os.environ.items() if k != "SYNTHLIB_DATA"},
    )
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_dry_run_prints_the_plan_and_writes_nothing(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    arguments = ["batch", "--scale", "tiny", "--dry-run", "--outputs", str(outputs)]
    done = CliRunner().invoke(main, [*arguments, "--seeds", "0,1"])
    *lines, renders, total, error = done.output.splitlines()
    assert "no data root is given" in error
    assert len(lines) == 2 * (26 + 3 + 2 * 16)
    assert renders.startswith("renders: ")
    assert total == "122 runs, 0 done; 122 of a kind that has not run here yet"
    for protocol in ("matched", "tuned"):
        assert sum(line.startswith(protocol) for line in lines) == 2 * 16
    assert not outputs.exists()


def test_the_table_command_prints_csv(study: Path) -> None:
    done = CliRunner().invoke(main, ["table", "--scale", "demo", "--outputs", str(study)])
    assert done.exit_code == 0
    assert done.output.startswith("protocol,experiment,label,test_set,top1")
