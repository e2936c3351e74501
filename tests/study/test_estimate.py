"""Estimated times of plans."""

from pathlib import Path
from types import SimpleNamespace

from synthlib import params as parameters
from synthlib.rendering.supervisor import write_failures
from synthlib.study import estimate, experiments
from tests.helpers.fake_runs import write_fake_run


def test_the_time_of_a_run_is_that_of_runs_of_its_kind(tmp_path: Path) -> None:
    given = {"outputs": str(tmp_path), "batch_protocols": ["thesis"]}
    write_fake_run(tmp_path, "baseline", 50)  # 102 s
    write_fake_run(tmp_path, "real33", 50, protocol="matched")
    names = ["baseline", "synth_bg", "synth_bg_resnet101"]
    planned = experiments.plan_study("tiny", only=names, seeds=[0, 1], **given)
    estimates = {(e.params.experiment, e.params.seed): e for e in estimate.estimate_runs(planned)}
    assert estimates["baseline", 0].seconds == 0
    assert estimates["baseline", 1].seconds == 102
    assert estimates["synth_bg", 0].seconds == 102
    assert estimates["synth_bg", 0].basis == "the mean of 1 runs of its kind here"
    write_fake_run(tmp_path, "real10", 50, protocol="tuned")
    [twice] = experiments.plan_study(
        "tiny", only=["real10_twice"], outputs=str(tmp_path), batch_protocols=["tuned"]
    )
    assert estimate.estimate_runs([twice])[0].seconds == 204
    assert str(estimates["synth_bg_resnet101", 0]).endswith("not measured here yet")
    *_, renders, total = estimate.estimate_lines(planned, jobs=2)
    assert renders.startswith("renders: ")
    assert total == (
        "6 runs, 1 done; 3 take about 3 min with 2 at once; 2 of a kind that has not run here yet"
    )


def test_instances_that_are_known_to_fail_are_not_counted_as_missing(
    tmp_path: Path, monkeypatch
) -> None:
    planned = [SimpleNamespace(cls="cup", name=name) for name in "abcd"]
    names = [f"cup/{instance.name}" for instance in planned]
    plan = SimpleNamespace(store=tmp_path, instances=planned, instance_names=names)
    monkeypatch.setattr(estimate.prepare, "render_plan", lambda _: plan)
    (tmp_path / "cup/a").mkdir(parents=True)
    (tmp_path / "cup/a/instance.json").touch()
    (tmp_path / "timings.jsonl").write_text('{"name": "cup/a", "seconds": 60}\n')
    write_failures(tmp_path, {"cup/b": {"name": "cup/b", "reason": "hung", "log": ""}})
    p = parameters.load("tiny", "baseline", workers=1)
    assert estimate.remaining_render_seconds(p) == 120
