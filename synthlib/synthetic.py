"""Synthetic images of renders: on scenes, on black, by class, or the scene without its object.

`synthetic_domain` of the parameters says which (thesis 5.2, 6.3): `synthetic_bg`,
`synthetic_nobg`, `hybrid` (background by class), `bg_only` (a control: the object left out, the
label kept). `nobg_affine` turns the affine augmentation on for objects on black as well.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from synthlib import augmentation as presets
from synthlib.augmentation import Preset, augment, preset_placements
from synthlib.compositing import paste, render_on_black
from synthlib.params import Params
from synthlib.samples import BackgroundSampler, ImageSet, background_sampler
from synthlib.sources import StudyData
from synthlib.utils.errors import ParameterError

BACKGROUND_DRAWS = 2
"""Uniforms that choose a background: the scene category and the photograph in it."""


@dataclass(frozen=True)
class SyntheticImages:
    """Renders, and what is made of them. `scenes` is None where no class has a background;
    `on_black` bool (classes,) says which classes have none. `preset` is for objects on scenes,
    `black_preset` for those on black. `shown` is False where the object is left out."""

    renders: ImageSet
    backgrounds: BackgroundSampler | None
    on_black: np.ndarray
    preset: Preset
    black_preset: Preset
    with_object: bool = True

    @property
    def n_draws(self) -> int:
        """Uniforms a sample."""
        return BACKGROUND_DRAWS + self.preset.n_draws

    def preset_of(self, label: int) -> Preset:
        """What makes images of a class's objects."""
        return self.black_preset if self.on_black[label] else self.preset

    def images(self, index: np.ndarray, u: np.ndarray, size: int, device: torch.device) -> Tensor:
        """float32 (n, 3, size, size) in [0, 1] of objects `index`, by draws `u` (n, draws)."""
        black = self.on_black[self.renders.labels[index]]
        made = torch.empty(len(index), 3, size, size, device=device)
        for kind, make in ((False, self._on_backgrounds), (True, self._on_black)):
            rows = np.flatnonzero(black == kind)
            if len(rows):
                part = make(index[rows], u[rows], size, device)
                made[torch.from_numpy(rows).to(device)] = part
        return made

    def _on_backgrounds(self, index, u, size, device) -> Tensor:
        assert self.backgrounds is not None  # made so by `synthetic`
        rows = self.backgrounds.sample_rows(self.renders.labels[index], u[:, :BACKGROUND_DRAWS])
        images = self.backgrounds.load_images(rows, self.preset.composite_side(size), device)
        if self.with_object:
            placement = preset_placements(u[:, BACKGROUND_DRAWS:], self.preset)
            paste(self.renders.cutouts(index, device), images, placement)
        return augment(images, u[:, BACKGROUND_DRAWS:], self.preset, size)

    def _on_black(self, index, u, size, device) -> Tensor:
        preset, side = self.black_preset, self.black_preset.composite_side(size)
        cutouts = self.renders.cutouts(index, device)
        if preset.placement is None:
            images = render_on_black(cutouts, side)
        else:
            images = torch.zeros(len(index), 3, side, side, device=device)
            paste(cutouts, images, preset_placements(u[:, BACKGROUND_DRAWS:], preset))
        return augment(images, u[:, BACKGROUND_DRAWS:], preset, size)


def synthetic_images(params: Params, data: StudyData, renders: ImageSet) -> SyntheticImages:
    """What a run of `params` makes of its training renders.

    Raises ParameterError if the domain is `hybrid` and its classes were not chosen.
    """
    domain, hybrid = params.synthetic_domain, params.hybrid_nobg
    if domain == "hybrid" and hybrid is None:
        raise ParameterError(
            "hybrid_nobg is not given: name the classes to train without background, or take "
            "tables.choice.chosen(params), which finds them from the runs synth_bg and synth_nobg"
        )
    black = [domain == "synthetic_nobg" or name in (hybrid or ()) for name in params.classes]
    if params.augmentation_protocol == "matched":
        preset = presets.MATCHED
        on_black = presets.MATCHED if params.nobg_affine else presets.MATCHED_NOBG
    else:
        preset = presets.THESIS_SYNTHETIC
        on_black = presets.THESIS_SYNTHETIC_NOBG
        if params.nobg_affine:
            on_black = presets.THESIS_SYNTHETIC_NOBG_AFFINE
    scenes = None if all(black) else background_sampler(params, data, "train")
    return SyntheticImages(renders, scenes, np.array(black), preset, on_black, domain != "bg_only")
