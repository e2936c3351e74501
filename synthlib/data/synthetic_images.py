"""Synthetic images: composites that are computed from renders and backgrounds while a run trains.

`synthetic_images` chooses the settings of a run; `SyntheticImages` makes the images of any of its
samples. The parameter `synthetic_domain` chooses their kind (thesis 5.2, 6.3):

- `synthetic_bg`: objects on background photographs.
- `synthetic_nobg`: objects on black.
- `hybrid`: some classes on black (`hybrid_nobg`), the others on backgrounds.
- `bg_only`: backgrounds with the label of an object that is left out, a control.
- `fetched`: photographs with the class that a model predicts, instead of renders (`labels`).

The parameter `nobg_affine` applies the affine augmentation to objects on black too.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from synthlib.classes import select_classes
from synthlib.compositing import augmentation
from synthlib.compositing.augmentation import Preset, augment, preset_placements
from synthlib.compositing.blending import choose_methods
from synthlib.compositing.composite import CutoutPyramid, paste, render_on_black
from synthlib.compositing.photometric import sharpen
from synthlib.compositing.placement import Placement
from synthlib.compositing.storage import store
from synthlib.data.backgrounds import (
    BACKGROUND_DRAWS,
    SQUARE_DRAWS,
    BackgroundSampler,
    training_backgrounds,
)
from synthlib.data.prepare import StudyData
from synthlib.data.samples import ImageSet, photograph_image_set
from synthlib.params import Blending, Params
from synthlib.photographs.photographs import photograph_side
from synthlib.photographs.storage import ImageStorage
from synthlib.utils.errors import ParameterError

_DRAWS_AFTER_PRESET = {"blending": 1, "storage": 1, "background square": SQUARE_DRAWS}
"""Number of further draws by what they choose, in the order of their columns. New ones go to the
end, so that the others stay as they are."""


@dataclass(frozen=True)
class SyntheticImages:
    """Renders, with the settings by which synthetic images are made from them.

    Attributes:
        renders: The renders.
        backgrounds: The backgrounds; None if all classes are shown on black.
        on_black: True for each class that is shown on black, bool (n_classes,).
        preset: Augmentation of objects on backgrounds.
        black_preset: Augmentation of objects on black.
        with_object: False shows the background alone, without the object (`bg_only`).
        scale_ranges: Least and greatest scale of each class's objects on backgrounds, float
            (n_classes, 2), instead of the preset's.
        blending: Blending of objects with their backgrounds.
        storage: Photographs as which the images are stored before augmentation; None: they are
            not stored.
        place_ranges: Ranges of the place of each class's objects on backgrounds, as for
            `sample_placements`, float (n_classes, 2, 2), instead of the preset's.
        sharpening: Strength of the unsharp masking of the images before they are stored.
        tone: Factors of the contrast and of the brightness of each object.
    """

    renders: ImageSet
    backgrounds: BackgroundSampler | None
    on_black: np.ndarray
    preset: Preset
    black_preset: Preset
    with_object: bool = True
    scale_ranges: np.ndarray | None = None
    blending: Blending = "hard"
    storage: ImageStorage | None = None
    place_ranges: np.ndarray | None = None
    sharpening: float = 0.0
    tone: tuple[float, float] = (1.0, 1.0)

    @property
    def n_draws(self) -> int:
        """Number of uniform draws per sample."""
        return BACKGROUND_DRAWS + self.preset.n_draws + sum(_DRAWS_AFTER_PRESET.values())

    def with_sizes(self, share: float) -> "SyntheticImages":
        """Images of the same renders, with objects on backgrounds at the upper part of their sizes.

        Args:
            share: Length of that part as a share of the range of sizes, in [0, 1]; 0 leaves only
                the largest size.
        """
        if share >= 1 or self.preset.placement is None:
            return self
        ranges = self.scale_ranges
        if ranges is None:
            ranges = np.tile(self.preset.placement.scale, (len(self.on_black), 1))
        least, most = ranges.T
        return replace(self, scale_ranges=np.stack([most - share * (most - least), most], axis=1))

    def preset_of(self, label: int) -> Preset:
        """The augmentation of objects of a class, given by its index."""
        return self.black_preset if self.on_black[label] else self.preset

    def images(self, index: np.ndarray, u: np.ndarray, size: int, device: torch.device) -> Tensor:
        """Make augmented synthetic images.

        Args:
            index: Positions of the renders in `renders`, int (n,).
            u: Uniform draws in [0, 1), float (n, n_draws).
            size: Side of the model's input in pixels.
            device: Device of the result.

        Returns:
            float32 (n, 3, size, size) in [0, 1], not yet normalised.
        """
        is_on_black = self.on_black[self.renders.labels[index]]
        sides = self.composite_sides(index, u, size)
        images = torch.empty(len(index), 3, size, size, device=device)
        for on_black, side in sorted(set(zip(is_on_black.tolist(), sides.tolist(), strict=True))):
            rows = np.flatnonzero((is_on_black == on_black) & (sides == side))
            preset = self.black_preset if on_black else self.preset
            needs_masks = preset.object_in_crop > 0 and self.with_object and not on_black
            composites = self.composites(index[rows], u[rows], size, device, needs_masks)
            masks = composites[:, 3] if needs_masks else None
            preset_u = u[rows, BACKGROUND_DRAWS : BACKGROUND_DRAWS + preset.n_draws]
            augmented = augment(composites[:, :3], preset_u, preset, size, masks=masks)
            if len(rows) == len(index):
                return augmented
            images[torch.from_numpy(rows).to(device)] = augmented
        return images

    def composite_sides(self, index: np.ndarray, u: np.ndarray, size: int) -> np.ndarray:
        """Sides in pixels at which images are made before augmentation; arguments as for `images`.

        Returns:
            int64 (n,): that of `Preset.composite_side`, or of the photographs as which they are
            stored, as large as those are packed.
        """
        if self.storage is not None:
            rows = self._storage_rows(u)
            return np.minimum(self.storage.sides[rows], photograph_side(size))
        labels = self.renders.labels[index].tolist()
        return np.array([self.preset_of(label).composite_side(size) for label in labels], int)

    def background_images(
        self, index: np.ndarray, u: np.ndarray, side: int, device: torch.device
    ) -> Tensor:
        """Backgrounds on which renders will be pasted.

        Args:
            index: Positions of the renders in `renders`, int (n,).
            u: Uniform draws in [0, 1), float (n, n_draws).
            side: Side of the composites in pixels.
            device: Device of the result.

        Returns:
            float32 (n, 3, side, side) in [0, 1].
        """
        assert self.backgrounds is not None  # None only if all classes are on black
        rows, u_square = self.background_rows(index, u), self._further_draws(u)["background square"]
        return self.backgrounds.load_images(rows, side, device, u_square)

    def background_rows(self, index: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Rows, in the packs of backgrounds, of those that renders will be pasted on, int64 (n,).

        Arguments are those of `images`; the renders' classes must be on backgrounds.
        """
        assert self.backgrounds is not None
        return self.backgrounds.sample_rows(self.renders.labels[index], u[:, :BACKGROUND_DRAWS])

    def composites(
        self,
        index: np.ndarray,
        u: np.ndarray,
        size: int,
        device: torch.device,
        with_masks: bool = False,
    ) -> Tensor:
        """Make images before augmentation; the first arguments are those of `images`.

        The renders must all be of classes on black or all of classes on backgrounds, and all have
        the same of `composite_sides`.

        Args:
            index: Positions of the renders in `renders`, int (n,).
            u: Uniform draws in [0, 1), float (n, n_draws).
            size: Side of the model's input in pixels.
            device: Device of the result.
            with_masks: Add a fourth channel, the share of each pixel that the object covers.

        Returns:
            float32 (n, 3 or 4, side, side) in [0, 1], where side is that of `composite_sides`.
        """
        label = self.renders.labels[index[0]]
        side = int(self.composite_sides(index[:1], u[:1], size)[0])
        if self.on_black[label]:
            return self._as_photographs(self._on_black(index, u, side, device, with_masks), u)
        images = self.background_images(index, u, side, device)
        if with_masks:
            images = torch.cat([images, torch.zeros_like(images[:, :1])], dim=1)
        if self.with_object:
            methods = choose_methods(self.blending, self._further_draws(u)["blending"][:, 0])
            paste(self._cutouts(index, device), images, self.placements(index, u), methods)
        return self._as_photographs(images, u)

    def placements(self, index: np.ndarray, u: np.ndarray) -> Placement:
        """Placements of renders on backgrounds; arguments are those of `images`.

        A render that its frame cuts off, as a close-up is, fills the composite, so that the cut is
        at the composite's edge too.
        """
        labels = self.renders.labels[index]
        scales = None if self.scale_ranges is None else self.scale_ranges[labels]
        feet = None if self.renders.feet is None else self.renders.feet[index]
        places = None if self.place_ranges is None else self.place_ranges[labels]
        placements = preset_placements(u[:, BACKGROUND_DRAWS:], self.preset, scales, feet, places)
        return placements.fill_frame(self.renders.cut_off(index))

    def _cutouts(self, index: np.ndarray, device: torch.device) -> CutoutPyramid:
        cutouts = self.renders.cutouts(index, device)
        return cutouts if self.tone == (1, 1) else [part.with_tone(*self.tone) for part in cutouts]

    def _as_photographs(self, images: Tensor, u: np.ndarray) -> Tensor:
        """Images, with masks or without, as sharp as photographs and stored as these are."""
        if self.sharpening:
            images[:, :3] = sharpen(images[:, :3], self.sharpening)
        if self.storage is not None:
            images[:, :3] = store(images[:, :3], self.storage, self._storage_rows(u))
        return images

    def _storage_rows(self, u: np.ndarray) -> np.ndarray:
        assert self.storage is not None
        return self.storage.sample_rows(self._further_draws(u)["storage"][:, 0])

    def _further_draws(self, u: np.ndarray) -> dict[str, np.ndarray]:
        """The columns of `u` after those of the preset, by what they choose."""
        further = u[:, BACKGROUND_DRAWS + self.preset.n_draws :]
        ends = np.cumsum(list(_DRAWS_AFTER_PRESET.values()))
        return dict(zip(_DRAWS_AFTER_PRESET, np.split(further, ends[:-1], axis=1), strict=True))

    def _on_black(
        self, index: np.ndarray, u: np.ndarray, side: int, device: torch.device, with_masks: bool
    ) -> Tensor:
        cutouts = self._cutouts(index, device)
        if self.black_preset.placement is None:
            return render_on_black(cutouts, side, with_masks)
        images = torch.zeros(len(index), 4 if with_masks else 3, side, side, device=device)
        paste(cutouts, images, preset_placements(u[:, BACKGROUND_DRAWS:], self.black_preset))
        return images


@dataclass(frozen=True)
class FetchedPhotographs(SyntheticImages):
    """Photographs instead of renders, with the augmentation of photographs, `preset`.

    `renders` are the photographs; the labels are those that a model predicted.
    """

    @property
    def n_draws(self) -> int:
        """Number of uniform draws per sample."""
        return self.preset.n_draws

    def with_sizes(self, share: float) -> "FetchedPhotographs":
        """Itself, as nothing is pasted into photographs."""
        return self

    def images(self, index: np.ndarray, u: np.ndarray, size: int, device: torch.device) -> Tensor:
        """Augmented photographs; arguments and result as of `SyntheticImages.images`."""
        return self.renders.augmented_photographs(index, u, self.preset, size, device)


def fetched_photographs(params: Params, data: StudyData, preset: Preset) -> FetchedPhotographs:
    """The photographs that a run trains on instead of renders.

    Args:
        params: The run's parameters.
        data: Data that was prepared for them.
        preset: The augmentation of photographs.
    """
    assert data.fetched is not None  # read by `prepare_data`
    labels = data.fetched.set_index("sample")["label"]
    images = photograph_image_set(params, data, data.fetched)
    index = {name: i for i, name in enumerate(params.classes)}
    predicted = np.array([index[labels[name]] for name in images.names], np.int64)
    on_black = np.zeros(len(params.classes), bool)
    return FetchedPhotographs(replace(images, labels=predicted), None, on_black, preset, preset)


def synthetic_images(params: Params, data: StudyData, renders: ImageSet) -> SyntheticImages:
    """The synthetic images that a run makes from its training renders.

    Args:
        params: The run's parameters, which choose backgrounds and augmentation.
        data: The study's data, from which backgrounds are taken.
        renders: The training renders, from `render_image_set`.

    Raises:
        ParameterError: If `synthetic_domain` is `hybrid` and `hybrid_nobg` is not given.
    """
    domain = params.synthetic_domain
    classes_on_black = params.hybrid_nobg
    if domain == "hybrid" and classes_on_black is None:
        raise ParameterError(
            "hybrid_nobg is not given: name the classes to train without background, or take "
            "study.resolve_hybrid_classes(params), which chooses them by the runs synth_bg and "
            "synth_nobg"
        )
    on_black = [
        domain == "synthetic_nobg" or name in (classes_on_black or ()) for name in params.classes
    ]
    preset, black_preset = _synthetic_presets(params)
    backgrounds = None if all(on_black) else training_backgrounds(params, data)
    scale_ranges = None
    if params.object_sizes == "class":
        scale_ranges = np.array([cls.size for cls in select_classes(params.classes)])
    place_ranges = None
    if params.object_placement == "class":
        chosen = select_classes(params.classes)
        place_ranges = np.array([(cls.across, cls.foot) for cls in chosen])
    return SyntheticImages(
        renders,
        backgrounds,
        np.array(on_black),
        preset,
        black_preset,
        domain != "bg_only",
        scale_ranges,
        params.blending,
        data.storage,
        place_ranges,
        params.composite_sharpening,
        (params.object_contrast, params.object_brightness),
    )


def with_crop_area(preset: Preset, params: Params) -> Preset:
    """A preset with the run's range of the area of random crops, if it sets one."""
    if not params.crop_area:
        return preset
    least, most = params.crop_area
    return replace(preset, crop_area=(least, most))


def _synthetic_presets(params: Params) -> tuple[Preset, Preset]:
    """The augmentation of objects on backgrounds, and of objects on black."""
    preset, black_preset, black_affine_preset = {
        "thesis": (
            augmentation.THESIS_SYNTHETIC,
            augmentation.THESIS_SYNTHETIC_NOBG,
            augmentation.THESIS_SYNTHETIC_NOBG_AFFINE,
        ),
        "matched": (augmentation.MATCHED, augmentation.MATCHED_NOBG, augmentation.MATCHED),
        "strong": (augmentation.STRONG, augmentation.STRONG_NOBG, augmentation.STRONG),
    }[params.synthetic_augmentation_name]
    if params.nobg_affine:
        black_preset = black_affine_preset
    preset = replace(preset, object_in_crop=params.object_in_crop)
    if params.object_placement != "thesis" and preset.placement is not None:
        preset = replace(preset, placement=preset.placement.upright())
    return with_crop_area(preset, params), with_crop_area(black_preset, params)
