"""The instances of a plan, recorded for people who do not have its models."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from synthlib.assets.instances import list_instances
from synthlib.rendering import RenderSettings
from synthlib.rendering.plan import plan_renders
from synthlib.rendering.recorded_plan import plan_file, plan_record, recorded_plans
from synthlib.rendering.worker_process import RenderError
from tests.helpers.shapes_obj import CUBE, write_box

SETTINGS = RenderSettings(size=16, samples=1, views=1)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    write_box(tmp_path / "models/cup/plain/plain.obj", CUBE)
    return tmp_path / "models"


def plan(outputs: Path, models_root: Path | None, instances: int = 3):
    return plan_renders(
        outputs, ["cup"], instances, assets="both", models_root=models_root, settings=SETTINGS
    )


def complete(store: Path, names: list[str]) -> None:
    """Mark instances as rendered."""
    for name in names:
        (store / name).mkdir(parents=True, exist_ok=True)
        (store / name / "instance.json").write_text("{}")


def test_a_recorded_plan_equals_the_plan_with_the_models(tmp_path, models):
    original = plan(tmp_path, models)
    complete(original.store, original.instance_names)
    name = plan_file(["cup"], 3, "both")
    (original.store / name).write_bytes(plan_record(original.instances))
    recorded = plan(tmp_path, None)
    assert recorded.store == original.store
    assert recorded.recipe == original.recipe
    assert recorded.instances == tuple(
        replace(instance, model_file=None, model_folder=None) for instance in original.instances
    )
    assert plan(tmp_path, models) == original  # with the models these count
    for other in ({"instances": 2}, {"models_root": tmp_path / "nothing", "instances": 4}):
        with pytest.raises(RenderError, match=r"models_root .*; give the folder"):
            plan(tmp_path, **({"models_root": None} | other))


def test_a_plan_whose_instances_are_not_all_here_does_not_count(tmp_path, models):
    original = plan(tmp_path, models)
    complete(original.store, original.instance_names[:-1])
    (original.store / plan_file(["cup"], 3, "both")).write_bytes(plan_record(original.instances))
    with pytest.raises(RenderError, match="models_root is not given"):
        plan(tmp_path, None)
    failure = {"name": original.instance_names[-1], "reason": "broken", "log": ""}
    (original.store / "failed.jsonl").write_text(json.dumps(failure) + "\n")
    assert plan(tmp_path, None).instance_names == original.instance_names


@pytest.mark.parametrize(
    "change",
    [{"name": "../../outside"}, {"cls": "/etc"}, {"name": 3}, {"turn": ["a"]}, {"unknown": 1}],
)
def test_a_file_that_is_damaged_or_leads_outside_is_ignored(tmp_path, change):
    instances = list_instances("cup", 1, assets="procedural", models_root=None, seed=0)
    [record] = json.loads(plan_record(instances))
    path = tmp_path / "renders/abc/plan.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps([record]))
    assert [found for _, found in recorded_plans(tmp_path, "plan.json")] == [tuple(instances)]
    path.write_text(json.dumps([record | change]))
    assert list(recorded_plans(tmp_path, "plan.json")) == []
    path.write_text("[")
    assert list(recorded_plans(tmp_path, "plan.json")) == []
