"""Parts of a synthetic sample, and the same composite made again at full size.

A test set has composites at the model's input size. `recomposite` pastes one again at the size of
its files: the render of the store, or a larger one that `rerender` makes in a temporary store, is
pasted into the background's file, at the placement that the predictions record.
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
from synthlib.reporting.sheets.run_images import to_uint8

RERENDER_SIDE = 512
"""Default side of a new render in px: the thesis's render size (4.3.3)."""


@dataclass(frozen=True)
class Origin:
    """The parts of a synthetic sample.

    Attributes:
        render: The render's row of the manifest.
        background: The background's path below the data root; empty: plain black.
        placement: JSON of the placement (`Placement.to_json_rows`); empty on black.
        sample_seed: Seed that the placement was drawn with.
    """

    render: dict[str, Any]
    background: str
    placement: str
    sample_seed: int

    def facts(self) -> dict[str, str]:
        """The parts as text, by name: instance, asset, licence, view, coverage and so on."""
        render = self.render
        has_coverage = _has_value(render, "coverage")
        facts = {
            "instance": f"{render['class']}/{render['instance']}",
            "asset": f"{render.get('asset', '')}: {render.get('source', '')}".strip(": "),
            "licence": str(render.get("licence") or ""),
            "view": _view_text(render),
            "coverage": f"{100 * render['coverage']:.0f}% of the render" if has_coverage else "",
            "background": self.background or "black",
            "placement": _placement_text(self.placement),
            "seeds": f"render {render.get('seed', '')}, sample {self.sample_seed}",
        }
        return {name: text for name, text in facts.items() if text}


def trace_origin(sample: Mapping[str, Any], data: StudyData) -> Origin:
    """Find the parts of a synthetic sample.

    Args:
        sample: A row of a sample table (`sample_table.build_sample_table`).
        data: The run's data.

    Raises:
        DataError: The sample is a photograph, or its render is no longer in the manifest.
    """
    name = str(sample["sample"])
    if data.renders is None or name.count("/") != 2:
        raise DataError(f"{name} is not a synthetic sample of this run: it has no render")
    cls, instance, view = name.split("/")
    table = data.renders
    rows = table[
        (table["class"] == cls) & (table["instance"] == instance) & (table["view"] == int(view))
    ]
    if rows.empty:
        raise DataError(f"{name} is no longer in the render store's manifest")
    render = {str(key): value for key, value in rows.iloc[0].items()}
    return Origin(render, sample["background"], sample["placement"], int(sample["sample_seed"]))


def recomposite(params: Params, origin: Origin, render: np.ndarray | None = None) -> np.ndarray:
    """Make a synthetic sample again at full size.

    Args:
        params: The run's parameters.
        origin: The parts of the sample.
        render: uint8 (S, S, 4), used instead of the render in the store.

    Returns:
        uint8 (S, S, 3), where S is the larger of the render's side and the background's shorter
        side.

    Raises:
        DataError: A file cannot be read.
    """
    if render is None:
        store = prepare.render_plan(params).store
        render = _read_image(store / origin.render["file"], "RGBA", "render it again")
    pixels = torch.from_numpy(render.copy())[None]
    if not origin.background:
        return to_uint8(render_on_black(uncropped(pixels), render.shape[0]))[0]
    path = prepare.photograph_root(params, quiet=True) / origin.background
    background = _read_image(path, "RGB", "see that the data root is the run's")
    side = max(min(background.shape[:2]), render.shape[0])
    square = ImageOps.fit(Image.fromarray(background), (side, side), Image.Resampling.BILINEAR)
    batch = torch.from_numpy(np.array(square)).permute(2, 0, 1)[None]
    placement = Placement.from_json_rows([origin.placement])
    return to_uint8(make_composites(uncropped(pixels), batch, placement).images)[0]


def rerender(params: Params, origin: Origin, size: int = RERENDER_SIDE) -> np.ndarray:
    """Render the view of a synthetic sample again with Blender; this takes a few seconds.

    Args:
        params: The run's parameters.
        origin: The parts of the sample.
        size: Side of the render in px.

    Returns:
        uint8 (size, size, 4).

    Raises:
        RenderError: Blender failed (with its reason), or the asset no longer exists.
    """
    plan = prepare.render_plan(params)
    cls, name, view = (origin.render[key] for key in ("class", "instance", "view"))
    instances = tuple(i for i in plan.instances if (i.cls, i.name) == (cls, name))
    if not instances:
        raise RenderError(f"{cls}/{name} is in no plan of these parameters: its asset has changed")
    settings = replace(plan.settings, size=size, views=int(view) + 1)
    with tempfile.TemporaryDirectory(prefix="synthlib-render-") as folder:
        single = rendering.RenderPlan(Path(folder) / settings.digest, settings, instances)
        options = rendering.RenderOptions(
            workers=1,
            time_limit=params.time_limit,
            device=params.render_device,
            python=params.blender_python,
            progress=False,
        )
        rendering.render(single, options)
        for failed in rendering.failed_instances(single):
            raise RenderError(f"{failed['name']} could not be rendered: {failed['reason']}")
        path = single.file_of(f"{cls}/{name}/{int(view):02d}")
        return _read_image(path, "RGBA", "render it again")


def _read_image(path: Path, mode: str, advice: str) -> np.ndarray:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert(mode))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): {advice}") from error


def _has_value(render: dict[str, Any], key: str) -> bool:
    return key in render and not pd.isna(render[key])


def _view_text(render: dict[str, Any]) -> str:
    angles = [
        f"{key} {render[key]:.0f}°"
        for key in ("azimuth", "elevation", "roll")
        if _has_value(render, key)
    ]
    return ", ".join([str(int(render["view"])), *angles])


def _placement_text(placement: str) -> str:
    if not placement:
        return ""
    values = json.loads(placement)
    return (
        f"affine: rotated {values['affine_angle']:.0f}°, scaled {values['affine_scale']:.2f}, "
        f"shifted {values['affine_dx']:+.2f}, {values['affine_dy']:+.2f} of its side; merge: "
        f"rotated {values['rotation']:.0f}°, scaled {values['scale']:.2f} of the largest that "
        f"fits, at {values['x']:.2f}, {values['y']:.2f}"
    )
