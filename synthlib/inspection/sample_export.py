"""All test samples of a study in one Parquet file, for viewers of other projects.

The file has one row per test image: the image as tested, its provenance, the class that every
finished run predicts, and features of one run. Images are stored as Hugging Face's `datasets` does,
so that viewers show them.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from synthlib import evaluation, runs
from synthlib.data import prepare
from synthlib.inspection.features import extract_features
from synthlib.inspection.run_inspector import RunInspector, inspect_run
from synthlib.inspection.sample_table import build_sample_table
from synthlib.params import Params
from synthlib.rendering.manifest import render_names
from synthlib.runs import RunError
from synthlib.utils.files import write_atomic

KEYS = ["test_set", "sample"]

RENDER_COLUMNS = ("instance", "asset", "source", "licence", "azimuth", "elevation", "coverage")
"""Columns of the manifest that describe the render of a composite."""


IMAGE_TYPE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
FEATURES_TYPE = pa.list_(pa.float32())


def export_samples(params: Params, target: Path) -> pd.DataFrame:
    """Write the test samples of a scale's finished runs to a Parquet file.

    Args:
        params: Parameters with the scale and the outputs folder.
        target: The file to write.

    Returns:
        The rows, without images and features: `test_set`, `sample`, `path` (of a photograph's
        file; empty for composites), `true`, the columns of `build_sample_table` and
        `RENDER_COLUMNS`, and for every run `predicted_<protocol>_<experiment>_seed<n>`. The first
        columns and `features` are of one run, whose name is in the column `run`: a baseline if
        there is one. The file's column `image` is a struct of `bytes` (a PNG) and `path`, and
        `features` a list of float32 of unit length.

    Raises:
        RunError: If there is no finished run that has its weights.

    Examples:
        >>> export_samples(params, Path("samples.parquet"))
        >>> # embedding-atlas samples.parquet --vector features
    """
    finished = runs.load_runs(params.output_dir, params.scale, with_weights=True)
    if finished.empty:
        raise RunError(
            f"no finished run of scale {params.scale} under {params.output_dir} has its weights, "
            "from which features are computed: synthlib batch makes them (archived runs have none)"
        )
    is_baseline = finished["experiment"] == "baseline"
    chosen = finished[is_baseline] if is_baseline.any() else finished
    inspector = inspect_run(chosen["folder"].iloc[0], params)
    rows = _sample_rows(inspector)
    for _, run in runs.load_runs(params.output_dir, params.scale).iterrows():
        name = f"predicted_{run['protocol']}_{run['experiment']}_seed{run['seed']}"
        predictions = build_sample_table(evaluation.read_predictions(run["folder"]))
        predicted = predictions.astype({"test_set": str}).set_index(KEYS)["predicted"]
        rows[name] = predicted.astype(str).reindex(pd.MultiIndex.from_frame(rows[KEYS])).to_numpy()
    _write(target, rows, inspector)
    return rows


def _sample_rows(inspector: RunInspector) -> pd.DataFrame:
    """One row per test sample of a run, with its provenance."""
    rows = inspector.table.astype({"test_set": str, "true": str, "predicted": str})
    rows = rows.drop(columns="domain").assign(run=inspector.name)
    root = prepare.photograph_root(inspector.params, quiet=True)
    is_photograph = [not name.startswith("synthetic") for name in rows["test_set"]]
    paths = [str(root / sample) for sample in rows["sample"]]
    rows.insert(2, "path", np.where(is_photograph, paths, ""))
    renders = inspector.data.renders
    if renders is None:
        return rows
    described = renders[[name for name in RENDER_COLUMNS if name in renders]]
    described = described.set_axis(render_names(renders))
    return rows.join(described.reindex(rows["sample"]).set_axis(rows.index))


def _write(target: Path, rows: pd.DataFrame, inspector: RunInspector) -> None:
    """Write the rows with images and features."""
    parts = []
    for test_set, part in rows.groupby("test_set", sort=False):
        images = inspector.test_images.images(str(test_set), list(part["sample"]))
        pngs = [{"bytes": _png(image), "path": None} for image in images]
        features = extract_features(inspector.model, images)
        table = pa.Table.from_pandas(part, preserve_index=False)
        table = table.append_column("image", pa.array(pngs, IMAGE_TYPE))
        parts.append(table.append_column("features", pa.array(list(features), FEATURES_TYPE)))
    buffer = io.BytesIO()
    pq.write_table(pa.concat_tables(parts), buffer)
    write_atomic(target, buffer.getvalue())


def _png(image: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(image).save(content, "PNG")
    return content.getvalue()
