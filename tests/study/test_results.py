"""`synthlib results`: small text files, all of it from made-up runs."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from synthlib import params as parameters
from synthlib.cli import main
from synthlib.runs import RunError
from synthlib.study import experiments, results
from synthlib.utils.errors import ParameterError, SynthlibError
from tests.helpers.fake_runs import write_fake_run


def study(outputs: Path) -> Path:
    tops = {"baseline": 60, "mixed_real33": 40, "mixed_synth100": 80, "real33": 30, "synth_bg": 20}
    for name, top1 in tops.items():
        folder = write_fake_run(outputs, name, top1)
        file = folder / "environment.json"
        about = json.loads(file.read_text()) | {
            "cpu": "A chip", "git_commit": "abc123", "python": "3.11.7", "versions": {"torch": "2"},
            "ended": "2026-01-02T03:04:05+0000", "bf16": name != "real33",
        }  # fmt: skip
        file.write_text(json.dumps(about))
    return outputs


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """The results folder of a study, read-only, and the paths that `write_results` returned."""
    folder = tmp_path_factory.mktemp("study")
    p = parameters.load("tiny", "baseline", outputs=str(study(folder / "outputs")))
    to = folder / "results"
    return to, results.write_results(p, to, experiments.plan_study("tiny", outputs=p.outputs))


def test_results_are_text_files_of_the_runs(written: tuple[Path, list[Path]]) -> None:
    to, files = written
    here = {path for path in to.rglob("*") if path.is_file()}
    assert {path.suffix for path in here} == {".csv", ".md", ".zip"}
    assert set(files) == here
    assert sum(path.stat().st_size for path in files) < 300_000
    metrics = pd.read_csv(to / "metrics.csv")
    assert len(metrics) == 3 + 2 + 1 + 2 + 4  # test sets of the five runs
    tables = {path.name for path in to.glob("table_*.csv")}
    assert {"table_09.csv", "table_10.csv", "table_19.csv"} <= tables
    assert not {"table_12.csv", "table_19_matched.csv"} & tables  # nothing measured
    statements = pd.read_csv(to / "statements.csv").set_index(["label", "protocol"])
    assert statements.loc[("mixed_real33 - baseline", "thesis"), "verdict"] == "contradicted"
    assert len(pd.read_csv(to / "items.csv")) == 57
    gains = pd.read_csv(to / "paired_gains.csv").set_index(["mix", "test_set"])
    assert gains.loc[("mixed_real33", "real"), "difference"] == 10
    assert pd.read_csv(to / "screening.csv").empty


def test_the_readme_lists_verdicts_and_hardware(written: tuple[Path, list[Path]]) -> None:
    text = (written[0] / "README.md").read_text()
    held = text[text.index("### Supported (") : text.index("### Contradicted (")]
    assert "All synthetic data helps all real data (6.5)" in held
    assert "**supported** by one seed, +20.0 points" in held
    rest = text[text.index("### Contradicted (") :]
    assert "A third of real data with synthetic replaces all real data (7.1)" in rest
    assert "5 finished runs: 5 under `thesis`. 5 of 61 planned ones are done." in text
    assert "Not done: synth_nobg (thesis, seed 0)" in text
    chip = "A chip, 2 cores, device cpu, ? threads per run"
    assert f"Hardware of 4 runs: {chip}, bf16." in text
    assert f"Hardware of 1 runs: {chip}, fp32." in text
    assert "Python 3.11.7, torch 2" in text
    assert "Commit of 5 runs: `abc123`" in text
    assert "training 0.14 h" in text  # 5 times 100 s
    assert str(written[0].parent) not in text
    assert "earlier version" not in text
    assert "- `mixed_real33` less `real33`, protocol `thesis`: **supported** by one seed" in text
    assert "- `synth_bg`: 0 of 16 runs" in text


def test_results_of_an_earlier_version_say_so(tmp_path: Path) -> None:
    folder = write_fake_run(tmp_path, "baseline", 50)
    status = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(status | {"schema": 0}))
    params = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    results.write_results(params, tmp_path / "results")
    text = (tmp_path / "results" / "README.md").read_text()
    assert "made by an earlier version of synthlib" in text


def test_a_study_continues_on_another_machine(
    written: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    to = shutil.copytree(written[0], tmp_path / "results")
    statements = (to / "statements.csv").read_text()
    write_fake_run(tmp_path / "elsewhere", "mixed_real3", 20)
    second = parameters.load("tiny", "baseline", outputs=str(tmp_path / "elsewhere"))
    results.write_results(second, to)
    assert len(list((to / "runs").glob("*.zip"))) == 6
    assert "6 finished runs: 6 under `thesis`" in (to / "README.md").read_text()
    old, new = statements.splitlines(), (to / "statements.csv").read_text().splitlines()
    assert [line for line in old if "mixed_real3 " not in line] == [
        line for line in new if "mixed_real3 " not in line
    ]


def test_a_path_of_this_machine_is_refused(tmp_path: Path, monkeypatch) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(study(tmp_path / "outputs")))
    somewhere = "see /" + "srv/somewhere/data"
    monkeypatch.setattr(results.tables, "render_hours_markdown", lambda _: somewhere)
    with pytest.raises(SynthlibError, match=r"README.md would name a path of this machine: /srv/"):
        results.write_results(p, tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_nothing_and_stand_ins_have_no_results(tmp_path: Path) -> None:
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    with pytest.raises(RunError, match="no finished run of scale tiny"):
        results.write_results(p, tmp_path / "results")
    demo = parameters.load("demo", "baseline", outputs=str(tmp_path))
    with pytest.raises(ParameterError, match="stand-ins test plumbing only"):
        results.write_results(demo, tmp_path / "results")


def test_the_command(tmp_path: Path) -> None:
    outputs, to = study(tmp_path / "outputs"), tmp_path / "docs"
    arguments = ["results", "--scale", "tiny", "--outputs", str(outputs), "--to", str(to)]
    found = CliRunner().invoke(main, [*arguments, "--matched-seeds", "0,1,2"])
    assert found.exit_code == 0, found.output
    assert "29 files in" in found.output
    assert "5 of 93 planned ones are done" in (to / "README.md").read_text()  # 29, 3 times 16, 16
    wrong = CliRunner().invoke(main, [*arguments, "--seeds", "a"])
    assert wrong.exit_code == 2
    assert "seeds 'a': expected numbers separated by commas" in wrong.output
