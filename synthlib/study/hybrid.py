"""Which classes `synth_hybrid` trains without background (end of 6.3)."""

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


def resolve_hybrid_classes(params: Params) -> Params:
    """A hybrid run's parameters with its classes chosen; others as they are.

    Raises RunError where the runs to choose by have not finished.
    """
    if params.synthetic_domain != "hybrid" or params.hybrid_nobg is not None:
        return params
    found = choose_hybrid_classes(params.output_dir, params.scale, params.seed)
    logger.info(f"without background: {', '.join(found) or 'no class'}")
    return params.model_copy(update={"hybrid_nobg": found})


def choose_hybrid_classes(
    outputs: Path, scale: str, seed: int, protocol: str = "thesis", test_set: str = "real_rest"
) -> list[str]:
    """The classes on which `synth_nobg` beats `synth_bg`, both of one seed, in their order; a tie
    goes to the background. Judged on the real *training* photographs, which neither run used.

    Raises RunError naming the run that is missing and the command that makes it, or if the two are
    of different studies; ValueError if asked to choose on the test set.
    """
    if test_set == "real":
        raise ValueError("test_set: 'real' is what results are reported on; choose on real_rest")
    accuracy, folders = {}, []
    for name in ("synth_bg", "synth_nobg"):
        runs = finished_runs(outputs, scale, name, protocol, test_set)
        runs = runs[runs["seed"] == seed] if len(runs) else runs
        if runs.empty:
            raise RunError(
                f"synth_hybrid chooses by {name}: no finished run of it with seed {seed}, tested "
                f"on {test_set}, under {outputs}; make one: synthlib batch --scale {scale} "
                f"--only {name} --seeds {seed}"
            )
        raise_on_mixed_studies(folders := [*folders, *runs["folder"]])
        accuracy[name] = class_accuracy_summary(runs, test_set)["measured"]
    better = accuracy["synth_nobg"] > accuracy["synth_bg"]
    return [str(name) for name in better.index[better]]
