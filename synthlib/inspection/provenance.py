"""What a synthetic sample is made of, and the same sample made again at full size.

A test set shows a composite at the model's input size. Here it is pasted again from its render in
the store and the background's own file, by the placement that its prediction names; or from a
render made anew, larger, in a temporary store that is gone afterwards.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image, ImageOps

from synthlib import rendering
from synthlib.compositing.composite import make_composites, render_on_black, uncropped
from synthlib.compositing.placement import Placement
from synthlib.data import prepare
from synthlib.data.prepare import StudyData
from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from synthlib.rendering.worker_process import RenderError

BILINEAR = Image.Resampling.BILINEAR
RERENDER_SIDE = 512
"""Side in px of a render made anew: the thesis's (4.3.3)."""


@dataclass(frozen=True)
class Origin:
    """A synthetic sample: its render's row of the manifest, and what it is pasted by; `background`
    and `placement` are "" on black."""

    render: dict
    background: str
    placement: str
    sample_seed: int

    def facts(self) -> dict[str, str]:
        """In words: asset, view, background, placement and seed."""
        render = self.render
        words = {
            "instance": f"{render['class']}/{render['instance']}",
            "asset": f"{render.get('asset', '')}: {render.get('source', '')}".strip(": "),
            "licence": str(render.get("licence") or ""),
            "view": _view_text(render),
            "coverage": f"{100 * render['coverage']:.0f}% of the render" if _has_value(render, "coverage")
            else "",
            "background": self.background or "black",
            "placement": _placement_text(self.placement),
            "seeds": f"render {render.get('seed', '')}, sample {self.sample_seed}",
        }  # fmt: skip
        return {name: value for name, value in words.items() if value}


def trace_origin(sample: Mapping[str, Any], data: StudyData) -> Origin:
    """What a row of `inspection.samples` of a synthetic test set is made of.

    Raises DataError if its render is not in the manifest (any more).
    """
    name = str(sample["sample"])
    if data.renders is None or name.count("/") != 2:
        raise DataError(f"{name} is no synthetic sample of this run: it has no render")
    cls, instance, view = name.split("/")
    table = data.renders
    rows = table[
        (table["class"] == cls) & (table["instance"] == instance) & (table["view"] == int(view))
    ]
    if rows.empty:
        raise DataError(f"{name} is no longer in the render store's manifest")
    found = {str(key): value for key, value in rows.iloc[0].items()}
    return Origin(found, sample["background"], sample["placement"], int(sample["sample_seed"]))


def recomposite(params: Params, origin: Origin, render: np.ndarray | None = None) -> np.ndarray:
    """uint8 (S, S, 3): the sample at full size, the larger of its background's and render's sides.

    `render`: uint8 (S, S, 4), in place of the store's. Raises DataError naming a file that
    is gone.
    """
    if render is None:
        store = prepare.render_plan(params).store
        render = _read_image(store / origin.render["file"], "RGBA", "render it again")
    pixels = torch.from_numpy(render.copy())[None]
    if not origin.background:
        return _to_uint8(render_on_black(uncropped(pixels), render.shape[0]))
    root = prepare.photograph_root(params, quiet=True)
    behind = _read_image(root / origin.background, "RGB", "see that the data root is the run's")
    side = max(min(behind.shape[:2]), render.shape[0])
    square = np.asarray(ImageOps.fit(Image.fromarray(behind), (side, side), BILINEAR))
    scene = torch.from_numpy(square.copy()).permute(2, 0, 1)[None]
    placement = Placement.from_json_rows([origin.placement])
    return _to_uint8(make_composites(uncropped(pixels), scene, placement).images)


def rerender(params: Params, origin: Origin, size: int = RERENDER_SIDE) -> np.ndarray:
    """uint8 (size, size, 4): the sample's render made anew by Blender, which takes seconds a view.

    Raises RenderError with Blender's reason if it cannot be, or if the asset is not there any more.
    """
    plan = prepare.render_plan(params)
    cls, name, view = (origin.render[key] for key in ("class", "instance", "view"))
    chosen = [i for i in plan.instances if (i.cls, i.name) == (cls, name)]
    if not chosen:
        raise RenderError(f"{cls}/{name} is in no plan of these parameters: its asset has changed")
    settings = replace(plan.settings, size=size, views=int(view) + 1)
    with tempfile.TemporaryDirectory(prefix="synthlib-render-") as folder:
        one = rendering.RenderPlan(Path(folder) / settings.digest, settings, tuple(chosen))
        options = rendering.RenderOptions(
            workers=1, time_limit=params.time_limit, device=params.render_device, progress=False
        )
        rendering.render(one, options)
        for failed in rendering.failed_instances(one):
            raise RenderError(f"{failed['name']} could not be rendered: {failed['reason']}")
        return _read_image(
            one.store / f"{cls}/{name}/{int(view):02d}.png", "RGBA", "render it again"
        )


def _read_image(path: Path, mode: str, advice: str) -> np.ndarray:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert(mode))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): {advice}") from error


def _to_uint8(images: torch.Tensor) -> np.ndarray:
    return (images[0].permute(1, 2, 0) * 255).round().clamp(0, 255).byte().numpy()


def _has_value(render: dict, key: str) -> bool:
    return key in render and not pd.isna(render[key])


def _view_text(render: dict) -> str:
    angles = [
        f"{key} {render[key]:.0f}°"
        for key in ("azimuth", "elevation", "roll")
        if _has_value(render, key)
    ]
    return ", ".join([str(int(render["view"])), *angles])


def _placement_text(row: str) -> str:
    if not row:
        return ""
    values = json.loads(row)
    return (
        f"affine: turned {values['affine_angle']:.0f}°, scaled {values['affine_scale']:.2f}, moved "
        f"{values['affine_dx']:+.2f}, {values['affine_dy']:+.2f} of its side; merge: turned "
        f"{values['rotation']:.0f}°, scaled {values['scale']:.2f} of the largest that fits, at "
        f"{values['x']:.2f}, {values['y']:.2f}"
    )
