"""Parameters of a run: read from a scale and an experiment, validated, and named by a digest.

They are merged from `params/scales/<scale>.yaml`, then the protocol's (`protocol_files`), then
`params/experiments/<experiment>.yaml`, then what the user gives (papermill's `-p`, a notebook's
cell, `--set`). A later source overrides an earlier one, so a file lists only the parameters that
differ from the defaults. Parameters are
scalars and flat lists, because papermill can only replace a nested dict as a whole. Unknown keys,
wrong types and impossible combinations raise ParameterError here, before anything is computed
(docs/design.md, Parameters).
"""

import math
import re
from collections.abc import Container, Mapping
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, Self, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from synthlib.classes import THESIS_CLASSES
from synthlib.param_rules import check_consistency
from synthlib.render_ranges import (
    DISTANCE,
    ELEVATION,
    EXPOSURE,
    FIELD_OF_VIEW,
    LAMP_STRENGTH,
    LIGHT_STRENGTH,
    MAX_DISTRACTORS,
    MAX_LAMPS,
    ROLL,
    SHIFT,
    THESIS_VIEW_RANGES,
    WHITE_BALANCE,
)
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import project_dir, resolve_in_project
from synthlib.utils.log import show_log_messages
from synthlib.utils.suggestions import allowed_names
from synthlib.utils.validation import (
    number_list,
    read_yaml_mapping,
    validation_sentences,
)

SCHEMA_VERSION = 2
"""Version of the parameters' defaults, part of every run's digest.

Raise it whenever a default changes, or the same parameters train on other images or in other
batches, because the same digest would then stand for another run, and add the defaults to
`tests/golden/defaults.json`. A new parameter needs no new version if its default keeps the previous
behaviour: it renames no run."""

BPY_VERSION = "4.5.15"
"""Version of Blender's module that renders by default, as pinned in `constraints.txt`."""

Domain = Literal["real", "synthetic_bg", "synthetic_nobg"]
"""Domain of a sample: a photograph, or a render pasted into a background or left on black."""

SyntheticDomain = Literal["synthetic_bg", "synthetic_nobg", "hybrid", "bg_only", "fetched"]
"""Domain of a run's synthetic training data.

"hybrid" chooses with or without background by class, and "bg_only" shows backgrounds without an
object, as a control. "fetched" has photographs instead of renders: some that the run leaves
out, with the classes that the model of another run predicts for them (data.labels)."""

Protocol = Literal["thesis", "matched", "tuned"]
"""Training as in the thesis, or with equal steps, batches and augmentation in all runs: with the
thesis's optimiser (`matched`), or with a recipe of its own (`tuned`)."""

PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)

UnusedRealSet = Literal["real_rest", "real_1", "real_2", "real_3", "real_4", "real_5"]
TestSetName = Literal["real", "dev", UnusedRealSet, "synthetic_bg", "synthetic_nobg"]
"""Names of test sets; "dev" is for tuning only."""

UNUSED_REAL_SETS: tuple[str, ...] = get_args(UnusedRealSet)
"""Test sets of the training photographs that a run does not use: all of them, and five folds."""

Blending = Literal["hard", "feathered", "gaussian", "colour", "random"]
"""Blending of objects with their backgrounds (compositing.blending)."""

Poses = Literal["thesis", "photographed"]
"""Camera poses of an instance: the thesis's 26 views, or as photographs of its class are taken."""

NAME_PATTERN = r"^\w[\w@.+-]*$"
"""Pattern of the name of a scale or an experiment, which names files and folders: no `/`."""

NON_RESULT_PARAMETERS = frozenset(
    {"data_root", "models_root", "outputs", "paper", "workers", "scheduler", "render_device"}
    | {"frame_limit", "time_limit", "recycle_after", "blender_python"}
    | {"scale", "experiment", "broken_photos", "test_sets", "batch_protocols"}
    | {"exclude_flagged", "compare_with", "peek", "backgrounds_folder"}
)
"""Parameters that never change a result, and so are not part of a run's digest.

They say where files are, which hardware computes and what is displayed. `exclude_flagged` is among
them because the digests of the data already say which samples were left out, and
`backgrounds_folder` because they say which photographs it holds."""

MIN_BATCH_NORM_VALUES = 4
"""Fewest values from which batch norm may estimate a variance in training.

From 2 values, as a batch of 2 has on maps of 1 x 1, the normalised ones are -1 and 1 whatever the
images are. The gradient at the first step is then 1,000 times as long as from 8 values, and from 4
values 4 times (ResNet-18): training diverges."""

CROP_AREA = number_list("[least, most]", 0.01, 1, min_width=0)
"""Validator of the area of a crop, as a share of the image."""

_SCIENTIFIC_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")
"""A number such as 1e-3, which YAML 1.1 reads as text (it reads only 1.0e-3 as a number)."""


# --- the parameters -------------------------------------------------------------------------------


class Params(BaseModel):
    """All parameters of a run, validated and immutable.

    Defaults are those of the thesis (5.2, Table 9), except where a comment says otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    # which run
    scale: str = Field("demo", pattern=NAME_PATTERN)
    experiment: str = Field("baseline", pattern=NAME_PATTERN)
    protocol: Protocol = "thesis"
    batch_protocols: list[Protocol] = Field(default_factory=lambda: ["thesis"], min_length=1)
    seed: int = Field(0, ge=0)  # weights, order, training augmentation, real subsets
    data_seed: int = Field(0, ge=0)  # renders, splits, test composites

    # folders; a relative path starts at the project's folder
    data_root: str = ""  # empty: $SYNTHLIB_DATA
    models_root: str = ""  # empty: models/ of the data root
    outputs: str = "outputs"
    paper: str = ""  # folder for figures as PDF and tables as LaTeX; empty: none

    # classes, photographs and backgrounds
    classes: list[str] = Field(default_factory=lambda: list(THESIS_CLASSES), min_length=2)
    stand_in: bool = False  # True: the "photographs" are rendered scenes (demo of the pipeline)
    stand_in_train: int = Field(60, ge=1)  # stand-in photographs per class
    stand_in_val: int = Field(20, ge=1)
    stand_in_backgrounds: int = Field(60, ge=2)  # for all classes together
    dev_per_class: int = Field(0, ge=0)  # photographs taken from train/, for tuning only
    broken_photos: Literal["skip", "refuse"] = "skip"
    exclude_flagged: str = ""  # CSV of flags (notebook 08): samples to leave out
    scenes: Literal["class", "shared", "random"] = "class"  # backgrounds of a class (Table 3)
    missing_scenes: Literal["fail", "any"] = "fail"  # if none of a class's categories is on disk

    # renders (4.3, 5.1)
    assets: Literal["procedural", "models", "both"] = "both"
    instances: int = Field(30, ge=2)  # per class, train and test together
    views: int = Field(26, ge=1, le=26)  # per instance
    render_size: int = Field(512, ge=16)  # px
    render_samples: int = Field(16, ge=1)
    render_denoise: bool = False
    render_bounces: int = Field(12, ge=0, le=1024)  # of a light path
    render_adaptive_threshold: float = Field(0.0, ge=0, le=1)  # noise to stop at; 0: never stop
    poses: Poses = "thesis"  # photographed: as photographs of the class are taken
    close_ups: bool = False  # with poses photographed: also near views that show a part
    random_textures: float = Field(0.0, ge=0, le=1)  # share of instances that get them
    companions: float = Field(0.0, ge=0, le=1)  # share of instances in a group, as photographed
    occluders: float = Field(0.0, ge=0, le=1)  # share of views with a thing in front of the object
    distractors: int = Field(0, ge=0, le=MAX_DISTRACTORS)  # objects of no class of the run
    bpy_version: str = Field(BPY_VERSION, pattern=r"^\d+(\.\d+)+$")  # of Blender's module
    blender_python: str = ""  # interpreter that has it; empty: $SYNTHLIB_BLENDER_PYTHON, or this
    render_device: Literal["auto", "cpu", "gpu"] = "auto"
    workers: int = Field(0, ge=0)  # render processes; 0: one per core
    scheduler: str = ""  # of a Dask cluster, tcp://host:8786; empty: this machine
    frame_limit: float = Field(120.0, gt=0)  # seconds a frame may take to render
    time_limit: float = Field(1800.0, gt=0)  # seconds an instance may take, all its views
    recycle_after: int = Field(64, ge=1)  # instances until a render process is replaced

    # how views vary beyond their directions, [least, most]; the thesis varies none of these
    field_of_view_range: Annotated[list[float], FIELD_OF_VIEW] = [*THESIS_VIEW_RANGES.field_of_view]
    elevation_range: Annotated[list[float], ELEVATION] = [*THESIS_VIEW_RANGES.elevation]  # degrees
    roll_range: Annotated[list[float], ROLL] = [*THESIS_VIEW_RANGES.roll]  # degrees, added
    lens_shift: Annotated[float, SHIFT] = THESIS_VIEW_RANGES.shift  # largest, of the frame's side
    distance_range: Annotated[list[float], DISTANCE] = [*THESIS_VIEW_RANGES.distance]  # a factor

    # light (rendering.lighting); the thesis's is white, from all sides, and does not vary
    environments: str = ""  # "blender": the HDRIs that come with it; or a folder of .hdr and .exr
    light_strength_range: Annotated[list[float], LIGHT_STRENGTH] = [1.0, 1.0]  # a factor
    lamps: int = Field(0, ge=0, le=MAX_LAMPS)  # suns, area and point lamps added to each view
    lamp_strength_range: Annotated[list[float], LAMP_STRENGTH] = [0.5, 1.5]  # 1: as the white light
    exposure_range: Annotated[list[float], EXPOSURE] = [0.0, 0.0]  # stops
    white_balance_range: Annotated[list[float], WHITE_BALANCE] = [6500.0, 6500.0]  # kelvin

    ground_shadow: bool = False  # of the object, in upright views from above
    passes: list[Literal["depth", "mask"]] = []  # further files of each view (rendering.view_files)

    split_by: Literal["instance", "view"] = "instance"  # of the renders; view: see docs/limits.md

    # renders left out of training (4.3.2); 0: none
    near_duplicate_bits: float = Field(0.0, ge=0, le=64)  # instances whose hashes differ in no more
    min_coverage: float = Field(0.0, ge=0, le=1)  # views that cover a smaller share of the frame

    # training data
    real_fraction: float = Field(ge=0.0, le=1.0)  # of the training photographs
    real_split: int = Field(0, ge=0, le=3)  # 0: nested; 1 to 3: disjoint (Table 24)
    folds: int = Field(0, ge=0)  # of cross-validation: seed s leaves out fold s; 0: none
    synthetic_fraction: float = Field(ge=0.0, le=1.0)  # of the training renders
    synthetic_domain: SyntheticDomain = "synthetic_bg"  # bg_only: a control without the object
    hybrid_nobg: list[str] | None = None  # hybrid's classes without background; None: not chosen
    labelled_by: str = ""  # fetched: experiment whose model labels the photographs
    nobg_affine: bool = False  # affine augmentation also without background
    render_subset: Literal["all", "1200", "1200_dense"] = "all"  # of the training renders (6.3)
    augmentation: Literal["auto", "thesis", "matched"] = "auto"  # auto: the protocol's
    object_sizes: Literal["thesis", "class"] = "thesis"  # in composites; class: of photographs
    object_placement: Literal["thesis", "upright", "class"] = "thesis"  # upright: on the ground
    object_in_crop: float = Field(0.0, ge=0, le=1)  # least share that a crop of a composite keeps
    # training composites only; those of test sets are the thesis's in every run
    backgrounds: Literal["places", "folder", "photographs"] = "places"  # photographs: the run's own
    backgrounds_folder: str = ""  # of any photographs; a relative path starts at the data root
    background_crop_range: Annotated[list[float], CROP_AREA] = [1.0, 1.0]  # share of the square
    blending: Blending = "hard"  # random: one method for each composite
    object_contrast: float = Field(1.0, gt=0, le=4)  # a factor, about its mean grey
    object_brightness: float = Field(1.0, gt=0, le=4)  # a factor
    composite_sharpening: float = Field(0.0, ge=0, le=3)  # strength of unsharp masking
    composite_storage: Literal["clean", "photographs"] = "clean"  # alike: size, JPEG
    real_share: float = Field(0.0, ge=0, lt=1)  # of each batch; 0: the protocol's share
    steps: int = Field(0, ge=0)  # of training; 0: the protocol's number
    steps_factor: float = Field(1.0, gt=0)  # of the protocol's number of steps
    balanced: bool = False  # all classes equally often, in each domain
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
    schedule: Literal["step", "constant", "cosine", "linear"] = "step"  # of the learning rate
    lr_decay_every: int = Field(30, ge=0)  # epochs; 0: never
    lr_decay_factor: float = Field(0.1, gt=0, le=1)
    precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where it is faster

    # beyond the thesis; protocols set them in params/protocols
    warmup: float = Field(0.0, ge=0, lt=1)  # share of the steps in which the learning rate rises
    nesterov: bool = False  # Nesterov's momentum, for sgd
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    decay_norms: bool = True  # False: no weight decay on batch norm and biases
    crop_area: list[float] = []  # [least, most] of random crops; empty: the augmentation's
    synthetic_augmentation: Literal["auto", "thesis", "matched", "strong"] = "auto"
    small_size: int = Field(0, ge=0)  # px of the input at first; 0: image_size throughout
    small_until: float = Field(0.5, gt=0, le=1)  # share of the steps until image_size is reached
    phase_ends: list[float] = []  # shares of the steps at which phases end, rising to 1
    phase_real_shares: list[float] = []  # of the batches of each phase; one more: between them
    phase_lr_factors: list[float] = []  # of learning_rate in each phase; empty: 1
    phase_restart: bool = False  # the schedule starts again in each phase
    separate_last_layers: bool = False  # one for photographs, one for synthetic images
    curriculum_until: float = Field(0.0, ge=0, le=1)  # share of the steps until objects get small

    # protocol "tuned": its number of steps; the rest of it is in params/protocols
    tuned_steps: int = Field(1500, ge=1)

    # protocol "matched": equal steps, batch, schedule and augmentation in all runs
    matched_steps: int = Field(2000, ge=1)
    matched_decay_every: int = Field(500, ge=0)  # steps; 0: never
    matched_real_share: float = Field(0.5, gt=0, lt=1)  # of each mixed batch

    # testing
    test_sets: list[TestSetName] = Field(default_factory=lambda: ["real"], min_length=1)

    # notebooks 03 and 08
    compare_with: str = ""  # experiment of notebook 08's second run; empty: any
    peek: bool = False  # notebook 03: train only a trial, which no table includes

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        check_consistency(self)
        return self

    @property
    def is_mixed(self) -> bool:
        """True if the run trains on both domains."""
        return self.real_fraction > 0 and self.synthetic_fraction > 0

    @property
    def augmentation_protocol(self) -> Literal["thesis", "matched"]:
        """The protocol whose augmentation photographs get in training."""
        if self.augmentation != "auto":
            return self.augmentation
        return "matched" if self.has_equal_steps else "thesis"

    @property
    def synthetic_augmentation_name(self) -> Literal["thesis", "matched", "strong"]:
        """The augmentation that synthetic images get in training."""
        if self.synthetic_augmentation != "auto":
            return self.synthetic_augmentation
        return self.augmentation_protocol

    @property
    def has_equal_steps(self) -> bool:
        """True if the protocol gives all runs equal steps, batches and augmentation."""
        return self.protocol != "thesis"

    @property
    def equal_steps(self) -> int:
        """Number of steps of a run under a protocol of equal steps."""
        of_protocol = self.tuned_steps if self.protocol == "tuned" else self.matched_steps
        return self.steps or max(1, round(of_protocol * self.steps_factor))

    @property
    def min_batch_size(self) -> int:
        """Fewest samples, at least 2, with `MIN_BATCH_NORM_VALUES` pixels in the last maps."""
        size = self.small_size or self.image_size
        side = math.ceil(size / (32 if self.stem == "imagenet" else 8))
        return max(2, math.ceil(MIN_BATCH_NORM_VALUES / side**2))

    @property
    def output_dir(self) -> Path:
        """The folder that all results are written to, resolved from `outputs`."""
        return resolve_in_project(self.outputs)

    @property
    def experiment_dir(self) -> Path:
        """Folder of all runs of this experiment, whatever their seed and digest."""
        return self.output_dir / "runs" / self.scale / self.protocol / self.experiment

    def result_parameters(self) -> dict[str, Any]:
        """All parameters that can change a result, by name."""
        return {
            key: value
            for key, value in self.model_dump().items()
            if key not in NON_RESULT_PARAMETERS
        }

    def digest_parameters(self) -> dict[str, Any]:
        """The parameters that a run's digest is computed from.

        Returns:
            `schema_version`, and by name the parameters that can change a result and differ from
            the defaults of that version. A parameter that is added later therefore renames no run
            that leaves it at its default.
        """
        defaults = result_defaults()
        differing = {
            name: value
            for name, value in self.result_parameters().items()
            if name not in defaults or value != defaults[name]
        }
        return {"schema_version": SCHEMA_VERSION} | differing


def result_defaults() -> dict[str, Any]:
    """Defaults, in `SCHEMA_VERSION`, of the parameters that can change a result, by name.

    Parameters that every run must give have no default and are not included.
    """
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in Params.model_fields.items()
        if name not in NON_RESULT_PARAMETERS and not field.is_required()
    }


# --- loading --------------------------------------------------------------------------------------


def load(scale: str, experiment: str, **overrides: Any) -> Params:
    """Load the parameters of an experiment at a scale.

    Args:
        scale: Name of a file of `params/scales/`.
        experiment: Name of a file of `params/experiments/`. Text after an @ names a setting of a
            search and is not part of the file's name.
        **overrides: Parameters that override all files.

    Raises:
        ParameterError: A file does not exist or is malformed, or a parameter is wrong.
        FileError: A file cannot be read.

    Examples:
        >>> params.load("tiny", "baseline", epochs=2).epochs
        2
    """
    folder, experiment_file = project_dir() / "params", experiment.partition("@")[0]
    scale_values = read_params_yaml(folder / "scales" / f"{scale}.yaml")
    values = read_params_yaml(folder / "experiments" / f"{experiment_file}.yaml")
    values |= {"scale": scale, "experiment": experiment} | overrides
    protocol = (scale_values | values).get("protocol", "thesis")
    for protocol_values in protocol_files(
        str(protocol), scale, experiment_file, domains_of(values)
    ).values():
        scale_values |= protocol_values
    return validate_params(scale_values | values)


def domains_of(values: Mapping[str, Any]) -> str:
    """Training data of a run: `real`, `synthetic` or `mixed`.

    Args:
        values: Values by parameter name, such as the content of an experiment's file.
    """
    shares = [values.get(name) or 0 for name in ("real_fraction", "synthetic_fraction")]
    return "mixed" if all(shares) else "real" if shares[0] else "synthetic"


def protocol_files(
    protocol: str, scale: str, experiment: str, domains: str
) -> dict[str, dict[str, Any]]:
    """Read what a protocol sets, from the files that are the one place of its settings.

    They are in `params/protocols/<protocol>/`, and those of one scale in its folder `<scale>/`;
    each may be missing. They share no parameter with the scale's own file, so that the files can
    be given in any order.

    Args:
        protocol: Name of the protocol.
        scale: Name of the scale.
        experiment: Name of the experiment.
        domains: The run's training data, from `domains_of`.

    Returns:
        Values by parameter name, in the order in which they are merged: `all` of all runs
        (`all.yaml`), `data` by the training data (`real.yaml`, `synthetic.yaml` or `mixed.yaml`),
        `experiment` of one experiment (`<experiment>.yaml`). In each, a value for the scale
        replaces that for all scales. All are empty for `thesis`, whose settings are defaults.

    Raises:
        ParameterError: A file is malformed.
        FileError: A file cannot be read.
    """
    folder = project_dir() / "params" / "protocols" / protocol
    names = {"all": "all", "data": domains, "experiment": experiment}
    values: dict[str, dict[str, Any]] = {kind: {} for kind in names}
    for kind, name in names.items():
        for path in (folder / f"{name}.yaml", folder / scale / f"{name}.yaml"):
            values[kind] |= read_params_yaml(path) if path.exists() else {}
    return values


def from_namespace(namespace: Mapping[str, Any]) -> Params:
    """Load the parameters that a notebook sets, and show the package's log lines from now on.

    Parameters that the notebook does not set come from the files of its `scale` and `experiment`.
    Unknown names are refused, because papermill only warns about them.

    Args:
        namespace: The notebook's `globals()`. Every public scalar or list in it is a parameter, and
            so is any value under the name of one.

    Raises:
        ParameterError: As for `load`.

    Examples:
        >>> p = params.from_namespace(globals())
    """
    show_log_messages()
    values = params_in_namespace(namespace, Params.model_fields)
    scale = values.pop("scale", "demo")
    experiment = values.pop("experiment", "baseline")
    return load(str(scale), str(experiment), **values)


def validate_params(values: Mapping[str, Any]) -> Params:
    """Validate parameters.

    Args:
        values: Values by parameter name, as YAML gives them; integers and texts such as "1e-3" are
            accepted for floats.

    Raises:
        ParameterError: Values are not allowed; the message names each wrong key, its value and what
            is allowed.
    """
    float_names = {
        name
        for name, info in Params.model_fields.items()
        if info.annotation in (float, list[float])
    }
    values = {
        name: _as_float(value) if name in float_names else value for name, value in values.items()
    }
    try:
        return Params(**values)
    except ValidationError as error:
        sentences = validation_sentences(
            error, Params.model_fields, "unknown parameter", "`synthlib params` lists all"
        )
        raise ParameterError("\n".join(sentences)) from None


def read_params_yaml(path: Path) -> dict[str, Any]:
    """Read a parameter file, which must be a flat mapping.

    Raises:
        ParameterError: The file does not exist, is not YAML, is not a mapping, or has a nested, a
            repeated or a non-text key.
        FileError: The file cannot be read.
    """
    if not path.exists():
        names = sorted(file.stem for file in path.parent.glob("*.yaml"))
        there_are = allowed_names(path.stem, names) if names else "there are none"
        raise ParameterError(f"no params file {path}; {there_are}")
    values = read_yaml_mapping(path, "`key: value` lines")
    if wrong := [key for key in values if not isinstance(key, str)]:
        raise ParameterError(f"{path}: a key is {wrong[0]!r}, which is not the name of a parameter")
    nested = [key for key, value in values.items() if isinstance(value, dict)]
    if nested:
        raise ParameterError(f"{path}: {nested[0]} is nested; params are flat scalars or lists")
    return values


def params_in_namespace(
    namespace: Mapping[str, Any], known_names: Container[str]
) -> dict[str, Any]:
    """Select the parameters from a notebook's `globals()`.

    Every public scalar or list is selected, so that a misspelt name is noticed. Under a known name
    any value is, so that one of a wrong type is refused and not ignored. Modules, functions,
    classes and IPython's own variables are never parameters.

    Args:
        namespace: The notebook's `globals()`.
        known_names: Names of the parameters.
    """
    return {
        key: _to_yaml_value(value)
        for key, value in namespace.items()
        if not key.startswith("_")
        and key not in {"In", "Out", "exit", "quit"}
        and (isinstance(value, str | int | float | bool | list | type(None)) or key in known_names)
        and not (isinstance(value, ModuleType) or callable(value))
    }


def _to_yaml_value(value: Any) -> Any:
    """Convert a value to the type that YAML gives: tuples to lists, paths to text, numpy's scalars
    to plain numbers."""
    if isinstance(value, tuple | list):
        return [_to_yaml_value(element) for element in value]
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, Path) else value


def _as_float(value: Any) -> Any:
    """Convert an integer (papermill passes 1.0 as 1) or a text such as "1e-3" to a float; return
    other values unchanged."""
    if isinstance(value, list):
        return [_as_float(element) for element in value]
    is_number = type(value) is int or (
        isinstance(value, str) and _SCIENTIFIC_NUMBER.fullmatch(value)
    )
    try:
        return float(value) if is_number else value
    except OverflowError:  # a huge integer; validation refuses infinity
        return math.inf
