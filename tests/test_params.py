"""Parameters: files, merging, digests, and the message about each mistake."""

import inspect
import json
import math
from pathlib import Path

import numpy as np
import pytest
import yaml

from synthlib import params, photographs, rendering
from synthlib.params import (
    SCHEMA_VERSION,
    Params,
    from_namespace,
    load,
    read_params_yaml,
    validate_params,
)
from synthlib.runs import find_run
from synthlib.utils.errors import ParameterError

ROOT = Path(__file__).resolve().parents[1]
EXPERIMENTS = sorted(p.stem for p in (ROOT / "params/experiments").glob("*.yaml"))
SCALES = sorted(p.stem for p in (ROOT / "params/scales").glob("*.yaml"))
GOOD = {"real_fraction": 1.0, "synthetic_fraction": 0.0}


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_fits_every_scale(scale: str, experiment: str) -> None:
    loaded = load(scale, experiment)
    assert (loaded.scale, loaded.experiment) == (scale, experiment)


@pytest.mark.parametrize("path", sorted((ROOT / "params").rglob("*.yaml")), ids=lambda p: p.stem)
def test_a_file_says_its_purpose_its_command_and_its_name(path: Path) -> None:
    text = path.read_text()
    parts = path.relative_to(ROOT / "params").parts
    if parts[0] == "protocols":
        assert text.startswith((f"# {parts[1]}: ", f"# {parts[1]}, "))
        return
    assert text.startswith(f"# {path.stem}: ")
    assert "synthlib batch" in text or "papermill notebooks/03_experiment.ipynb" in text
    if path.stem in ("screening", "ablation"):  # not parameters of a run
        return
    key = "scale" if path.parent.name == "scales" else "experiment"
    assert yaml.safe_load(text)[key] == path.stem


@pytest.mark.parametrize(
    ("wrong", "phrases"),
    [
        ({"optimiser": "sgd"}, ["optimiser", "unknown", "'sgd'", "optimizer"]),
        ({"real_fraction": 1.5}, ["real_fraction", "1.5", "less than or equal to 1"]),
        ({"epochs": "3"}, ["epochs", "'3'", "integer"]),
        ({"architecture": "vgg"}, ["architecture", "'vgg'", "resnet18", "resnet101"]),
        ({"classes": ["banana", "pear"]}, ["classes", "'pear'", "alarm_clock"]),
        ({"classes": ["banana", "banana"]}, ["classes", "twice"]),
        ({"real_fraction": 0.0}, ["real_fraction", "synthetic_fraction", "no training data"]),
        ({"seed": -1}, ["seed", "-1"]),
        ({"seed": True}, ["seed", "True"]),
        ({"test_sets": ["reel"]}, ["test_sets", "reel"]),
        ({"test_sets": ["dev"]}, ["test_sets", "dev", "dev_per_class"]),
        ({"random_textures": 1.2}, ["random_textures", "1.2"]),
        ({"real_share": 0.5}, ["real_share", "synthetic_fraction"]),
        ({"real_share": 1.0}, ["real_share", "1.0", "less than 1"]),
        ({"steps": -1}, ["steps", "-1"]),
        ({"real_fraction": 0.4, "real_split": 3}, ["real_split", "0.4", "more photographs"]),
        ({"real_split": 4}, ["real_split", "4", "less than or equal to 3"]),
        ({"folds": 1}, ["folds", "nothing to train on", "2 or more"]),
        ({"steps": 50, "steps_factor": 2.0}, ["steps_factor", "50", "one of the two"]),
        ({"synthetic_domain": "synthetic"}, ["synthetic_domain", "hybrid", "bg_only"]),
        ({"hybrid_nobg": ["banana"]}, ["hybrid_nobg", "synthetic_domain"]),
        (
            {"synthetic_domain": "hybrid", "hybrid_nobg": ["pear"]},
            ["hybrid_nobg", "'pear'", "banana"],
        ),
        ({"nobg_affine": True}, ["nobg_affine", "synthetic_bg", "synthetic_nobg"]),
        ({"render_subset": 1200}, ["render_subset", "1200_dense"]),
        ({"augmentation": "strong"}, ["augmentation", "'strong'", "matched"]),
        ({"test_sets": ["real_rest"]}, ["test_sets", "real_rest", "real_fraction"]),
        ({"test_sets": ["real_6"]}, ["test_sets", "real_6", "real_5"]),
        ({"poses": "frontal"}, ["poses", "'frontal'", "photographed"]),
        ({"roll_range": [10, -10]}, ["roll_range", "[10.0, -10.0]", "[least, most]", "180"]),
        ({"distance_range": ["near", 2]}, ["distance_range", "near", "number"]),
        ({"blending": "poisson"}, ["blending", "'poisson'", "feathered", "random"]),
        ({"composite_storage": "jpeg"}, ["composite_storage", "'jpeg'", "photographs"]),
        ({"background_crop_range": [0.5, 0.2]}, ["background_crop_range", "[least, most]"]),
        ({"background_crop_range": [0.0, 1.0]}, ["background_crop_range", "0.01", "1"]),
        ({"backgrounds": "folder"}, ["backgrounds_folder", "not given", "folder of photographs"]),
        (
            {"backgrounds": "photographs", "real_fraction": 0.0, "synthetic_fraction": 1.0},
            ["backgrounds", "real_fraction is 0", "places, folder"],
        ),
        ({"experiment": "../../elsewhere"}, ["experiment", "elsewhere", "pattern"]),
        ({"scale": "/tmp/x"}, ["scale", "/tmp/x", "pattern"]),
        ({"warmup": 1.0}, ["warmup", "1.0", "less than 1"]),
        ({"nesterov": True, "optimizer": "adam"}, ["nesterov", "sgd"]),
        ({"crop_area": [0.5, 0.3]}, ["crop_area", "[0.5, 0.3]", "[least, most]"]),
        ({"small_size": 300}, ["small_size", "300", "image_size 224"]),
        (
            {"small_size": 32, "batch_size": 2},
            ["batch_size: 2 is too small for small_size 32", "allowed: 4 or more"],
        ),
        ({"phase_ends": [0.5, 0.9]}, ["phase_ends", "[0.5, 0.9]", "rising numbers up to 1"]),
        ({"phase_ends": [0.5, 1], "phase_lr_factors": [1]}, ["phase_lr_factors", "2 phases"]),
        ({"phase_ends": [1], "phase_real_shares": [0.5]}, ["phase_real_shares", "above 0"]),
        (
            {"synthetic_fraction": 1.0, "phase_ends": [1], "phase_real_shares": [0, 0.5, 1]},
            ["phase_real_shares", "one for each of the 1 phases"],
        ),
        (
            {"synthetic_fraction": 1.0, "phase_ends": [1], "phase_real_shares": [1]},
            ["phase_real_shares", "a domain is in no batch"],
        ),
        ({"learning_rate": math.inf}, ["learning_rate", "inf", "finite"]),
        ({"learning_rate": 10**400}, ["learning_rate", "inf", "finite"]),
        ({"learning_rate": "1e-3x"}, ["learning_rate", "1e-3x", "number"]),
        (
            {"synthetic_fraction": 1.0, "protocol": "matched", "batch_size": 4}
            | {"matched_real_share": 0.1},
            ["matched_real_share", "0.1", "4"],
        ),
        (
            {"image_size": 32, "batch_size": 2},
            ["batch_size: 2 is too small for image_size 32", "1 x 1", "allowed: 4 or more"],
        ),
        (
            {"synthetic_fraction": 1.0, "real_share": 0.95, "batch_size": 8},
            ["real_share", "0.95", "8"],
        ),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(wrong: dict, phrases: list[str]) -> None:
    with pytest.raises(ParameterError, match=r".") as raised:
        validate_params(GOOD | wrong)
    assert all(phrase in str(raised.value) for phrase in phrases), raised.value


@pytest.mark.parametrize("more", [{"image_size": 33}, {"image_size": 16, "stem": "small"}])
def test_two_images_are_a_batch_where_batch_norm_has_four_values(more: dict) -> None:
    assert validate_params(GOOD | {"batch_size": 2} | more).min_batch_size == 2


def test_a_missing_fraction_is_named() -> None:
    with pytest.raises(ParameterError, match="real_fraction: missing"):
        validate_params({"synthetic_fraction": 1.0})


def test_whole_numbers_stand_for_floats_as_yaml_writes_them() -> None:
    assert validate_params({"real_fraction": 1, "synthetic_fraction": 0}).real_fraction == 1.0


def test_scientific_notation_that_yaml_reads_as_text_is_a_number() -> None:
    [value] = yaml.safe_load("[1e-3]")
    assert value == "1e-3"
    assert validate_params(GOOD | {"learning_rate": value}).learning_rate == 0.001
    assert validate_params(GOOD | {"roll_range": ["-1e1", 5]}).roll_range == [-10.0, 5.0]


def test_a_namespace_overrides_its_files_and_ignores_other_objects() -> None:
    namespace = {
        "scale": "tiny",
        "experiment": "real33",
        "seed": 3,
        "epochs": 7,
        "_hidden": 5,
        "params": params,
        "In": [],
        "Out": {},
        "load": load,
    }
    loaded = from_namespace(namespace)
    assert (loaded.seed, loaded.epochs, loaded.image_size) == (3, 7, 64)
    assert loaded.real_fraction == pytest.approx(1 / 3, abs=1e-3)


def test_tuples_paths_and_numpy_numbers_of_a_namespace_are_converted() -> None:
    loaded = from_namespace(
        {"scale": "tiny", "classes": ("banana", "backpack"), "seed": np.int64(3)}
        | {"learning_rate": np.float64(0.03), "outputs": Path("/tmp/x"), "test_sets": ("real",)}
    )
    converted = {"classes": ["banana", "backpack"], "learning_rate": 0.03, "outputs": "/tmp/x"}
    assert loaded == load("tiny", "baseline", seed=3, test_sets=["real"], **converted)
    yaml.safe_dump(loaded.model_dump())  # as a run's params.yaml stores it


@pytest.mark.parametrize("wrong", [{"seed": {3}}, {"classes": {"banana": 1}}, {"seed": (3,)}])
def test_a_value_of_a_wrong_type_in_a_namespace_is_refused(wrong: dict) -> None:
    with pytest.raises(ParameterError, match=f"{next(iter(wrong))}: got .*valid"):
        from_namespace({"scale": "tiny"} | wrong)


def test_a_module_or_function_with_a_parameters_name_is_ignored() -> None:
    assert from_namespace({"scale": "tiny", "seed": load, "classes": params}).seed == 0


DEFAULTS = json.loads((ROOT / "tests/golden/defaults.json").read_text())
"""Defaults of the parameters that can change a result, by schema version."""


def test_a_changed_default_needs_a_new_schema_version() -> None:
    frozen, now = DEFAULTS[str(SCHEMA_VERSION)], params.result_defaults()
    changed = {key for key, value in frozen.items() if key not in now or now[key] != value}
    assert not changed, (
        f"{sorted(changed)}: default changed since schema version {SCHEMA_VERSION}, so that a "
        "digest would stand for another run: raise params.SCHEMA_VERSION, and add the new "
        "version's defaults to tests/golden/defaults.json"
    )
    assert now.keys() == frozen.keys(), (
        f"{sorted(now.keys() - frozen.keys())}: new parameters, which rename no run if "
        "their default keeps the previous behaviour: add them to the newest version in "
        "tests/golden/defaults.json"
    )
    assert max(map(int, DEFAULTS)) == SCHEMA_VERSION


def test_a_changed_default_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = params.result_defaults() | {"batch_size": 32}
    monkeypatch.setattr(params, "result_defaults", lambda: changed)
    with pytest.raises(AssertionError, match=r"batch_size.*raise params\.SCHEMA_VERSION"):
        test_a_changed_default_needs_a_new_schema_version()


def test_a_new_parameter_renames_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(Params):
        """Params of a later version, with one more that can change a result."""

        blur: float = 0.0

    given = load("tiny", "mixed_real33", protocol="matched").model_dump()
    data = {"photographs": "a", "renders": "b", "backgrounds": "c"}
    before = find_run(Params(**given), data)
    monkeypatch.setattr(params, "Params", Later)  # so that its defaults count
    assert "blur" in params.result_defaults()
    after = find_run(Later(**given), data)
    assert (after.digest, after.folder) == (before.digest, before.folder)
    assert find_run(Later(**given, blur=0.5), data).digest != before.digest


def test_another_schema_version_is_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    before = find_run(validate_params(GOOD), {})
    monkeypatch.setattr(params, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    assert find_run(validate_params(GOOD), {}).digest != before.digest


def test_a_digest_covers_what_differs_from_the_defaults() -> None:
    assert validate_params(GOOD).digest_parameters() == {"schema_version": SCHEMA_VERSION, **GOOD}
    given = {"split_by": "view", "epochs": 3, "outputs": "elsewhere", "batch_size": 64}
    digested = validate_params(GOOD | given).digest_parameters()
    assert digested == {"schema_version": SCHEMA_VERSION, **GOOD, "split_by": "view", "epochs": 3}
    result_parameters = validate_params(GOOD | given).result_parameters()
    assert set(result_parameters) == set(Params.model_fields) - params.NON_RESULT_PARAMETERS


def test_the_default_version_of_blender_is_the_pinned_one() -> None:
    assert f"bpy=={params.BPY_VERSION}" in (ROOT / "constraints.txt").read_text().splitlines()
    assert validate_params(GOOD).bpy_version == params.BPY_VERSION
    with pytest.raises(ParameterError, match="bpy_version: got 'newest'"):
        validate_params(GOOD | {"bpy_version": "newest"})


def test_a_protocol_is_a_folder_of_files_between_scale_and_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("scales", "experiments", "protocols/tuned/small", "protocols/tuned/other"):
        (tmp_path / "params" / name).mkdir(parents=True)
    files = {
        "scales/small": "epochs: 3\nlearning_rate: 0.2",
        "experiments/baseline": "real_fraction: 1.0\nsynthetic_fraction: 0.0",
        "experiments/mix": "real_fraction: 0.5\nsynthetic_fraction: 1.0\nmomentum: 0.7",
        "protocols/tuned/all": "learning_rate: 0.05\nmomentum: 0.8\nwarmup: 0.1",
        "protocols/tuned/mixed": "warmup: 0.2\nweight_decay: 0.01",
        "protocols/tuned/mix": "weight_decay: 0.02",
        "protocols/tuned/small/all": "nesterov: true",
        "protocols/tuned/small/mixed": "label_smoothing: 0.2\nwarmup: 0.25",
        "protocols/tuned/other/all": "label_smoothing: 0.9",
    }
    for name, text in files.items():
        (tmp_path / f"params/{name}.yaml").write_text(text)
    monkeypatch.setattr(params, "project_dir", lambda: tmp_path)
    names = ("learning_rate", "momentum", "warmup", "weight_decay", "label_smoothing", "nesterov")

    def values(experiment: str, **given) -> list:
        loaded = load("small", experiment, **given)
        return [getattr(loaded, name) for name in names]

    assert values("mix") == [0.2, 0.7, 0.0, 1e-4, 0.0, False]
    assert values("mix", protocol="tuned") == [0.05, 0.7, 0.25, 0.02, 0.2, True]
    assert values("mix", protocol="tuned", real_fraction=0.0) == [0.05, 0.7, 0.1, 0.02, 0.0, True]
    assert values("baseline", protocol="tuned") == [0.05, 0.8, 0.1, 1e-4, 0.0, True]
    assert values("mix@lr1", protocol="tuned", warmup=0.3) == [0.05, 0.7, 0.3, 0.02, 0.2, True]


def test_no_scale_sets_what_a_protocol_sets() -> None:
    """So a scale's file that papermill passes as overrides gives the same run."""
    folder = ROOT / "params"
    for scale in SCALES:
        own = yaml.safe_load((folder / f"scales/{scale}.yaml").read_text())
        general, special = folder.glob("protocols/*/*.yaml"), folder.glob(f"protocols/*/{scale}/*")
        paths = [*general, *special]
        assert paths
        for path in paths:
            assert not own.keys() & yaml.safe_load(path.read_text()).keys(), path


def test_a_namespace_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(ParameterError, match="learningrate: unknown parameter"):
        from_namespace({"scale": "tiny", "experiment": "baseline", "learningrate": 0.1})


def test_an_unknown_scale_names_the_known_ones() -> None:
    with pytest.raises(ParameterError, match="demo, thesis, tiny"):
        load("huge", "baseline")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {b: 1}", ": a is nested"),
        ("- 1", ": expected `key: value` lines"),
        ("a: [", " is not YAML"),
        ("a: 2026-13-45", " is not YAML"),
        ("1: 2", ": a key is 1"),
        ("yes: 3", ": a key is True"),
        ("seed: 1\nepochs: 2\nseed: 3", ": seed is there twice"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(ParameterError, match=rf"x\.yaml{message}"):
        read_params_yaml(tmp_path / "x.yaml")


def test_the_name_of_a_run_covers_what_can_change_its_result() -> None:
    def name(**changes) -> str:
        return find_run(validate_params(GOOD | changes), {"photographs": "abc"}).folder.name

    assert name() == name(outputs="elsewhere", workers=3, data_root="/data") == name(seed=0)
    assert len({name(), name(epochs=5), name(seed=1), name(learning_rate=0.1)}) == 4
    other = find_run(validate_params(GOOD), {"photographs": "abd"}).folder.name
    assert other != name()
    with_recipe = find_run(validate_params(GOOD), {"photographs": "abc", "recipe": "abe"})
    assert with_recipe.folder.name == name()  # the digest of the renders' bytes covers the recipe
    assert with_recipe.data_digests["recipe"] == "abe"


def test_literals_equal_those_of_the_functions_they_are_passed_to() -> None:
    def allowed(function, name: str) -> str:
        return str(inspect.signature(function).parameters[name].annotation)

    fields = {name: str(field.annotation) for name, field in Params.model_fields.items()}
    assert fields["scenes"] == allowed(photographs.scan_backgrounds, "scenes")
    assert fields["missing_scenes"] == allowed(photographs.scan_backgrounds, "missing_scenes")
    assert fields["broken_photos"] == allowed(photographs.scan_photographs, "broken")
    assert fields["assets"] == allowed(rendering.plan_renders, "assets")
    assert fields["render_device"] == allowed(rendering.RenderOptions, "device")
