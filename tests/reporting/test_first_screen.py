"""The first screen of the report page: computed from the runs, not typed."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from synthlib import params as parameters
from synthlib.reporting import first_screen, tables
from synthlib.reporting.save import Report
from synthlib.reporting.tables.verdicts import VERDICTS
from tests.helpers.fake_runs import write_fake_curves, write_fake_run


def page(outputs: Path, scale: str = "tiny", statements: pd.DataFrame | None = None) -> str:
    p = parameters.load(scale, "baseline", outputs=str(outputs))
    Report(p).folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (1, 1)).save(Report(p).path("10_answer", "png"))
    if statements is None:
        statements = tables.statements(outputs, scale)
    return str(first_screen.first_screen(p, statements, "10_answer").data)


def test_three_sentences_answer_with_the_numbers_of_the_runs(tmp_path: Path) -> None:
    write_fake_curves(tmp_path)
    html = page(tmp_path, statements=verdicts(1, 0, 0, 0))
    answer = html[html.index('class="answer"') : html.index('class="note"')]
    sentences = re.findall(r"<p>(.*?)</p>", answer, re.DOTALL)
    assert len(sentences) == 3
    assert "910 real photographs and 4,368 synthetic images reach 50.0%" in sentences[0]
    assert "alone reach 60.0%" in sentences[0]
    assert "without synthetic images reach 40.0%" in sentences[1]
    assert "real photographs alone, so" in sentences[2]
    assert "protocol <code>thesis</code>" in html  # nothing has run under equal steps
    assert "<figure><img" in html
    assert html.count("Scale tiny:") == 1


def test_without_runs_the_command_stands_in_place_of_the_answer(tmp_path: Path) -> None:
    html = page(tmp_path)
    assert "no finished run" in html
    command = "synthlib batch --scale tiny --only mixed_real33 --only baseline"
    assert f"<code>{command}</code>" in html


def test_the_origin_is_when_where_and_at_which_commit_the_runs_were_made(tmp_path: Path) -> None:
    records = {
        "baseline": {"cpu": "CPU A", "git_commit": "a" * 40, "git_clean": True},
        "real33": {"cpu": "CPU A", "git_commit": "a" * 40, "git_clean": True},
        "synth_bg": {"cpu": "CPU B", "gpu": "GPU C", "git_commit": "b" * 40, "git_clean": False},
    }
    for day, (name, record) in enumerate(records.items(), start=3):
        folder = write_fake_run(tmp_path, name, 50)
        (folder / "environment.json").write_text(json.dumps({"device": "cpu", "cores": 2} | record))
        status = json.loads((folder / "status.json").read_text())
        status["ended"] = f"2026-02-0{day}T10:00:00+0000"
        (folder / "status.json").write_text(json.dumps(status))
    p = parameters.load("tiny", "baseline", outputs=str(tmp_path))
    assert first_screen.run_origins(p) == [
        "3 runs, 2026-02-03 to 2026-02-05",
        "CPU A, 2 cores and 1 other machine",
        "commit aaaaaaaa and 1 other commit",
    ]


def verdicts(*counts: int) -> pd.DataFrame:
    names = [name for name, n in zip(VERDICTS, counts, strict=True) for _ in range(n)]
    return pd.DataFrame({"verdict": names})


def test_the_bar_counts_the_verdicts(tmp_path: Path) -> None:
    html = page(tmp_path, statements=verdicts(5, 3, 0, 2))
    bar = html[html.index('class="verdicts"') : html.index('<ul class="legend"')]
    widths = re.findall(r'<span class="(\w+)" style="flex-grow: (\d+)">', bar)
    assert widths == [("good", "5"), ("bad", "3"), ("missing", "2")]  # no segment of no width
    label = re.search(r'aria-label="([^"]*)"', bar)
    assert label
    texts = [f"{n} {name}" for n, name in zip((5, 3, 0, 2), VERDICTS, strict=True)]
    assert label[1] == f"Verdicts: {', '.join(texts)}"
    for n, name in zip((5, 3, 0, 2), VERDICTS, strict=True):
        assert f"<strong>{n}</strong> {name}" in html


@pytest.mark.parametrize("word", VERDICTS[:-1])
def test_stand_ins_have_no_verdicts(tmp_path: Path, word: str) -> None:
    write_fake_run(tmp_path, "baseline", 50, scale="demo")
    html = page(tmp_path, "demo", verdicts(5, 3, 1, 2))
    assert "<strong>9</strong> compared, without a verdict" in html
    assert "<strong>2</strong> not run" in html
    assert "Nothing here is a result" in html
    assert "**" not in html  # Markdown is converted
    assert f"</strong> {word}<" not in html
