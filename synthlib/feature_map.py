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

from synthlib import datasets, neighbours, opened, runs, training
from synthlib.figures import PAGE, absent, feature_legend, feature_points, stamp, titled, words
from synthlib.params import Params
from synthlib.pictures import Pictures
from synthlib.seeding import rng_for
from synthlib.statistics import accuracy_interval
from synthlib.tables import NOT_RUN, runs_of
from synthlib.utils.errors import SynthlibError

EXPERIMENTS = ("baseline", "synth_bg", "mixed_synth100")
DOMAINS = ("real", "synthetic_bg")
EACH = 50
"""Images of a class and domain at most."""

COMPONENTS, FOLDS, PERPLEXITY = 50, 5, 30
BATCH = 128
COLUMNS = ["experiment", "protocol", "seed", "told_apart", "low", "high", "n", "note"]


@dataclass(frozen=True)
class Images:
    """What all models see: uint8 `pixels` (N, H, W, 3), and a `table` of class, domain and group
    (the instance of a render, the name of a photograph)."""

    pixels: np.ndarray
    table: pd.DataFrame


def maps(
    p: Params, experiments: Sequence[str] = EXPERIMENTS, protocol: str = "thesis"
) -> tuple[Figure, pd.DataFrame]:
    """The map of each experiment's first seed, and what was measured of them.

    Columns: experiment, protocol, seed, told_apart (percent of images whose domain a linear
    classifier names), low, high (95%, `told_apart`), n, note (why there is no number, else "").
    """
    found = {name: runs_of(p.output_dir, p.scale, name, protocol) for name in experiments}
    images, reason = _images(p, [t["folder"].iloc[0] for t in found.values() if len(t)])
    figure, axes = plt.subplots(2, 2, figsize=(PAGE, 6.2), layout="constrained")
    rows = []
    for ax, name in zip(axes.flat, experiments, strict=False):
        about = {"experiment": name, "protocol": protocol}
        measured, points = _measured(found[name], images, reason)
        rows.append(about | measured)
        if points is None:
            text = fill(measured["note"], 44, max_lines=6)
            absent(ax, f"{words(name)}:\n{text}").texts[-1].set(fontsize=7)
        else:
            title = f"{words(name)}, seed {measured['seed']}: {measured['note'] or _told(measured)}"
            feature_points(ax, points, p.classes, title=title)
    feature_legend(axes.flat[-1], p.classes)
    title = "What the last layer sees of photographs and composites (t-SNE)\n"
    title += f"protocol {protocol}; percent: a classifier names the domain (chance: 50)"
    figure.suptitle(titled(title, p.stand_in), fontsize=9)
    return stamp(figure, p.stand_in), pd.DataFrame(rows).reindex(columns=COLUMNS)


def _told(measured: dict) -> str:
    low, high = measured["low"], measured["high"]
    return f"{measured['told_apart']:.0f}% [{low:.0f}, {high:.0f}] of {measured['n']}"


def _measured(
    found: pd.DataFrame, images: Images | None, reason: str
) -> tuple[dict, pd.DataFrame | None]:
    """What is measured of an experiment's first seed, and its points; None where there are none."""
    if found.empty:
        return {"note": NOT_RUN}, None
    row = {"seed": int(found["seed"].iloc[0]), "note": reason}
    if images is None:
        return row, None
    try:
        model = training.load(runs.at(found["folder"].iloc[0])).eval()
    except SynthlibError as error:
        return row | {"note": f"no weights: {error}"}, None
    starts = range(0, len(images.pixels), BATCH)
    blocks = [neighbours.features_of(model, images.pixels[i : i + BATCH]) for i in starts]
    features = np.concatenate(blocks)
    points = placed(features, images.table)
    if images.table.groupby("domain")["group"].nunique().min() < FOLDS:
        return row | {"note": f"fewer than {FOLDS} objects or photographs: no number"}, points
    return row | told_apart(features, images.table), points


def picked(pictures: Pictures, tables: dict[str, pd.DataFrame], seed: int) -> Images:
    """Equally many images of each class in both domains, drawn by the data seed: at most `EACH`.

    tables: of each domain's test set, with columns sample and true.
    """
    counts = [table["true"].value_counts() for table in tables.values()]
    each = min(EACH, *(int(count.min()) for count in counts))
    pixels, parts = [], []
    for domain, table in tables.items():
        for name, part in table.groupby("true", sort=True):
            order = rng_for(seed, "feature map", domain, str(name)).permutation(len(part))[:each]
            samples = part["sample"].iloc[np.sort(order)].tolist()
            pixels.append(pictures.images(domain, samples))
            group = [s.rsplit("/", 1)[0] if domain != "real" else s for s in samples]
            parts.append(pd.DataFrame({"class": str(name), "domain": domain, "group": group}))
    return Images(np.concatenate(pixels), pd.concat(parts, ignore_index=True))


def told_apart(features: np.ndarray, table: pd.DataFrame) -> dict[str, float]:
    """How often a linear classifier names the domain of images that it has not seen, in percent:
    told_apart, low, high (95%; photographs and instances are resampled, not views), n."""
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    target = (table["domain"] == "real").to_numpy()
    guess = cross_val_predict(model, features, target, groups=table["group"], cv=folds)
    right = np.asarray(guess == target)
    low, high = accuracy_interval(right, objects=table["group"].to_numpy())
    return {"told_apart": 100 * float(right.mean()), "low": low, "high": high, "n": len(target)}


def placed(features: np.ndarray, table: pd.DataFrame) -> pd.DataFrame:
    """The table with places x and y on the map; the same for the same features."""
    components = min(COMPONENTS, len(features) - 1, features.shape[1])
    reduced = PCA(components, random_state=0).fit_transform(features)
    perplexity = min(PERPLEXITY, (len(features) - 1) / 3)
    found = TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(reduced)
    return table.assign(x=found[:, 0], y=found[:, 1])


def said(measured: pd.DataFrame, p: Params) -> str:
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
    stand_ins = ["*Stand-in photographs: no verdict is drawn from them.*", ""] if p.stand_in else []
    return "\n".join([*stand_ins, *lines])


def _images(p: Params, folders: list) -> tuple[Images | None, str]:
    """The images that all models see, or None and why there are none."""
    if not folders:
        return None, NOT_RUN
    here = {"outputs": p.outputs, "data_root": p.data_root, "test_sets": list(DOMAINS)}
    params = runs.at(folders[0]).params.model_copy(update=here)
    try:
        sets = datasets.test_sets(params, opened.data_of(params))
    except SynthlibError as error:  # runs are here, their data is not
        return None, f"not drawn on this machine: {error}"
    tables = {name: found.table for name, found in sets.items()}
    return picked(Pictures(lambda: sets), tables, p.data_seed), ""
