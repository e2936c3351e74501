"""Maps of the features of photographs and composites, and the separability of the two domains.

All models see the same images: equally many test photographs and test composites of each class. A
map is t-SNE of 50 principal components: neighbours on it are neighbours in the features, but its
axes, distances and cluster sizes have no meaning. The number next to it is the cross-validated
accuracy of a linear classifier that predicts the domain of unseen images (50% by chance; all views
of one instance are on one side of each split).

`sample_positions` and `sample_map_figure` are the map of one run's test samples, which the explorer
shows as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from synthlib import runs, training
from synthlib.evaluation.run_metrics import finished_runs
from synthlib.evaluation.statistics import accuracy_interval
from synthlib.inspection import run_inspector
from synthlib.inspection.features import BATCH_SIZE, batch_features, extract_features, to_batch
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.test_images import ImageCache
from synthlib.params import Params
from synthlib.reporting.figures.feature_maps import feature_legend, feature_points
from synthlib.reporting.figures.style import (
    COLORS,
    PAGE_WIDTH,
    add_title,
    draw_placeholder,
    readable_name,
)
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.seeding import rng_for
from synthlib.utils.errors import SynthlibError

MAPPED_EXPERIMENTS = ("baseline", "synth_bg", "mixed_synth100")
MAPPED_DOMAINS = ("real", "synthetic_bg")
MAX_PER_CLASS = 50
"""Maximum number of images per class and domain."""

MAX_MAPPED_SAMPLES = 2000
"""Maximum number of test samples on the map of one run, drawn by the data seed."""

MIN_MAPPED_SAMPLES = 5

PCA_COMPONENTS = 50
TSNE_PERPLEXITY = 30
CROSS_VALIDATION_FOLDS = 5
COLUMNS = ["experiment", "protocol", "seed", "told_apart", "low", "high", "n", "note"]


@dataclass(frozen=True)
class SharedImages:
    """The images that all models see.

    Attributes:
        pixels: uint8 (N, H, W, 3).
        table: One row per image, with the columns class, domain and group (the instance of a
            render, the name of a photograph).
    """

    pixels: np.ndarray
    table: pd.DataFrame


def feature_map_figure(
    params: Params, experiments: Sequence[str] = MAPPED_EXPERIMENTS, protocol: str = "thesis"
) -> tuple[Figure, pd.DataFrame]:
    """Map the features of each experiment's first seed.

    Args:
        params: The study.
        experiments: Up to three names.
        protocol: Training protocol of the runs.

    Returns:
        The figure, and one row per experiment with the columns experiment, protocol, seed,
        told_apart (percent of images whose domain a linear classifier predicts correctly), low and
        high (its 95% interval), n (images) and note (the reason why a number is missing, or empty).
    """
    runs_by_name = {
        name: finished_runs(params.output_dir, params.scale, name, protocol) for name in experiments
    }
    folders = [table["folder"].iloc[0] for table in runs_by_name.values() if len(table)]
    images, reason = _load_shared_images(params, folders)
    figure, axes = plt.subplots(2, 2, figsize=(PAGE_WIDTH, 6.2), layout="constrained")
    rows = []
    for ax, (name, table) in zip(axes.flat, runs_by_name.items(), strict=False):
        row, positions = _measure_experiment(table, images, reason)
        rows.append({"experiment": name, "protocol": protocol} | row)
        _draw_map(ax, name, row, positions, params.classes)
    feature_legend(axes.flat[-1], params.classes)
    title = "The last layer's features of photographs and composites (t-SNE)\n"
    title += f"protocol {protocol}; percent: a classifier predicts the domain (chance: 50)"
    return add_title(figure, title, params), pd.DataFrame(rows).reindex(columns=COLUMNS)


def sample_balanced_images(
    image_cache: ImageCache, tables: dict[str, pd.DataFrame], seed: int
) -> SharedImages:
    """Draw equally many images of each class in all domains, at most `MAX_PER_CLASS`.

    Args:
        image_cache: Images of the domains' test sets.
        tables: Per domain, the table of its test set, with the columns sample and true.
        seed: The data seed.
    """
    counts = [table["true"].value_counts() for table in tables.values()]
    n = min(MAX_PER_CLASS, *(int(count.min()) for count in counts))
    pixels, parts = [], []
    for domain, table in tables.items():
        for name, part in table.groupby("true", sort=True):
            order = rng_for(seed, "feature map", domain, str(name)).permutation(len(part))[:n]
            samples = part["sample"].iloc[np.sort(order)].tolist()
            pixels.append(image_cache.images(domain, samples))
            group = [s.rsplit("/", 1)[0] if domain != "real" else s for s in samples]
            parts.append(pd.DataFrame({"class": str(name), "domain": domain, "group": group}))
    return SharedImages(np.concatenate(pixels), pd.concat(parts, ignore_index=True))


def domain_separability(features: np.ndarray, table: pd.DataFrame) -> dict[str, float]:
    """Cross-validated accuracy of a linear classifier that predicts the domain.

    Args:
        features: float (N, D).
        table: `SharedImages.table` of the same images.

    Returns:
        told_apart (percent correct), low, high (95% interval over photographs and instances, not
        over views) and n (images).
    """
    folds = StratifiedGroupKFold(CROSS_VALIDATION_FOLDS, shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    is_real = (table["domain"] == "real").to_numpy()
    predicted = cross_val_predict(model, features, is_real, groups=table["group"], cv=folds)
    correct = np.asarray(predicted == is_real)
    low, high = accuracy_interval(correct, instance_ids=table["group"].to_numpy())
    return {"told_apart": 100 * float(correct.mean()), "low": low, "high": high, "n": len(correct)}


def tsne_positions(features: np.ndarray, table: pd.DataFrame) -> pd.DataFrame:
    """The table with the positions x and y on the map; deterministic."""
    components = min(PCA_COMPONENTS, len(features) - 1, features.shape[1])
    reduced = PCA(components, random_state=0).fit_transform(features)
    perplexity = min(TSNE_PERPLEXITY, (len(features) - 1) / 3)
    x, y = TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(reduced).T
    return table.assign(x=x, y=y)


def sample_positions(run: RunInspector, test_set: str) -> pd.DataFrame:
    """Place the samples of a test set on a map of a run's features; deterministic.

    Args:
        run: A finished run with weights.
        test_set: Name of one of its test sets.

    Returns:
        The rows of `run.table`, at most `MAX_MAPPED_SAMPLES`, with the positions x and y.

    Raises:
        SynthlibError: The test set has fewer than `MIN_MAPPED_SAMPLES` samples.
    """
    table = run.table[run.table["test_set"] == test_set]
    order = rng_for(run.params.data_seed, "sample map", test_set).permutation(len(table))
    table = table.iloc[np.sort(order[:MAX_MAPPED_SAMPLES])]
    if len(table) < MIN_MAPPED_SAMPLES:
        raise SynthlibError(f"a map needs at least {MIN_MAPPED_SAMPLES} samples, not {len(table)}")
    names = table["sample"].tolist()
    batches = (
        to_batch(run.test_images.images(test_set, names[start : start + BATCH_SIZE]))
        for start in range(0, len(names), BATCH_SIZE)
    )
    return tsne_positions(batch_features(run.model, batches), table)


def sample_map_figure(run: RunInspector, test_set: str) -> Figure:
    """Map the test samples of a run (`sample_positions`): correct and misclassified ones.

    Returns:
        The figure: correct samples on the left, misclassified ones on the right; or the reason why
        there is no map.
    """
    title = f"Features of {readable_name(test_set)} test samples, {run.name} (t-SNE)"
    try:
        points = sample_positions(run, test_set)
    except SynthlibError as error:
        figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 1.3), layout="constrained")
        draw_placeholder(ax, f"not drawn: {error}")
        return add_title(figure, title, run.params)
    figure, axes = plt.subplots(1, 2, figsize=(PAGE_WIDTH, 3.6), layout="constrained")
    for ax, is_right in zip(axes, (True, False), strict=True):
        others, shown = (points[points["right"] == value] for value in (not is_right, is_right))
        ax.scatter(others["x"], others["y"], s=5, color="0.85")
        color, marker = (COLORS["real"], "o") if is_right else (COLORS["synthetic_bg"], "^")
        ax.scatter(shown["x"], shown["y"], s=9, color=color, marker=marker, alpha=0.8)
        ax.set(xticks=[], yticks=[])
        ax.set_title(f"{'correct' if is_right else 'misclassified'}: {len(shown):,}", fontsize=8)
    return add_title(figure, title, run.params)


def separability_markdown(measured: pd.DataFrame) -> str:
    """The numbers of `feature_map_figure` as Markdown, one sentence per experiment."""
    lines = []
    for row in measured.to_dict("records"):
        start = f"- `{row['experiment']}`, protocol `{row['protocol']}`: "
        if row["note"]:
            lines.append(f"{start}{row['note']}.")
            continue
        lines.append(
            f"{start}a linear classifier distinguishes photographs from composites in "
            f"{row['told_apart']:.1f}% [{row['low']:.1f}, {row['high']:.1f}] of "
            f"{row['n']:.0f} images (50% is by chance; seed {row['seed']:.0f})."
        )
    return "\n".join(lines)


def _load_shared_images(params: Params, folders: list[Path]) -> tuple[SharedImages | None, str]:
    """The images that all models see, or None and the reason why there are none."""
    if not folders:
        return None, NOT_RUN
    try:
        sets = run_inspector.load_test_sets(folders[0], params, MAPPED_DOMAINS)
    except SynthlibError as error:  # the runs are on this machine, their data are not
        return None, f"not drawn on this machine: {error}"
    tables = {name: test_set.table for name, test_set in sets.items()}
    return sample_balanced_images(ImageCache(lambda: sets), tables, params.data_seed), ""


def _measure_experiment(
    table: pd.DataFrame, images: SharedImages | None, reason: str
) -> tuple[dict[str, Any], pd.DataFrame | None]:
    """The numbers of an experiment's first seed, and its positions or None.

    Args:
        table: The experiment's finished runs.
        images: The images that all models see, or None.
        reason: The reason why there are no images.
    """
    if table.empty:
        return {"note": NOT_RUN}, None
    row: dict[str, Any] = {"seed": int(table["seed"].iloc[0]), "note": reason}
    if images is None:
        return row, None
    try:
        model = training.load_model(runs.load_run(table["folder"].iloc[0]))
    except SynthlibError as error:
        return row | {"note": f"no weights: {error}"}, None
    features = extract_features(model, images.pixels)
    positions = tsne_positions(features, images.table)
    if images.table.groupby("domain")["group"].nunique().min() < CROSS_VALIDATION_FOLDS:
        note = f"fewer than {CROSS_VALIDATION_FOLDS} objects or photographs: no number"
        return row | {"note": note}, positions
    return row | domain_separability(features, images.table), positions


def _draw_map(
    ax: Axes,
    experiment: str,
    row: dict[str, Any],
    positions: pd.DataFrame | None,
    classes: Sequence[str],
) -> None:
    name = readable_name(experiment)
    if positions is None:
        text = fill(row["note"], 44, max_lines=6)
        draw_placeholder(ax, f"{name}:\n{text}").texts[-1].set(fontsize=7)
        return
    number = row["note"] or (
        f"{row['told_apart']:.0f}% [{row['low']:.0f}, {row['high']:.0f}] of {row['n']}"
    )
    feature_points(ax, positions, classes, title=f"{name}, seed {row['seed']}: {number}")
