"""Opening finished runs: which one, and its data without rendering."""

from pathlib import Path

import pytest

from synthlib.inspection import run_inspector
from synthlib.inspection.run_inspector import RunInspector
from synthlib.rendering.worker_process import RenderError
from synthlib.runs import RunError
from tests.helpers.inspected_run import finished_run


def test_a_run_is_opened_by_its_parameters(inspector: RunInspector) -> None:
    assert run_inspector.newest_run(inspector.params).run.folder == inspector.run.folder
    assert run_inspector.comparison_run(inspector.params) is None
    other = inspector.params.model_copy(update={"experiment": "new"})
    compared = run_inspector.comparison_run(other)
    assert compared is not None
    assert compared.run.folder == inspector.run.folder


@pytest.mark.parametrize(
    "update", [{"experiment": "baseline"}, {"seed": 4}, {"protocol": "matched"}], ids=str
)
def test_without_a_run_the_message_has_the_command_for_one(
    inspector: RunInspector, update: dict
) -> None:
    with pytest.raises(RunError, match="make one: synthlib batch --scale micro --only"):
        run_inspector.newest_run(inspector.params.model_copy(update=update))


def test_a_moved_run_uses_the_renders_and_flags_next_to_it(tmp_path: Path) -> None:
    original = finished_run(tmp_path)
    moved = (tmp_path / "outputs").rename(tmp_path / "moved")
    again = run_inspector.newest_run(original.params.model_copy(update={"outputs": str(moved)}))
    assert again.params.outputs == str(moved)
    assert again.params.digest_parameters() == original.params.digest_parameters()
    with pytest.raises(RenderError, match=f"renders are not in {moved}/renders/"):
        _ = again.data


def test_inspecting_a_run_never_renders(inspector: RunInspector) -> None:
    reopened = RunInspector(inspector.run)
    message = r"renders are not in .*: make them with `synthlib render"
    with pytest.raises(RenderError, match=message):
        _ = reopened.data
    assert not (inspector.params.output_dir / "renders").exists()


def test_the_mistakes_of_a_run_in_short(inspector: RunInspector) -> None:
    test_set = inspector.params.test_sets[0]
    table = inspector.table[inspector.table["test_set"] == test_set]
    n_wrong = sum(
        true != guess for true, guess in zip(table["true"], table["predicted"], strict=True)
    )
    text = run_inspector.errors_in_short(inspector, None, test_set)
    assert f"{n_wrong:,} of {len(table):,} samples of `{test_set}` are misclassified" in text
    assert f"by chance {100 / len(inspector.params.classes):.1f}%" in text
    assert ("most frequent mistakes" in text) == (n_wrong > 0)
    assert "Run B" not in text
    both = run_inspector.errors_in_short(inspector, inspector, test_set)
    assert f"only A 0, only B 0, both wrong {n_wrong:,}" in both
