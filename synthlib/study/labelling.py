"""Labels of fetched photographs (`data.labels`), from the predictions of a finished run."""

import logging

import pandas as pd

from synthlib.classes import select_classes
from synthlib.data import prepare, study_tables
from synthlib.data.labels import LABEL_COLUMNS, candidates, labels_path
from synthlib.evaluation.predictions import predicted_classes, read_predictions
from synthlib.evaluation.run_metrics import finished_runs
from synthlib.params import Params
from synthlib.runs import RunError, batch_command, read_params, read_status
from synthlib.utils.files import write_atomic

logger = logging.getLogger(__name__)

TEST_SET = "real_rest"
"""The test set from whose predictions photographs are labelled: all that the labelling run leaves
out."""

SAME_PARAMETERS = ("real_fraction", "real_split", "folds", "classes", "dev_per_class", "data_seed")
"""Parameters in which both runs must agree, so that they leave out the same photographs."""


def write_labels(params: Params) -> None:
    """Write the labels of the photographs that a run fetches; nothing for other runs.

    Raises:
        RunError: If the run that labels them has not finished, or left out other photographs.
        DataError: If a class has too few photographs that the run leaves out.
    """
    if not params.labelled_by:
        return
    name, protocol = params.labelled_by, params.protocol
    runs = finished_runs(params.output_dir, params.scale, name, protocol, TEST_SET)
    runs = runs[runs["seed"] == params.seed] if len(runs) else runs
    if runs.empty:
        raise RunError(
            f"{params.experiment} needs labels from {name}: no finished run of it with seed "
            f"{params.seed}, tested on {TEST_SET}, under {params.output_dir}; make one: "
            f"{batch_command(params.scale, name, protocol, params.seed)}"
        )
    folder = runs["folder"].iloc[0]
    root = prepare.photograph_root(params, quiet=True)
    photographs = study_tables.study_photographs(params, root, select_classes(params.classes)).table
    labelling, digest = read_params(folder), study_tables.table_digest(photographs, "sample")
    same_photographs = read_status(folder).get("data", {}).get("photographs") == digest
    differing = [k for k in SAME_PARAMETERS if getattr(labelling, k) != getattr(params, k)]
    if differing or not same_photographs:
        raise RunError(
            f"{folder} can't label the photographs of {params.experiment}: it was made with other "
            f"{differing[0] if differing else 'photographs'}. Repeat it, or name another "
            "experiment in labelled_by"
        )
    table = read_predictions(folder, TEST_SET)
    labels = pd.Series(predicted_classes(table), table["sample"].to_numpy())
    rows = candidates(params, photographs)
    rows = rows.assign(label=labels.reindex(rows["sample"]).to_numpy())
    write_atomic(labels_path(params), rows[LABEL_COLUMNS].to_csv(index=False))
    logger.info(f"{len(rows):,} photographs labelled by {folder.name} of {name}")
