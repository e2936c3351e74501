"""Sheets that show how an image is made (thesis 4.3.3, 5.1, 5.2), beside the numbered figures."""

from dataclasses import replace

import numpy as np
import torch
from matplotlib.figure import Figure

from synthlib.compositing.augmentation import THESIS_SYNTHETIC
from synthlib.compositing.composite import make_composites, render_on_black, uncropped
from synthlib.compositing.placement import Placement
from synthlib.data.samples import BACKGROUND_DRAWS, background_sampler
from synthlib.reporting.figures.cameras import camera_positions as camera_figure
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
from synthlib.reporting.sheets.run_images import front_views, read_image
from synthlib.seeding import uniforms

SWEEP_STEPS = 7
"""Images of an axis of the augmentation."""

MAX_CLASSES = 8
"""Classes of the strip at most."""


def camera_sheet(context: SheetContext) -> Figure:
    """Where the cameras of Figure 3's instance stand."""
    cls, _ = figure_class(3, context.params.classes)
    views = typical_instance_views(context.renders, cls)
    title = f"The {len(views)} views of one {readable_name(cls)} (4.3.3; Figure 3)"
    p = context.params
    least, most = p.elevation_range
    own = p.poses == "photographed"  # each class from where it is photographed
    return camera_figure(views, title, None if own else (least, most))


def pipeline_sheet(context: SheetContext) -> Figure:
    """What becomes of a render: on black, on a scene, and a photograph of its class beside it."""
    views = composites.one_view_per_class(context).head(MAX_CLASSES)
    pixels = composites.read_renders(context, views)
    black = composites.to_uint8_images(render_on_black(uncropped(pixels), pixels.shape[1]))
    pasted, _ = composites.largest_composites(context, views)
    table = context.data.photographs.table.query("split == 'train'")
    picked = [
        random_rows(table[table["class"] == name], 1, "pipeline", name) for name in views["class"]
    ]
    real = [read_central_square(context.root / rows["sample"].iloc[0]) for rows in picked]
    rows = {
        "render": list(pixels.numpy()),
        "on black": black,
        "on a scene": pasted,
        "a photograph": real,
    }
    names = ", ".join(readable_name(name) for name in views["class"])
    title = f"From render to composite, and what it stands for (4.3.4, 5.1)\n{names}"
    return labelled_image_rows(
        list(rows.values()), list(rows), title=title, stand_in=context.params.stand_in
    )


def placement_sweep(context: SheetContext, cls: str) -> Figure:
    """One object on one scene of its class, one number of the placement turned at a time from end
    to end of the thesis's range (5.1, 5.2)."""
    p, ranges = context.params, THESIS_SYNTHETIC.placement
    assert ranges is not None  # the preset pastes
    view = front_views(typical_instance_views(context.renders, cls))
    render = torch.from_numpy(read_image(context.store / view["file"].iloc[0]).copy())
    scenes = background_sampler(p, context.data, "train")
    u = uniforms(p.seed, "exhibits", "axes", ids=np.zeros(1, int), n=BACKGROUND_DRAWS)
    name = scenes.names[scenes.sample_rows(np.array([p.classes.index(cls)]), u)][0]
    scene = composites.read_background(context.root / name, max(render.shape[0], p.image_size))
    shift = ranges.affine_shift
    turned = {
        "affine_angle": ("affine: turned,\n{:.0f} to {:.0f}°", ranges.affine_angle),
        "affine_dx": ("affine: moved,\n{:.2f} to {:.2f}", (-shift, shift)),
        "affine_scale": ("affine: scaled,\n{:g} to {:g}", ranges.affine_scale),
        "rotation": ("merge: turned,\n{:.0f} to {:.0f}°", ranges.rotation),
        "scale": ("merge: scaled,\n{:g} to {:g}", ranges.scale),
        "x": ("merge: place,\n{:g} to {:g}", (0.0, 1.0)),
    }
    behind = torch.from_numpy(scene.copy()).permute(2, 0, 1).expand(SWEEP_STEPS, -1, -1, -1)
    images, labels = [], []
    for field, (label, (low, high)) in turned.items():
        values = torch.linspace(low, high, SWEEP_STEPS)
        placement = replace(_neutral_placement(SWEEP_STEPS), **{field: values})
        made = make_composites(uncropped(render.expand(SWEEP_STEPS, -1, -1, -1)), behind, placement)
        images.append(composites.to_uint8_images(made.images))
        labels.append(label.format(low, high))
    title = f"The thesis's augmentation, one number at a time (5.1, 5.2): {readable_name(cls)}"
    return labelled_image_rows(images, labels, title=title, stand_in=p.stand_in)


def _neutral_placement(n: int) -> Placement:
    """n placements without affine augmentation, upright, three quarters of the largest, centred."""
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
