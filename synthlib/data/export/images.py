"""The images of an export: composites or renders with masks, sources and licences.

Composites are those that a run trains on, before the crops and colour changes that follow pasting:
the same pixels as `SyntheticImages.composites`, rounded to bytes. Those of split `test` are the
run's synthetic test set. Renders are the files of the store.

`plan_composites` and `plan_renders` decide which images are written, from tables alone; pixels are
computed batch by batch while the plan's images are iterated over.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from synthlib.compositing.composite import boxes
from synthlib.compositing.extents import object_extents, placed_boxes
from synthlib.compositing.placement import Placement
from synthlib.data import datasets, prepare, study_tables
from synthlib.data.datasets import TestSet, TrainingSet
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.photographs.licences import PhotographLicences, is_allowed
from synthlib.rendering.manifest import FULL_BOX_COLUMNS, render_names
from synthlib.rendering.store import read_render_mask
from synthlib.utils.errors import ParameterError, file_errors

BATCH_SIZE = 64
"""Composites computed at once; it does not change their pixels."""

DRAW_BATCH_SIZE = 4096
"""Samples whose random numbers are drawn at once while the images are chosen."""

NO_EPOCH = -1
"""Epoch of a test image. It is a number, as Hugging Face needs the same types in every split."""

VIEW_COLUMNS = "azimuth elevation roll field_of_view distance".split()
"""Columns of the manifest that are written for each image, as far as it has them."""

CPU = torch.device("cpu")  # other devices round differently


@dataclass(frozen=True)
class Source:
    """Something that an image shows.

    Attributes:
        kind: Its kind.
        name: "<class>/<model folder>/<file>" of a model, the class of a generator, or the path of a
            photograph below the data root.
        source: Where it comes from; "" if that is not known.
        licence: Its licence.
    """

    kind: Literal["model", "generator", "photograph"]
    name: str
    source: str
    licence: str


@dataclass(frozen=True)
class ExportImage:
    """An image to write.

    Attributes:
        name: Name of its file, without the suffix; unique in its split.
        split: "train" or "test".
        cls: Its class.
        png: Content of its file.
        mask: Pixels of the object, bool (height, width).
        box: The object's bounding box: left, top, width and height in pixels; None if no pixel is
            more than half covered.
        sources: Everything that the image shows.
        facts: Values by column of `metadata.jsonl`.
    """

    name: str
    split: str
    cls: str
    png: bytes
    mask: np.ndarray
    box: tuple[int, int, int, int] | None
    sources: tuple[Source, ...]
    facts: dict[str, Any]


@dataclass(frozen=True)
class ExportPlan:
    """The images of an export.

    Attributes:
        classes: All classes; the position of a class is its label.
        counts: Number of images by (split, class).
        left_out: Number of images that are left out for a licence, by that licence.
        images: Returns an iterator over the images.
    """

    classes: tuple[str, ...]
    counts: Counter[tuple[str, str]]
    left_out: Counter[str]
    images: Callable[[], Iterator[ExportImage]]


def plan_renders(params: Params, allowed: tuple[str, ...] = ()) -> ExportPlan:
    """Plan the export of the renders of a run's store that curation keeps.

    Missing renders are rendered first. Neither photographs nor backgrounds are needed.

    Args:
        params: The run's parameters.
        allowed: Licences of the models, as for `licences.is_allowed`.
    """
    renders, store = prepare.render_and_curate(params)
    renders = study_tables.split_and_drop_excluded(params, renders)
    is_kept = _allowed(renders["licence"], allowed)
    left_out = Counter(renders.loc[~is_kept, "licence"])
    kept = renders[is_kept]

    def images() -> Iterator[ExportImage]:
        for row, name in zip(_rows(kept), render_names(kept), strict=True):
            path = store / row["file"]
            with file_errors(path, "read"):
                png = path.read_bytes()
            mask = torch.from_numpy(read_render_mask(path))
            facts = _render_facts(row, name)
            facts["occluded"] = float(row.get("occluded", 0.0))
            sources = (model_source(row),)
            split = str(row["split"])
            [corners] = boxes(mask[None])
            yield _export_image(name, split, png, mask, corners, sources, facts)

    counts = Counter(zip(kept["split"], kept["class"], strict=True))
    return ExportPlan(tuple(params.classes), counts, left_out, images)


def plan_composites(params: Params, epochs: int = 1, allowed: tuple[str, ...] = ()) -> ExportPlan:
    """Plan the export of a run's composites.

    Missing renders are rendered first.

    Args:
        params: The run's parameters.
        epochs: Number of passes over the training renders. Each shows them at other places, on
            other backgrounds.
        allowed: Licences of the models and photographs, as for `licences.is_allowed`. A composite
            of anything else is left out; the others stay as they are.

    Raises:
        ParameterError: If the run makes no composites that show objects.
    """
    if params.synthetic_fraction == 0 or params.synthetic_domain in ("bg_only", "fetched"):
        raise ParameterError(
            f"experiment {params.experiment} trains on no composites that show objects; name "
            "another, such as synth_bg"
        )
    data = prepare.prepare_data(params)
    train = datasets.training_set(params, data)
    assert train.synthetic is not None  # as the synthetic fraction is above 0
    domain = "synthetic_nobg" if train.synthetic.on_black.all() else "synthetic_bg"
    test_params = params.model_copy(update={"test_sets": [domain]})
    test = datasets.test_sets(test_params, data)[domain]
    passes = [_TrainingPass(train, epoch, params.render_size) for epoch in range(epochs)]
    study_sources = _Sources(params, data)
    counts: Counter[tuple[str, str]] = Counter()
    left_out: Counter[str] = Counter()
    kept_by_pass = []
    for part in (*passes, _TestPass(test, params.render_size)):
        kept, refused = study_sources.select(part, allowed)
        kept_by_pass.append((part, kept))
        left_out += refused
        classes = np.array(params.classes)[part.image_set.labels[kept]]
        counts += Counter((part.split, cls) for cls in classes.tolist())

    def images() -> Iterator[ExportImage]:
        for part, kept in kept_by_pass:
            yield from _composite_images(part, kept, study_sources)

    return ExportPlan(tuple(params.classes), counts, left_out, images)


class _TrainingPass:
    """The composites of one epoch of training."""

    split = "train"

    def __init__(self, train: TrainingSet, epoch: int, render_size: int) -> None:
        assert train.synthetic is not None
        self.render_size = render_size
        self._train, self._synthetic = train, train.synthetic
        self.epoch = epoch
        self.seed = train.batch_sampler.seed
        self.image_set = self._synthetic.renders
        self._is_on_black = self._synthetic.on_black[self.image_set.labels]
        self.backgrounds = self._draw_backgrounds()

    def groups(self, index: np.ndarray) -> list[np.ndarray]:
        """Parts of `index` whose composites can be computed together."""
        sides = self._synthetic.composite_sides(index, self._draws(index), self._train.size)
        kinds = np.stack([self._is_on_black[index], sides], axis=1)
        return [index[(kinds == kind).all(axis=1)] for kind in np.unique(kinds, axis=0)]

    def composites(self, index: np.ndarray) -> Tensor:
        """Composites of a group with their masks, float32 (n, 4, H, W)."""
        return self._synthetic.composites(
            index, self._draws(index), self._train.size, CPU, with_masks=True
        )

    def placements(self, index: np.ndarray) -> list[str]:
        """JSON of the placement of each of a group, "" on black."""
        if self._is_on_black[index].any():
            return [""] * len(index)
        return self._synthetic.placements(index, self._draws(index)).to_json_rows()

    def _draws(self, index: np.ndarray) -> np.ndarray:
        return self._train.uniform_draws("synthetic", index, np.full(len(index), self.epoch))

    def _draw_backgrounds(self) -> np.ndarray:
        """Name of the background of each composite, "" on black, object (N,)."""
        names = np.full(len(self.image_set), "", object)
        pasted = np.flatnonzero(~self._is_on_black)
        for start in range(0, len(pasted), DRAW_BATCH_SIZE):
            index = pasted[start : start + DRAW_BATCH_SIZE]
            rows = self._synthetic.background_rows(index, self._draws(index))
            assert self._synthetic.backgrounds is not None  # as not all classes are on black
            names[index] = self._synthetic.backgrounds.names[rows]
        return names


class _TestPass:
    """The composites of a synthetic test set; attributes and methods as of `_TrainingPass`."""

    split = "test"
    epoch = NO_EPOCH

    def __init__(self, test: TestSet, render_size: int) -> None:
        self._test = test
        self.render_size = render_size
        self.image_set = test.image_set
        self.seed = int(test.table["sample_seed"].iloc[0])
        self.backgrounds = test.table["background"].to_numpy(object)

    def groups(self, index: np.ndarray) -> list[np.ndarray]:
        return [index]

    def composites(self, index: np.ndarray) -> Tensor:
        return self._test.images(index, CPU, with_masks=True)

    def placements(self, index: np.ndarray) -> list[str]:
        return self._test.table["placement"].iloc[index].tolist()


class _Sources:
    """Renders of a study, by their rows in its packs, and backgrounds, by their names."""

    def __init__(self, params: Params, data: StudyData) -> None:
        assert data.renders is not None
        self._renders = {str(name): data.renders[name].to_numpy() for name in data.renders}
        root = prepare.photograph_root(params, quiet=True)
        self._licences = {"test": PhotographLicences(root), "train": PhotographLicences(root)}
        if params.backgrounds == "folder":  # whose photographs are named from the folder above it
            folder = study_tables.background_folder(params, root)
            self._licences["train"] = PhotographLicences(folder.parent)
        self._backgrounds: dict[tuple[str, str], Source] = {}

    def render(self, row: int) -> dict[str, Any]:
        """A row of the manifest."""
        return {name: values[row] for name, values in self._renders.items()}

    def background(self, name: str, split: str) -> Source | None:
        """A background of a split; None for the name "", of a composite on black."""
        key = (split, name)
        if name and key not in self._backgrounds:
            licence = self._licences[split].of(name)
            self._backgrounds[key] = Source("photograph", name, licence.source, licence.licence)
        return self._backgrounds.get(key)

    def select(
        self, part: "_TrainingPass | _TestPass", allowed: tuple[str, ...]
    ) -> tuple[np.ndarray, Counter[str]]:
        """Positions of the composites under allowed licences, int64 (n,), and the number of others
        by the licence that is not allowed."""
        backgrounds = [self.background(name, part.split) for name in part.backgrounds]
        photographs = pd.Series([b.licence if b else "" for b in backgrounds], dtype=object)
        models = pd.Series(self._renders["licence"][part.image_set.pack_rows], dtype=object)
        model_allowed = _allowed(models, allowed)
        is_kept = model_allowed & (_allowed(photographs, allowed) | (photographs == ""))
        refused = models.where(~model_allowed, photographs)[~is_kept]
        return np.flatnonzero(is_kept), Counter(refused)


def _allowed(licences: pd.Series, allowed: tuple[str, ...]) -> pd.Series:
    """True for each licence that is among the allowed ones."""
    answers = {licence: is_allowed(licence, allowed) for licence in licences.unique()}
    return licences.map(answers).astype(bool)


def _composite_images(
    part: _TrainingPass | _TestPass, kept: np.ndarray, study_sources: _Sources
) -> Iterator[ExportImage]:
    for group in part.groups(kept):
        for start in range(0, len(group), BATCH_SIZE):
            index = group[start : start + BATCH_SIZE]
            composites = part.composites(index)
            # rounded as before a crop
            pixels = (composites[:, :3] * 255).round().byte().permute(0, 2, 3, 1).numpy()
            placements, object_boxes = part.placements(index), boxes(composites[:, 3])
            rows = [study_sources.render(part.image_set.pack_rows[i]) for i in index.tolist()]
            full_boxes, occluded = _whole_objects(part, index, rows, composites[:, 3], placements)
            for k, i in enumerate(index.tolist()):
                row = rows[k]
                background = study_sources.background(part.backgrounds[i], part.split)
                sources = (model_source(row), *([background] if background else []))
                name = part.image_set.names[i]
                facts = _render_facts(row, name)
                facts |= _composite_facts(part, background, placements[k])
                facts |= {"full_box": full_boxes[k], "occluded": occluded[k]}
                png = _png(pixels[k])
                mask = composites[k, 3]
                yield _export_image(name, part.split, png, mask, object_boxes[k], sources, facts)


def _whole_objects(
    part: _TrainingPass | _TestPass,
    index: np.ndarray,
    rows: list[dict[str, Any]],
    masks: Tensor,
    placements: list[str],
) -> tuple[list[list[float]], list[float]]:
    """Boxes of whole objects, with what their composites do not show, and the share not shown.

    Args:
        part: The images of a split.
        index: Positions of the composites of a batch, int (n,).
        rows: Their rows of the manifest.
        masks: The visible share of each pixel, float (n, H, W).
        placements: JSON of the placements, "" on black.

    Returns:
        Left, top, width and height in pixels of each, also beyond the image, and shares in [0, 1].
    """
    n, side = len(index), masks.shape[-1]
    if placements[0]:
        placement = Placement.from_json_rows(placements)
    else:  # the whole render, as large as the image
        placement = Placement(
            *(torch.full((n,), v) for v in (0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.5, 0.5))
        )
    extents = object_extents(part.image_set.cutouts(index, CPU), placement, side)
    hidden = torch.tensor([row.get("occluded", 0.0) for row in rows])
    occluded = 1 - (1 - extents.hidden_shares(masks)) * (1 - hidden)
    corners = extents.boxes
    if FULL_BOX_COLUMNS[0] in rows[0]:  # what other things hide in the render belongs to it too
        full = np.array([[row[name] for name in FULL_BOX_COLUMNS] for row in rows], float)
        in_render = placed_boxes(full / part.render_size, placement, side)
        in_render[hidden == 0] = corners[hidden == 0]
        corners = torch.cat(
            [torch.minimum(corners, in_render)[:, :2], torch.maximum(corners, in_render)[:, 2:]], 1
        )
    corners[:, 2:] -= corners[:, :2]
    full_boxes = [[round(value, 2) for value in box] for box in corners.tolist()]
    return full_boxes, [round(share, 4) for share in occluded.tolist()]


def _export_image(
    sample: str,
    split: str,
    png: bytes,
    mask: Tensor,
    corners: Tensor,
    sources: tuple[Source, ...],
    facts: dict[str, Any],
) -> ExportImage:
    """An image; `mask` is the share of each pixel that the object covers, float (H, W), and
    `corners` are its x0, y0, x1, y1 (see `boxes`)."""
    x0, y0, x1, y1 = corners.int().tolist()
    epoch = facts.get("epoch", NO_EPOCH)
    name = sample.replace("/", "-") + ("" if epoch == NO_EPOCH else f"-e{epoch:03d}")
    box = (x0, y0, x1 - x0, y1 - y0) if x1 > x0 else None
    cls = sample.partition("/")[0]
    return ExportImage(name, split, cls, png, (mask > 0.5).numpy(), box, sources, facts)


def _render_facts(row: dict[str, Any], sample: str) -> dict[str, Any]:
    model = model_source(row)
    facts = {
        "sample": sample,
        "instance": f"{row['class']}/{row['instance']}",
        "view": int(row["view"]),
        "asset": model.name,
        "asset_source": model.source,
        "asset_licence": model.licence,
    }
    return facts | {name: float(row[name]) for name in VIEW_COLUMNS if name in row}


def _composite_facts(
    part: _TrainingPass | _TestPass, background: Source | None, placement: str
) -> dict[str, Any]:
    return {
        "seed": part.seed,
        "epoch": part.epoch,
        "background": background.name if background else "",
        "background_source": background.source if background else "",
        "background_licence": background.licence if background else "",
        "placement": placement,
    }


def model_source(row: Mapping[str, Any]) -> Source:
    """The model or generator of a row of a manifest."""
    source, licence = (str(row.get(column) or "") for column in ("source", "licence"))
    if row["asset"] == "procedural":
        return Source("generator", str(row["class"]), source, licence)
    return Source("model", f"{row['class']}/{row['asset']}", source, licence)


def _rows(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    columns = [str(name) for name in table.columns]
    for values in table.itertuples(index=False, name=None):
        yield dict(zip(columns, values, strict=True))


def _png(pixels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()
