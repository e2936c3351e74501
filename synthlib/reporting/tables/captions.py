"""Whether a scale's numbers may stand beside the published ones, in words for a caption."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from synthlib import params as parameters
from synthlib.classes import CLASSES, THESIS_CLASSES, normalise_category
from synthlib.evaluation.predictions import read_predictions
from synthlib.evaluation.run_metrics import experiment_parameters
from synthlib.params import Params
from synthlib.runs import load_runs, read_params
from synthlib.utils.files import project_dir

THESIS_SETUP = {"classes": 17, "image_size": 224, "architecture": "resnet50", "n_test": 850}
COMPOSITE_TEST_SET = "synthetic_bg"
NOT_RUN = "not run at this scale"


def scale_params(outputs: Path, scale: str) -> Params:
    """The parameters of a scale as its newest run had them, its outputs where they lie now; the
    files' where nothing has run. Of the baseline, or of another without what that one is about."""
    found = load_runs(outputs, scale)
    if found.empty:
        return parameters.load(scale, "baseline", outputs=str(outputs))
    baselines = found[found["experiment"] == "baseline"]
    folder = (baselines if len(baselines) else found).sort_values("ended")["folder"].iloc[-1]
    p = read_params(folder)
    if baselines.empty and (project_dir() / "params" / "scales" / f"{scale}.yaml").exists():
        plain = parameters.load(scale, "baseline")
        own = (
            experiment_parameters(p.experiment) or frozenset()
        ) & plain.result_parameters().keys()
        p = p.model_copy(update={key: getattr(plain, key) for key in own})
    return p.model_copy(update={"outputs": str(outputs)})


def differences_from_thesis(params: Params, n_test: float | None = None) -> list[str]:
    """How a scale differs from the thesis, a phrase each; empty if numbers are comparable.

    n_test: real test photographs of the runs shown, if there are any.
    """
    found = []
    if not set(params.classes) <= set(THESIS_CLASSES):
        found.append(f"{len(params.classes)} classes, not all of them the thesis's")
    elif len(params.classes) < len(THESIS_CLASSES):
        found.append(f"{len(params.classes)} of {THESIS_SETUP['classes']} classes")
    if params.image_size != THESIS_SETUP["image_size"]:
        found.append(f"{params.image_size} px for {THESIS_SETUP['image_size']}")
    if params.architecture != THESIS_SETUP["architecture"]:
        found.append(f"ResNet-{params.architecture.removeprefix('resnet')} for ResNet-50")
    if n_test is not None and round(n_test) != THESIS_SETUP["n_test"]:
        found.append(f"{n_test:,.0f} test photographs for {THESIS_SETUP['n_test']}")
    return found


def scale_note(params: Params, n_test: float | None = None, *, with_results: bool = True) -> str:
    """A sentence or two on the scale for a caption; of results it says what may not be compared."""
    if params.stand_in:
        return (
            f"Scale {params.scale}: stand-in photographs, which test plumbing only; nothing here is a "
            "result, and no published number stands beside it. Rows are named as the thesis names "
            "them."
        )
    found = differences_from_thesis(params, n_test)
    if not found:
        return f"Scale {params.scale}: classes, input and network of the thesis."
    if not with_results:
        return f"Scale {params.scale}: {', '.join(found)}."
    chance = 100 / len(params.classes)
    return (
        f"Scale {params.scale}: {', '.join(found)}; chance is {chance:.1f}% (thesis 5.9%). Levels, and "
        "so the differences to published ones, are not comparable: compare the order of rows and "
        "the sign of what separates them. Rows are named as the thesis names them."
    )


def borrowed_backgrounds(
    folders: Iterable[Path], test_set: str = COMPOSITE_TEST_SET
) -> dict[str, int]:
    """Classes whose composites stand on scenes that Table 3 does not name for them, and on how
    many categories such; read off the backgrounds of the runs' predictions (kept runs have lost
    theirs)."""
    strangers: dict[str, set[str]] = {}
    for folder in folders:
        for cls, background in _class_backgrounds(folder, test_set).itertuples(index=False):
            scene = background_category(background)
            own = (
                {normalise_category(name) for name in CLASSES[cls].scenes}
                if cls in CLASSES
                else {scene}
            )
            if scene not in own:
                strangers.setdefault(cls, set()).add(scene)
    return {cls: len(scenes) for cls, scenes in sorted(strangers.items())}


def _class_backgrounds(folder: Path, test_set: str) -> pd.DataFrame:
    """The classes and backgrounds of a run's test composites: true, background."""
    part = read_predictions(folder, test_set)[["true", "background"]].dropna().drop_duplicates()
    return part[part["background"] != ""]


def background_category(background: str) -> str:
    """The scene category of a background's root-relative name, in `scene_key`'s spelling."""
    folders = Path(background).parts[:-1]
    if folders and folders[0] == "places":
        folders = folders[1:]
    return normalise_category("/".join(folders))


def borrowed_backgrounds_note(params: Params, outputs: Path) -> str:
    """A sentence on the classes that borrowed scenes, as the scale's composites show, or that they
    are not known; empty if none did, or nothing was tested on composites."""
    runs = load_runs(outputs, params.scale)
    if params.missing_scenes != "any" or params.scenes != "class" or params.stand_in or runs.empty:
        return ""
    if names := list(borrowed_backgrounds(runs["folder"])):
        return f"Scenes of other classes had to do for {', '.join(names)}."
    tested = [f for f in runs["folder"] if len(read_predictions(f, COMPOSITE_TEST_SET))]
    if tested and all(_class_backgrounds(folder, COMPOSITE_TEST_SET).empty for folder in tested):
        return (
            "Scenes of other classes had to do where a class has none of its own; for which is not "
            "known, as runs that were brought from elsewhere do not keep their scenes."
        )
    return ""


def missing_runs_note(experiments: pd.Series, measured: pd.Series) -> str:
    """A sentence on rows without a run; empty if every row that can have one does."""
    wanted = experiments != ""
    absent = experiments[wanted & ~measured].drop_duplicates()
    if absent.empty:
        return ""
    if not measured[wanted].any():
        return f"All rows: {NOT_RUN}."
    some = set(experiments[wanted & measured])  # a run that lacks a test set of one of its rows
    names = [f"{name} (some rows)" if name in some else name for name in absent]
    return f"{NOT_RUN.capitalize()}: {', '.join(names)}."
