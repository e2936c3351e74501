"""Parameters of one run: a scale and an experiment, merged, checked, and named by a digest.

Parameters are flat scalars and lists, because papermill replaces a nested dict whole. They come
from `params/scales/<scale>.yaml`, then `params/experiments/<experiment>.yaml`, then what was given
by hand (a papermill `-p`, a notebook cell); each only says what differs from what stands before.
Unknown keys, wrong types and impossible values fail here, before anything is computed.

Rules that concern several parameters at once (docs/design.md, Parameters).

Each raises ValueError with a sentence that opens with the key to change.

Parameters as people write them: the lines of a YAML file, the names of a notebook.
"""

import math
import os
import re
from collections.abc import Container, Mapping
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, Self

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from synthlib.classes import CLASSES, THESIS_CLASSES, yaml_mapping_keys
from synthlib.utils.errors import ParameterError, file_errors
from synthlib.utils.files import project_dir, resolve_in_project
from synthlib.utils.log import show_log_messages
from synthlib.utils.validation import (
    Range,
    number_list,
    validated_dataclass,
    validation_sentences,
)

Domain = Literal["real", "synthetic_bg", "synthetic_nobg"]
SyntheticDomain = Literal["synthetic_bg", "synthetic_nobg", "hybrid", "bg_only"]
UnusedRealSet = Literal[
    "real_rest", "real_1", "real_2", "real_3", "real_4", "real_5"
]  # of unused ones
TestSetName = Literal[
    "real", "dev", UnusedRealSet, "synthetic_bg", "synthetic_nobg"
]  # dev: for tuning only
Protocol = Literal["thesis", "matched"]


Poses = Literal["thesis", "photographed"]
"""Where an instance is seen from: the thesis's 26 views, or as its class is photographed."""


MIN_RANDOM_ELEVATION = -25.0
"""Degrees of elevation below which random views are rejected: the underside, which the thesis
excludes as "[90°, 25°]" (4.3.3): an interpretation, as that range is no bottom as printed."""


FIELD_OF_VIEW = number_list("[least, most]", 1, 120, apart=0)


ELEVATION = number_list("[least, most]", -90, 90, apart=1)


ROLL = number_list("[least, most]", -180, 180, apart=0)


DISTANCE = number_list("[least, most]", 0.25, 10, apart=0)


SHIFT = Field(ge=0, le=0.5)
"""Checks of the fields of `Ranges`, wherever they are given. A range is the least and most of a
uniform draw; where they are equal it is that value, undrawn."""


@validated_dataclass
class ViewRanges:
    """How far an instance's views differ; the defaults are the thesis's, which varies none.

    field_of_view in degrees, in [1, 120] (39.6: Blender's 50 mm lens); elevation of the thesis's
    random views in degrees, in [-90, 90], at least 1 wide; roll in degrees, in [-180, 180], added
    to a view's own; shift in [0, 0.5], the most that the lens offset moves the object off the
    frame's centre, in x and y each, as a share of the frame's side; distance in [0.25, 10], a
    factor on the distance to the object's nearest point at which it fills the frame.
    """

    field_of_view: Annotated[Range, FIELD_OF_VIEW] = (39.6, 39.6)
    elevation: Annotated[Range, ELEVATION] = (MIN_RANDOM_ELEVATION, 90.0)
    roll: Annotated[Range, ROLL] = (0.0, 0.0)
    shift: Annotated[float, SHIFT] = 0.0
    distance: Annotated[Range, DISTANCE] = (1.0, 1.0)


THESIS_VIEW_RANGES = ViewRanges()


RANGE_PARAMETERS = {
    "field_of_view": "field_of_view_range",
    "elevation": "elevation_range",
    "roll": "roll_range",
    "shift": "lens_shift",
    "distance": "distance_range",
}
"""The fields of `Ranges` by the names of the settings and parameters that give them."""


def ranges_of(given: Mapping[str, Any]) -> ViewRanges:
    """The ranges that settings give by their names there (`RANGE_SETTINGS`)."""
    return ViewRanges(**{field: given[name] for field, name in RANGE_PARAMETERS.items()})


FRACTION_FIELD = Field(ge=0.0, le=1.0)

_SCIENTIFIC_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")  # YAML 1.1 wants 1.0e-3

# These say where data lies, who computes and what is shown; they never change a result.
NON_RESULT_PARAMETERS = frozenset(
    {"data_root", "models_root", "outputs", "workers", "scheduler", "render_device"}
    | {"frame_limit", "time_limit", "recycle_after"}
    | {"scale", "experiment", "broken_photos", "test_sets", "batch_protocols"}
    | {"exclude_flagged", "compare_with", "peek"}  # what is excluded is in the data's own digests
)


SCHEMA_VERSION = 1
"""Version of the parameters' defaults, from which a run's digest is counted.

Raise it whenever a default changes, as the same digest would then stand for another run, and add
the new defaults to `tests/golden/defaults.json`. A new parameter needs no new version, as long as
its default does what was done before: no run is renamed by it."""

BPY_VERSION = "4.5.15"
"""The version of Blender's module that renders are made with by default: that of
`constraints.txt`."""

NAME_PATTERN = r"^\w[\w@.+-]*$"
"""Of a scale or an experiment: it names files and folders, so it has no `/`."""


class Params(BaseModel):
    """All parameters of a run (docs/design.md, Parameters).

    Defaults are the thesis's (5.2, Table 9) unless stated otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    # which run
    scale: str = Field("demo", pattern=NAME_PATTERN)
    experiment: str = Field("baseline", pattern=NAME_PATTERN)
    protocol: Protocol = "thesis"
    batch_protocols: list[Protocol] = Field(default_factory=lambda: ["thesis"], min_length=1)
    seed: int = Field(0, ge=0)  # weights, order, training augmentation, real subsets
    data_seed: int = Field(0, ge=0)  # renders, splits, test composites

    # where things lie; a relative path is one from the project's folder
    data_root: str = ""  # empty: $SYNTHLIB_DATA
    models_root: str = ""  # empty: models/ of the data root
    outputs: str = "outputs"

    # what is shown
    classes: list[str] = Field(default_factory=lambda: list(THESIS_CLASSES), min_length=2)
    stand_in: bool = False  # True: the "photographs" are rendered scenes (plumbing only)
    stand_in_train: int = Field(60, ge=1)  # stand-in photographs a class
    stand_in_val: int = Field(20, ge=1)
    stand_in_backgrounds: int = Field(60, ge=2)  # in all
    dev_per_class: int = Field(0, ge=0)  # cut from train/, for tuning only
    broken_photos: Literal["skip", "refuse"] = "skip"
    exclude_flagged: str = ""  # a CSV of flags (notebook 08): its samples are left out; empty: none
    scenes: Literal["class", "shared", "random"] = "class"  # Table 3
    missing_scenes: Literal["fail", "any"] = "fail"

    # renders (4.3, 5.1)
    assets: Literal["procedural", "models", "both"] = "both"
    instances: int = Field(30, ge=2)  # a class, train and test together
    views: int = Field(26, ge=1, le=26)  # an instance
    render_size: int = Field(512, ge=16)  # px
    render_samples: int = Field(16, ge=1)
    render_denoise: bool = False
    render_bounces: int = Field(12, ge=0, le=1024)  # of a path of light
    render_adaptive_threshold: float = Field(0.0, ge=0, le=1)  # noise to stop at; 0: never
    poses: Poses = "thesis"  # photographed: from where people photograph the class
    random_textures: float = Field(0.0, ge=0, le=1)  # instances with class-irrelevant ones
    bpy_version: str = Field(BPY_VERSION, pattern=r"^\d+(\.\d+)+$")  # Blender's module
    render_device: Literal["auto", "cpu", "gpu"] = "auto"
    workers: int = Field(0, ge=0)  # render processes; 0: one a core
    scheduler: str = ""  # of a Dask cluster that renders, tcp://host:8786; empty: this machine
    frame_limit: float = Field(120.0, gt=0)  # seconds a frame may take to render
    time_limit: float = Field(1800.0, gt=0)  # seconds an instance may take, all its views
    recycle_after: int = Field(64, ge=1)  # instances, then a fresh render process takes over

    # how views vary beyond their directions, [least, most]; the thesis varies none of these
    field_of_view_range: Annotated[list[float], FIELD_OF_VIEW] = [*THESIS_VIEW_RANGES.field_of_view]
    elevation_range: Annotated[list[float], ELEVATION] = [*THESIS_VIEW_RANGES.elevation]  # degrees
    roll_range: Annotated[list[float], ROLL] = [*THESIS_VIEW_RANGES.roll]  # degrees, added
    lens_shift: Annotated[float, SHIFT] = (
        THESIS_VIEW_RANGES.shift
    )  # most, of the frame's side, in x and y
    distance_range: Annotated[list[float], DISTANCE] = [*THESIS_VIEW_RANGES.distance]  # a factor

    split_by: Literal["instance", "view"] = "instance"  # renders to test on; view: see docs/limits

    # renders left out of training (4.3.2); 0: none
    near_duplicate_bits: float = Field(0.0, ge=0, le=64)  # instances closer than that, of 64
    min_coverage: float = Field(0.0, ge=0, le=1)  # views of which less is covered

    # training data
    real_fraction: float = FRACTION_FIELD
    real_split: int = Field(0, ge=0, le=3)  # 0: the nested subset; 1 to 3: that disjoint one (T24)
    synthetic_fraction: float = FRACTION_FIELD
    synthetic_domain: SyntheticDomain = "synthetic_bg"  # bg_only: the object left out, a control
    hybrid_nobg: list[str] | None = None  # hybrid: classes without background; None: not chosen
    nobg_affine: bool = False  # the affine augmentation without background too, on black
    render_subset: Literal["all", "1200", "1200_dense"] = "all"  # of the training renders (6.3)
    augmentation: Literal["auto", "thesis", "matched"] = "auto"  # auto: as the protocol is called
    real_share: float = Field(0.0, ge=0, lt=1)  # of each batch; 0: the protocol's way
    steps: int = Field(0, ge=0)  # of training; 0: the protocol's number
    balanced: bool = False  # every class as often as any other, in each domain
    image_size: int = Field(224, ge=16)  # px, the model's input

    # model and optimiser
    architecture: Literal["resnet18", "resnet34", "resnet50", "resnet101"] = "resnet50"
    stem: Literal["imagenet", "small"] = "imagenet"  # small: 3 x 3, stride 1, no pooling
    optimizer: Literal["sgd", "adam"] = "sgd"
    learning_rate: float = Field(0.01, gt=0)
    momentum: float = Field(0.9, ge=0, lt=1)
    weight_decay: float = Field(1e-4, ge=0)
    batch_size: int = Field(64, ge=2)
    epochs: int = Field(120, ge=1)
    schedule: Literal["step", "constant", "cosine"] = "step"  # of the learning rate
    lr_decay_every: int = Field(30, ge=0)  # epochs; 0: constant
    lr_decay_factor: float = Field(0.1, gt=0, le=1)
    precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where the device has it

    # protocol "matched": the same steps, batch, schedule and augmentation for every row
    matched_steps: int = Field(2000, ge=1)
    matched_decay_every: int = Field(500, ge=0)  # steps; 0: constant
    matched_real_share: float = Field(0.5, gt=0, lt=1)  # of each mixed batch

    # testing
    test_sets: list[TestSetName] = Field(default_factory=lambda: ["real"], min_length=1)

    # looking at runs
    compare_with: str = ""  # notebook 08: the second run's experiment; empty: the first other one
    peek: bool = False  # notebook 03: the first batch, a minute of training, kept in no table

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        check_consistency(self)
        return self

    @property
    def is_mixed(self) -> bool:
        """Whether the run trains on both domains."""
        return self.real_fraction > 0 and self.synthetic_fraction > 0

    @property
    def augmentation_protocol(self) -> Literal["thesis", "matched"]:
        """Whose augmentation the run trains with."""
        return self.protocol if self.augmentation == "auto" else self.augmentation

    @property
    def output_dir(self) -> Path:
        """Where everything is written; a relative `outputs` lies in the project's folder."""
        return resolve_in_project(self.outputs)

    @property
    def experiment_dir(self) -> Path:
        """Folder of the runs of this experiment, all seeds and digests."""
        return self.output_dir / "runs" / self.scale / self.protocol / self.experiment

    def result_parameters(self) -> dict[str, Any]:
        """All parameters that can change a result, by name."""
        return {
            key: value
            for key, value in self.model_dump().items()
            if key not in NON_RESULT_PARAMETERS
        }

    def digest_parameters(self) -> dict[str, Any]:
        """The part of a run's digest that parameters make.

        Returns:
            `schema_version`, and by name those parameters that can change a result and differ from
            the defaults of that version. A parameter that is added later, with a default, is in no
            run that leaves it there, so that it renames none.
        """
        defaults = result_defaults()
        found = self.result_parameters()
        differing = {k: v for k, v in found.items() if k not in defaults or v != defaults[k]}
        return {"schema_version": SCHEMA_VERSION} | differing


def result_defaults() -> dict[str, Any]:
    """The defaults of the parameters that can change a result, by name, as `SCHEMA_VERSION` fixes
    them; those that every run must give have none."""
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in Params.model_fields.items()
        if name not in NON_RESULT_PARAMETERS and not field.is_required()
    }


def load(scale: str, experiment: str, **overrides: Any) -> Params:
    """The parameters of `experiment` at `scale`; `given` keys override both files. What stands
    after an @ in an experiment's name is a setting of a search: its file has the name before it."""
    folder = project_dir() / "params"
    values = read_params_yaml(folder / "scales" / f"{scale}.yaml")
    values |= read_params_yaml(folder / "experiments" / f"{experiment.partition('@')[0]}.yaml")
    return validate_params(values | {"scale": scale, "experiment": experiment} | overrides)


def from_namespace(namespace: Mapping[str, Any]) -> Params:
    """The parameters in a notebook's `globals()`: every public scalar or list is taken as one, and
    any value under the name of one.

    What the namespace does not say comes from the files that its `scale` and `experiment` name.
    Refuses keys it does not know, since papermill only warns of those. From here on the notebook
    shows the package's log lines.
    """
    show_log_messages()
    given = params_in_namespace(namespace, Params.model_fields)
    scale, experiment = given.pop("scale", "demo"), given.pop("experiment", "baseline")
    return load(str(scale), str(experiment), **given)


def validate_params(values: Mapping[str, Any]) -> Params:
    """`values` as Params.

    Raises ParameterError naming each wrong key, its value and what is allowed.
    """
    numbers = {k for k, f in Params.model_fields.items() if f.annotation in (float, list[float])}
    values = {k: _as_float(value) if k in numbers else value for k, value in values.items()}
    try:
        return Params(**values)
    except ValidationError as error:
        words = validation_sentences(error, sorted(Params.model_fields), "unknown parameter")
        raise ParameterError("\n".join(words)) from None


def _as_float(value: Any) -> Any:
    """YAML's 1 for 1.0, which papermill keeps, and its text for 1e-3; all else as it is."""
    if isinstance(value, list):
        return [_as_float(v) for v in value]
    number = type(value) is int or (isinstance(value, str) and _SCIENTIFIC_NUMBER.fullmatch(value))
    try:
        return float(value) if number else value
    except OverflowError:  # as of 1e999: it is refused as one that is not finite
        return math.inf


UNUSED_REAL_SETS = ("real_rest", "real_1", "real_2", "real_3", "real_4", "real_5")
"""Test sets of training photographs that a run does not use: all of them, and five parts."""


def check_consistency(params: Any) -> None:
    """Every rule, on the fields of a `params.Params`."""
    _check_classes(params)
    _check_domains(params)
    _check_synthetic_domain(params)
    _check_test_sets(params)


def _check_classes(params: Any) -> None:
    unknown = [name for name in params.classes if name not in CLASSES]
    if unknown:
        own = os.environ.get("SYNTHLIB_CLASSES", "") or "not set"
        raise ValueError(
            f"classes: unknown {unknown[0]!r}; allowed: {', '.join(CLASSES)}; classes of your own: "
            f"set SYNTHLIB_CLASSES to their file (now: {own})"
        )
    if len(set(params.classes)) < len(params.classes):
        raise ValueError("classes: a class is named twice")


def _check_domains(params: Any) -> None:
    if params.real_fraction == 0 and params.synthetic_fraction == 0:
        raise ValueError("real_fraction and synthetic_fraction are both 0: no training data")
    if params.real_split and not 0 < params.real_split * params.real_fraction <= 1:
        raise ValueError(
            f"real_split: split {params.real_split} of disjoint ones with real_fraction "
            f"{params.real_fraction} asks for more photographs than there are, or for none"
        )
    if params.real_share and not params.is_mixed:
        raise ValueError("real_share: needs real_fraction and synthetic_fraction above 0")
    key = "real_share" if params.real_share else "matched_real_share"
    share = params.real_share or (
        params.protocol == "matched" and params.is_mixed and params.matched_real_share
    )
    if share and not 0 < round(share * params.batch_size) < params.batch_size:
        raise ValueError(
            f"{key}: {share:g} of a batch of {params.batch_size} leaves one domain without a sample; "
            "choose another share or a larger batch_size"
        )


def _check_synthetic_domain(params: Any) -> None:
    unknown = [name for name in params.hybrid_nobg or () if name not in params.classes]
    if unknown:
        allowed = ", ".join(params.classes)
        raise ValueError(f"hybrid_nobg: {unknown[0]!r} is not in the classes: {allowed}")
    if params.hybrid_nobg is not None and params.synthetic_domain != "hybrid":
        raise ValueError("hybrid_nobg: only synthetic_domain hybrid chooses class by class")
    if params.nobg_affine and params.synthetic_domain not in ("synthetic_nobg", "hybrid"):
        raise ValueError(
            f"nobg_affine: synthetic_domain {params.synthetic_domain} has no object on black; "
            "allowed: with synthetic_nobg or hybrid"
        )


def _check_test_sets(params: Any) -> None:
    if "dev" in params.test_sets and params.dev_per_class == 0:
        raise ValueError("test_sets: dev needs dev_per_class above 0, photographs to cut off")
    rest = [name for name in params.test_sets if name in UNUSED_REAL_SETS]
    if rest and params.real_fraction == 1:
        raise ValueError(f"test_sets: {rest[0]} is empty, as real_fraction 1 leaves none unused")


def read_params_yaml(path: Path) -> dict[str, Any]:
    """A params file as a flat dict. Raises SynthlibError on anything else."""
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml"))) or "none"
        raise ParameterError(f"no params file {path}; there are: {known}")
    with file_errors(path, "read"):
        content = path.read_bytes()
    try:
        text = content.decode()
        values, names = yaml.safe_load(text) or {}, yaml_mapping_keys(text)
    except (yaml.YAMLError, ValueError) as error:  # of a number or date that there is not, too
        raise ParameterError(f"{path} is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise ParameterError(f"{path}: expected `key: value` lines, got a {type(values).__name__}")
    if wrong := [key for key in values if not isinstance(key, str)]:
        raise ParameterError(f"{path}: a key is {wrong[0]!r}, which is no parameter's name")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ParameterError(f"{path}: {twice[0]} is there twice")
    nested = [key for key, value in values.items() if isinstance(value, dict)]
    if nested:
        raise ParameterError(f"{path}: {nested[0]} is nested; params are flat scalars or lists")
    return values


def params_in_namespace(
    namespace: Mapping[str, Any], known_names: Container[str]
) -> dict[str, Any]:
    """What a notebook's `globals()` say of parameters: every public scalar or list, so that a
    mistyped name is noticed, and under a `known` name whatever stands there, so that a value of
    a wrong type is refused and not passed over. Modules, functions and classes are no values."""
    return {
        key: _to_yaml_value(value)
        for key, value in namespace.items()
        if not key.startswith("_")
        and key not in {"In", "Out", "exit", "quit"}
        and (isinstance(value, str | int | float | bool | list | type(None)) or key in known_names)
        and not (isinstance(value, ModuleType) or callable(value))
    }


def _to_yaml_value(value: Any) -> Any:
    """A value as YAML would have it: a tuple's list, a path's text, a numpy scalar's number."""
    if isinstance(value, tuple | list):
        return [_to_yaml_value(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, Path) else value
