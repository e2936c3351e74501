"""The thesis's statements as tables and text, with the published numbers next to them."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from synthlib import params as parameters
from synthlib.evaluation import thesis_statements
from synthlib.reporting import save, tables, thesis
from synthlib.utils.files import project_dir
from tests.helpers.fake_runs import write_fake_curves, write_fake_run


def test_statements_with_bn_real_say_so(tmp_path: Path) -> None:
    write_fake_run(tmp_path, "baseline", 60, bn_real=60)
    write_fake_run(tmp_path, "mixed_real33", 50, bn_real=64)
    found = tables.statements(tmp_path, "tiny")
    p = parameters.load("tiny", "baseline")
    text = tables.statements_markdown(found, "replaces", p)
    assert "With `bn_real`: **inconclusive**, +4.0 points [" in text
    stand_in = p.model_copy(update={"stand_in": True})
    assert "**" not in tables.statements_markdown(found, "replaces", stand_in)


def test_statements_about_unused_photographs_have_no_published_number(tmp_path: Path) -> None:
    write_fake_curves(tmp_path)
    found = tables.statements(tmp_path, "tiny")
    rows = found[found["protocol"] == "thesis"].set_index("label")
    rest = rows.loc["mixed_real33 - real33, unused photographs"]
    assert rest["verdict"] != "not run"
    assert np.isnan(rest["published"])


def test_every_statement_of_a_chapter_is_in_its_notebook() -> None:
    """6.5's are picked by words; a statement that no words pick would be in no chapter."""
    mixing = ("all real data (6.5)", "More synthetic", "of real data (6.5)")
    wanted = (("6.1", "04_domain_gap", ("(6.1)",)), ("6.5", "06_mixing", mixing))
    for chapter, notebook, chosen in wanted:
        cells = (project_dir() / "notebooks" / f"{notebook}.ipynb").read_text()
        assert all(f'tables.statements_markdown(found, \\"{word}\\"' in cells for word in chosen)
        texts = [
            e["statement"]
            for e in thesis_statements.read_statements()
            if f"({chapter})" in e["statement"]
        ]
        assert texts
        assert [t for t in texts if not any(word in t for word in chosen)] == []


def test_published_halves_of_the_statements_are_cells_of_the_tables() -> None:
    cells = {
        cell
        for table in (10, 11, 14, 18, 19, 23, 25)
        for cell in thesis.published_table(table)["top1"].tolist()
    }
    rows = yaml.safe_load((Path(thesis.__file__).parent / "stated.yaml").read_text())
    for row in rows:
        assert set(row["published"]) <= cells, row["statement"]
    assert {row["statement"] for row in rows} <= {
        e["statement"] for e in thesis_statements.read_statements()
    }
    [doubtful] = [row for row in rows if "doubt" in row]
    recall = thesis.published_table(23).set_index("index").loc["5", "recall"]
    assert f"{recall}, gives {recall - doubtful['published'][1]:+.2f}" in doubtful["doubt"]


def test_statements_for_reading(tmp_path: Path) -> None:
    write_fake_curves(tmp_path)
    found = tables.statements(tmp_path, "tiny")
    p = parameters.load("tiny", "baseline")
    shown = tables.verdict_table(found, p)
    row = shown[(shown["compared"] == "mixed real33 - baseline")].iloc[0]
    assert row["verdict"] == "contradicted by one seed"
    assert set(shown.loc[shown["seeds"] == "", "verdict"]) == {"not run"}
    assert row["the thesis"] == "-1.4"
    assert row["points"].startswith("-10.0 [")
    counts = found["verdict"].value_counts()
    text = tables.verdicts_markdown(found, p)
    shares = f"{counts['supported']} supported, {counts['contradicted']} contradicted, "
    assert f"Of {len(found)} comparisons: {shares}{counts['inconclusive']} inconclusive" in text
    is_open = shown["verdict"].str.startswith("inconclusive")
    assert (shown["detectable"] != "").equals(is_open)
    open_row = found[found["verdict"] == "inconclusive"].iloc[0]
    width = open_row["high"] - open_row["low"]
    effect = f"{width / 3.92 * 2.8:.1f}"
    assert shown.loc[is_open, "detectable"].iloc[0] == effect
    assert f"; smallest detectable effect {effect} points)" in tables.statements_markdown(
        found, open_row["statement"], p
    )
    decided = counts["supported"] + counts["contradicted"]
    assert f"{decided} of the {decided} decided ones rest on one seed" in text
    for seed in (1, 2):
        write_fake_run(tmp_path, "mixed_real33", 50, seed=seed)
        write_fake_run(tmp_path, "baseline", 60, seed=seed)
    found = tables.statements(tmp_path, "tiny")
    assert f"{decided - 1} of the {decided} decided" in tables.verdicts_markdown(found, p)
    assert "**contradicted**, -10.0 points" in tables.statements_markdown(found, "replaces", p)
    demo = p.model_copy(update={"stand_in": True})
    assert not {"verdict", "the thesis"} & set(tables.verdict_table(found, demo))
    assert "supported" not in tables.verdicts_markdown(found, demo)
    for q in (p, demo):
        report = save.Report(q.model_copy(update={"outputs": str(tmp_path)}))
        shown = report.table(found, "found").data
        written = pd.read_csv(report.path("found", "csv"))
        assert list(written) == list(shown)
        assert {"difference", "low", "high", "seeds"} <= set(written)
        secret = {"published", "doubt", "verdict", "bn_real_verdict"} & set(written)
        assert len(secret) == (0 if q.stand_in else 4)


@pytest.mark.parametrize("notebook", ["06_mixing", "10_report"])
def test_a_notebook_saves_no_verdict_on_stand_ins(notebook: str) -> None:
    text = (project_dir() / "notebooks" / f"{notebook}.ipynb").read_text()
    assert "report.table(found, " in text
    assert not re.search(r"to_csv|save_table|tables\.show\((found|fair)", text)
