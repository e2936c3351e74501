"""Sheets that show how an image is made (thesis 4.3.3, 5.1, 5.2): cameras, pasting, placement."""

from dataclasses import replace

import numpy as np
import torch
from matplotlib.figure import Figure

from synthlib.compositing.augmentation import THESIS_SYNTHETIC
from synthlib.compositing.composite import make_composites, render_on_black, uncropped
from synthlib.compositing.placement import Placement
from synthlib.data.samples import BACKGROUND_DRAWS, background_sampler
from synthlib.reporting.figures.cameras import camera_positions
from synthlib.reporting.figures.image_grids import labelled_image_rows
from synthlib.reporting.figures.style import readable_name
from synthlib.reporting.sheets import composites
from synthlib.reporting.sheets.context import (
    SheetContext,
    figure_class,
    random_rows,
    read_central_square,
    typical_instance_views,
)
from synthlib.reporting.sheets.run_images import front_views, read_image, to_uint8
from synthlib.seeding import uniforms

SWEEP_STEPS = 7
"""Images in a row of the placement sweep."""

MAX_CLASSES = 8
"""Largest number of classes on the pipeline sheet."""


def camera_sheet(context: SheetContext) -> Figure:
    """Draw the camera positions of the instance of Figure 3."""
    cls, _ = figure_class(3, context.params.classes)
    views = typical_instance_views(context.renders, cls)
    title = f"The {len(views)} views of one {readable_name(cls)} (4.3.3; Figure 3)"
    p = context.params
    lowest, highest = p.elevation_range
    by_class = p.poses == "photographed"  # each class has its own range
    return camera_positions(views, title, None if by_class else (lowest, highest))


def pipeline_sheet(context: SheetContext) -> Figure:
    """Draw a render of each class, on black, on a background, and a photograph of the class."""
    views = composites.one_view_per_class(context).head(MAX_CLASSES)
    pixels = composites.read_renders(context, views)
    black = to_uint8(render_on_black(uncropped(pixels), pixels.shape[1]))
    pasted, _ = composites.largest_composites(context, views)
    table = context.data.photographs.table.query("split == 'train'")
    chosen = [
        random_rows(table[table["class"] == name], 1, "pipeline", name) for name in views["class"]
    ]
    real = [read_central_square(context.root / rows["sample"].iloc[0]) for rows in chosen]
    rows = {
        "render": list(pixels[..., :4].numpy()),
        "on black": list(black),
        "on a background": pasted,
        "a photograph": real,
    }
    names = ", ".join(readable_name(name) for name in views["class"])
    title = f"From render to composite, next to a photograph (4.3.4, 5.1)\n{names}"
    return labelled_image_rows(list(rows.values()), list(rows), title=title)


def placement_sweep(context: SheetContext, cls: str) -> Figure:
    """Draw an object on a background, with one parameter of its placement varied per row.

    Each parameter goes from one end of the thesis's range to the other (5.1, 5.2).

    Args:
        context: The study's data.
        cls: Class of the object.
    """
    p, ranges = context.params, THESIS_SYNTHETIC.placement
    assert ranges is not None  # the preset pastes
    view = front_views(typical_instance_views(context.renders, cls))
    render = torch.from_numpy(read_image(context.store / view["file"].iloc[0]).copy())
    sampler = background_sampler(p, context.data, "train")
    u = uniforms(p.seed, "exhibits", "axes", ids=np.zeros(1, int), n=BACKGROUND_DRAWS)
    name = sampler.names[sampler.sample_rows(np.array([p.classes.index(cls)]), u)][0]
    pixels = composites.read_background(context.root / name, max(render.shape[0], p.image_size))
    shift = ranges.affine_shift
    sweeps = {
        "affine_angle": ("affine: rotation,\n{:.0f} to {:.0f}°", ranges.affine_angle),
        "affine_dx": ("affine: shift,\n{:.2f} to {:.2f}", (-shift, shift)),
        "affine_scale": ("affine: scale,\n{:g} to {:g}", ranges.affine_scale),
        "rotation": ("paste: rotation,\n{:.0f} to {:.0f}°", ranges.rotation),
        "scale": ("paste: scale,\n{:g} to {:g}", ranges.scale),
        "x": ("paste: position,\n{:g} to {:g}", (0.0, 1.0)),
    }
    renders = uncropped(render.expand(SWEEP_STEPS, -1, -1, -1))
    backgrounds = torch.from_numpy(pixels.copy()).permute(2, 0, 1).expand(SWEEP_STEPS, -1, -1, -1)
    images, labels = [], []
    for field, (label, (low, high)) in sweeps.items():
        values = torch.linspace(low, high, SWEEP_STEPS)
        placement = replace(_neutral_placement(SWEEP_STEPS), **{field: values})
        made = make_composites(renders, backgrounds, placement)
        images.append(list(to_uint8(made.images)))
        labels.append(label.format(low, high))
    title = f"The thesis's augmentation, one parameter at a time (5.1, 5.2): {readable_name(cls)}"
    return labelled_image_rows(images, labels, title=title)


def _neutral_placement(n: int) -> Placement:
    """n placements: no affine augmentation, upright, centred, at 0.75 of the largest size."""
    zero, one = torch.zeros(n), torch.ones(n)
    return Placement(
        affine_angle=zero,
        affine_dx=zero,
        affine_dy=zero,
        affine_scale=one,
        rotation=zero,
        scale=0.75 * one,
        x=0.5 * one,
        y=0.5 * one,
    )
