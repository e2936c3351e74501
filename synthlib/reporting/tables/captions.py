"""Notes for captions: how a scale differs from the thesis, and what of a table has not run."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from synthlib import params as parameters
from synthlib.classes import CLASSES, THESIS_CLASSES, is_thesis_class, normalise_category
from synthlib.evaluation.predictions import read_predictions
from synthlib.evaluation.run_metrics import experiment_parameters
from synthlib.params import Params
from synthlib.runs import load_runs, read_params
from synthlib.utils.files import project_dir

THESIS_SETUP = {"classes": 17, "image_size": 224, "architecture": "resnet50", "n_test": 850}
COMPOSITE_TEST_SET = "synthetic_bg"
NOT_RUN = "not run at this scale"


def scale_params(outputs: Path, scale: str) -> Params:
    """Read the parameters of a scale from its newest run.

    That is the newest run of the baseline, if possible under the protocol `thesis`, whose
    parameters are those of the scale's file; or else of another experiment, with the parameters
    which that experiment changes set back to the scale's. Without runs they are read from the
    scale's file. `outputs` is always the given folder, which may have been moved.
    """
    runs = load_runs(outputs, scale)
    if len(runs):  # those of a screening or an ablation have other images than the scale's
        runs = runs[~runs["experiment"].str.contains("@screen_|@ablation_")]
    if runs.empty:
        return parameters.load(scale, "baseline", outputs=str(outputs))
    in_thesis = runs["protocol"] == "thesis"
    runs = runs[in_thesis] if in_thesis.any() else runs
    baselines = runs[runs["experiment"] == "baseline"]
    folder = (baselines if len(baselines) else runs).sort_values("ended")["folder"].iloc[-1]
    p = read_params(folder)
    if baselines.empty and (project_dir() / "params" / "scales" / f"{scale}.yaml").exists():
        plain = parameters.load(scale, "baseline")
        changed = experiment_parameters(p.experiment) or frozenset()
        changed &= plain.result_parameters().keys()
        p = p.model_copy(update={key: getattr(plain, key) for key in changed})
    return p.model_copy(update={"outputs": str(outputs)})


def differences_from_thesis(params: Params, n_test: float | None = None) -> list[str]:
    """List how a scale differs from the thesis; empty if its numbers are comparable.

    Args:
        params: Parameters of the scale.
        n_test: Real test photographs of the runs shown; None if there are none.
    """
    differences = []
    if not all(map(is_thesis_class, params.classes)):
        differences.append(f"{len(params.classes)} classes, not all of them the thesis's")
    elif len(params.classes) < len(THESIS_CLASSES):
        differences.append(f"{len(params.classes)} of {THESIS_SETUP['classes']} classes")
    if params.image_size != THESIS_SETUP["image_size"]:
        differences.append(f"{params.image_size} px for {THESIS_SETUP['image_size']}")
    if params.architecture != THESIS_SETUP["architecture"]:
        differences.append(f"ResNet-{params.architecture.removeprefix('resnet')} for ResNet-50")
    if n_test is not None and round(n_test) != THESIS_SETUP["n_test"]:
        differences.append(f"{n_test:,.0f} test photographs for {THESIS_SETUP['n_test']}")
    return differences


def scale_note(params: Params, n_test: float | None = None, *, with_results: bool = True) -> str:
    """Describe a scale in a caption, and which of its numbers may be compared with the thesis's.

    Args:
        params: Parameters of the scale.
        n_test: Real test photographs of the runs shown; None if there are none.
        with_results: Whether the caption belongs to results, whose levels depend on the scale.
    """
    if params.stand_in:
        return (
            f"**STAND-IN data**: scale {params.scale} has rendered scenes in place of photographs, "
            "which only test that the code works. Nothing here is a result: no verdict is drawn, "
            "and published numbers are not shown."
        )
    differences = differences_from_thesis(params, n_test)
    if not differences:
        return f"Scale {params.scale}: classes, input and network of the thesis."
    text = f"Scale {params.scale}: {', '.join(differences)}"
    if not with_results:
        return f"{text}."
    return (
        f"{text}; chance is {100 / len(params.classes):.1f}% (thesis 5.9%). Levels, and so the "
        "differences to published values, are not comparable: compare the order of the rows and "
        "the signs of their differences."
    )


def borrowed_backgrounds(folders: Iterable[Path]) -> dict[str, int]:
    """Find the classes that were pasted into backgrounds of other classes.

    Args:
        folders: Folders of runs. Their predictions name the backgrounds; those of archived runs no
            longer do.

    Returns:
        By class, the number of scene categories used that Table 3 does not list for it.
    """
    borrowed: dict[str, set[str]] = {}
    for folder in folders:
        for cls, background in _class_backgrounds(folder).itertuples(index=False):
            category = background_category(background)
            if cls in CLASSES and category not in map(normalise_category, CLASSES[cls].scenes):
                borrowed.setdefault(cls, set()).add(category)
    return {cls: len(categories) for cls, categories in sorted(borrowed.items())}


def _class_backgrounds(folder: Path) -> pd.DataFrame:
    """The classes and backgrounds of a run's test composites: true, background."""
    part = read_predictions(folder, COMPOSITE_TEST_SET)[["true", "background"]]
    return part[part["background"] != ""].dropna().drop_duplicates()


def background_category(background: str) -> str:
    """The scene category of a background's file name (relative to the data root), normalised."""
    folders = Path(background).parts[:-1]
    if folders and folders[0] == "places":
        folders = folders[1:]
    return normalise_category("/".join(folders))


def borrowed_backgrounds_note(params: Params) -> str:
    """Name the classes that were tested on backgrounds of other classes, in a sentence.

    Empty if there are none, or if nothing was tested on composites.
    """
    runs = load_runs(params.output_dir, params.scale)
    if params.missing_scenes != "any" or params.scenes != "class" or params.stand_in or runs.empty:
        return ""
    if names := list(borrowed_backgrounds(runs["folder"])):
        return f"Backgrounds of other classes are used for {', '.join(names)}."
    tested = [f for f in runs["folder"] if len(read_predictions(f, COMPOSITE_TEST_SET))]
    if tested and all(_class_backgrounds(folder).empty for folder in tested):
        return (
            "Backgrounds of other classes are used where a class has none of its own. Which "
            "classes is not known, because restored runs no longer name their backgrounds."
        )
    return ""


def missing_runs_note(experiments: pd.Series, measured: pd.Series) -> str:
    """Name the rows without a run, in a sentence; empty if all rows that can have one do.

    Args:
        experiments: The experiment of each row; "" where the row is published only.
        measured: bool, of the same length: the row has a measured value.
    """
    can_run = experiments != ""
    missing = experiments[can_run & ~measured].drop_duplicates()
    if missing.empty:
        return ""
    if not measured[can_run].any():
        return f"All rows: {NOT_RUN}."
    partly = set(experiments[can_run & measured])  # a run without one of its rows' test sets
    names = [f"{name} (some rows)" if name in partly else name for name in missing]
    return f"{NOT_RUN.capitalize()}: {', '.join(names)}."
