"""The classes that `synth_hybrid` trains without background (thesis, end of 6.3)."""

import logging
from pathlib import Path

from synthlib.evaluation.run_metrics import (
    class_accuracy_summary,
    finished_runs,
    raise_on_mixed_studies,
)
from synthlib.params import Params
from synthlib.runs import RunError

logger = logging.getLogger(__name__)

TEST_SET = "real_rest"
"""The test set by which classes are chosen."""


def resolve_hybrid_classes(params: Params) -> Params:
    """Fill in the classes that a hybrid run trains without background.

    Returns:
        The parameters with `hybrid_nobg` set; unchanged if the run is not a hybrid, or has it set.

    Raises:
        RunError: If the runs to choose by have not finished.
    """
    if params.synthetic_domain != "hybrid" or params.hybrid_nobg is not None:
        return params
    classes = choose_hybrid_classes(params.output_dir, params.scale, params.seed)
    logger.info(f"without background: {', '.join(classes) or 'no class'}")
    return params.model_copy(update={"hybrid_nobg": classes})


def choose_hybrid_classes(outputs: Path, scale: str, seed: int) -> list[str]:
    """Choose the classes on which `synth_nobg` has a higher top-1 than `synth_bg`.

    Ties go to the background. Both runs are of the protocol `thesis`, and compared on the real
    *training* photographs, which neither run used; never on `real`, on which results are reported.

    Args:
        outputs: Folder with the runs (`Params.output_dir`).
        scale: Scale of the study.
        seed: Seed of both runs.

    Returns:
        Class names, in the order of the classes.

    Raises:
        RunError: If one of the two runs is missing (the message gives the command that makes it),
            or they belong to different studies.
    """
    accuracy, folders = {}, []
    for name in ("synth_bg", "synth_nobg"):
        runs = finished_runs(outputs, scale, name, test_set=TEST_SET)
        runs = runs[runs["seed"] == seed] if len(runs) else runs
        if runs.empty:
            raise RunError(
                f"synth_hybrid chooses by {name}: no finished run of it with seed {seed}, tested "
                f"on {TEST_SET}, under {outputs}; make one: synthlib batch --scale {scale} "
                f"--only {name} --seeds {seed}"
            )
        raise_on_mixed_studies(folders := [*folders, *runs["folder"]])
        accuracy[name] = class_accuracy_summary(runs, TEST_SET)["measured"]
    better = accuracy["synth_nobg"] > accuracy["synth_bg"]
    return [str(name) for name in better.index[better]]
