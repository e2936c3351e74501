"""Where models put photographs and composites of each class, and how well the domains tell apart.

Features are what a model's last layer sees, unit vectors. All models see the same images: equally
many test photographs and test composites of each class. A map is t-SNE of 50 principal components:
neighbours on it are neighbours in the features; its axes, distances and the sizes of its clusters
mean nothing. What is measured stands beside it: how often a linear classifier, cross-validated,
names the domain of an image that it has not seen (50% is by chance; all views of one instance are
on one side of each split).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from synthlib import runs, training
from synthlib.data import datasets
from synthlib.evaluation.run_metrics import finished_runs
from synthlib.evaluation.statistics import accuracy_interval
from synthlib.inspection import nearest, run_inspector
from synthlib.inspection.test_images import ImageCache
from synthlib.params import Params
from synthlib.reporting.figures.feature_maps import feature_legend, feature_points
from synthlib.reporting.figures.style import (
    PAGE_WIDTH,
    draw_placeholder,
    mark_stand_in,
    readable_name,
    stand_in_title,
)
from synthlib.reporting.tables.captions import NOT_RUN
from synthlib.seeding import rng_for
from synthlib.utils.errors import SynthlibError

MAPPED_EXPERIMENTS = ("baseline", "synth_bg", "mixed_synth100")
MAPPED_DOMAINS = ("real", "synthetic_bg")
MAX_PER_CLASS = 50
"""Images of a class and domain at most."""

PCA_COMPONENTS, CROSS_VALIDATION_FOLDS, TSNE_PERPLEXITY = 50, 5, 30
BATCH = 128
COLUMNS = ["experiment", "protocol", "seed", "told_apart", "low", "high", "n", "note"]


@dataclass(frozen=True)
class SharedImages:
    """What all models see: uint8 `pixels` (N, H, W, 3), and a `table` of class, domain and group
    (the instance of a render, the name of a photograph)."""

    pixels: np.ndarray
    table: pd.DataFrame


def feature_map_figure(
    params: Params, experiments: Sequence[str] = MAPPED_EXPERIMENTS, protocol: str = "thesis"
) -> tuple[Figure, pd.DataFrame]:
    """The map of each experiment's first seed, and what was measured of them.

    Columns: experiment, protocol, seed, told_apart (percent of images whose domain a linear
    classifier names), low, high (95%, `told_apart`), n, note (why there is no number, else "").
    """
    found = {
        name: finished_runs(params.output_dir, params.scale, name, protocol) for name in experiments
    }
    images, reason = _load_shared_images(
        params, [t["folder"].iloc[0] for t in found.values() if len(t)]
    )
    figure, axes = plt.subplots(2, 2, figsize=(PAGE_WIDTH, 6.2), layout="constrained")
    rows = []
    for ax, name in zip(axes.flat, experiments, strict=False):
        about = {"experiment": name, "protocol": protocol}
        measured, points = _measure_experiment(found[name], images, reason)
        rows.append(about | measured)
        if points is None:
            text = fill(measured["note"], 44, max_lines=6)
            draw_placeholder(ax, f"{readable_name(name)}:\n{text}").texts[-1].set(fontsize=7)
        else:
            title = f"{readable_name(name)}, seed {measured['seed']}: {measured['note'] or _separability_text(measured)}"
            feature_points(ax, points, params.classes, title=title)
    feature_legend(axes.flat[-1], params.classes)
    title = "What the last layer sees of photographs and composites (t-SNE)\n"
    title += f"protocol {protocol}; percent: a classifier names the domain (chance: 50)"
    figure.suptitle(stand_in_title(title, params.stand_in), fontsize=9)
    return mark_stand_in(figure, params.stand_in), pd.DataFrame(rows).reindex(columns=COLUMNS)


def _separability_text(measured: dict) -> str:
    low, high = measured["low"], measured["high"]
    return f"{measured['told_apart']:.0f}% [{low:.0f}, {high:.0f}] of {measured['n']}"


def _measure_experiment(
    found: pd.DataFrame, images: SharedImages | None, reason: str
) -> tuple[dict, pd.DataFrame | None]:
    """What is measured of an experiment's first seed, and its points; None where there are none."""
    if found.empty:
        return {"note": NOT_RUN}, None
    row = {"seed": int(found["seed"].iloc[0]), "note": reason}
    if images is None:
        return row, None
    try:
        model = training.load_model(runs.load_run(found["folder"].iloc[0])).eval()
    except SynthlibError as error:
        return row | {"note": f"no weights: {error}"}, None
    starts = range(0, len(images.pixels), BATCH)
    blocks = [nearest.extract_features(model, images.pixels[i : i + BATCH]) for i in starts]
    features = np.concatenate(blocks)
    points = tsne_positions(features, images.table)
    if images.table.groupby("domain")["group"].nunique().min() < CROSS_VALIDATION_FOLDS:
        return row | {
            "note": f"fewer than {CROSS_VALIDATION_FOLDS} objects or photographs: no number"
        }, points
    return row | domain_separability(features, images.table), points


def sample_balanced_images(
    image_cache: ImageCache, tables: dict[str, pd.DataFrame], seed: int
) -> SharedImages:
    """Equally many images of each class in both domains, drawn by the data seed: at most `EACH`.

    tables: of each domain's test set, with columns sample and true.
    """
    counts = [table["true"].value_counts() for table in tables.values()]
    each = min(MAX_PER_CLASS, *(int(count.min()) for count in counts))
    pixels, parts = [], []
    for domain, table in tables.items():
        for name, part in table.groupby("true", sort=True):
            order = rng_for(seed, "feature map", domain, str(name)).permutation(len(part))[:each]
            samples = part["sample"].iloc[np.sort(order)].tolist()
            pixels.append(image_cache.images(domain, samples))
            group = [s.rsplit("/", 1)[0] if domain != "real" else s for s in samples]
            parts.append(pd.DataFrame({"class": str(name), "domain": domain, "group": group}))
    return SharedImages(np.concatenate(pixels), pd.concat(parts, ignore_index=True))


def domain_separability(features: np.ndarray, table: pd.DataFrame) -> dict[str, float]:
    """How often a linear classifier names the domain of images that it has not seen, in percent:
    told_apart, low, high (95%; photographs and instances are resampled, not views), n."""
    folds = StratifiedGroupKFold(CROSS_VALIDATION_FOLDS, shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    target = (table["domain"] == "real").to_numpy()
    guess = cross_val_predict(model, features, target, groups=table["group"], cv=folds)
    right = np.asarray(guess == target)
    low, high = accuracy_interval(right, instance_ids=table["group"].to_numpy())
    return {"told_apart": 100 * float(right.mean()), "low": low, "high": high, "n": len(target)}


def tsne_positions(features: np.ndarray, table: pd.DataFrame) -> pd.DataFrame:
    """The table with places x and y on the map; the same for the same features."""
    components = min(PCA_COMPONENTS, len(features) - 1, features.shape[1])
    reduced = PCA(components, random_state=0).fit_transform(features)
    perplexity = min(TSNE_PERPLEXITY, (len(features) - 1) / 3)
    found = TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(reduced)
    return table.assign(x=found[:, 0], y=found[:, 1])


def separability_markdown(measured: pd.DataFrame, params: Params) -> str:
    """What was measured, in a sentence a model: Markdown."""
    lines = []
    for row in measured.to_dict("records"):
        start = f"- `{row['experiment']}`, protocol `{row['protocol']}`: "
        if row["note"]:
            lines.append(f"{start}{row['note']}.")
            continue
        lines.append(
            f"{start}a linear classifier tells a photograph from a composite in "
            f"{row['told_apart']:.1f}% [{row['low']:.1f}, {row['high']:.1f}] of "
            f"{row['n']:.0f} images (50% is by chance; seed {row['seed']:.0f})."
        )
    stand_ins = (
        ["*Stand-in photographs: no verdict is drawn from them.*", ""] if params.stand_in else []
    )
    return "\n".join([*stand_ins, *lines])


def _load_shared_images(study_params: Params, folders: list) -> tuple[SharedImages | None, str]:
    """The images that all models see, or None and why there are none."""
    if not folders:
        return None, NOT_RUN
    here = {
        "outputs": study_params.outputs,
        "data_root": study_params.data_root,
        "test_sets": list(MAPPED_DOMAINS),
    }
    params = runs.load_run(folders[0]).params.model_copy(update=here)
    try:
        sets = datasets.test_sets(params, run_inspector.load_run_data(params))
    except SynthlibError as error:  # runs are here, their data is not
        return None, f"not drawn on this machine: {error}"
    tables = {name: found.table for name, found in sets.items()}
    return sample_balanced_images(ImageCache(lambda: sets), tables, study_params.data_seed), ""
