"""Sheets that show how an image is made (thesis 4.3.3, 5.1, 5.2), beside the numbered figures."""

from dataclasses import replace

import numpy as np
import torch
from matplotlib.figure import Figure

from synthlib.augmentation import THESIS_SYNTHETIC
from synthlib.compositing import composite, flatten_black, whole
from synthlib.exhibits import composites
from synthlib.exhibits.shown import Shown, chosen, class_of, photograph, typical
from synthlib.figures import cameras as camera_figure
from synthlib.figures import sample_rows, words
from synthlib.galleries import from_front, read
from synthlib.placement import Placement
from synthlib.samples import scenes_of
from synthlib.seeding import uniforms
from synthlib.synthetic import SCENE_DRAWS

STEPS = 7
"""Images of an axis of the augmentation."""

COLUMNS = 8
"""Classes of the strip at most."""


def cameras(shown: Shown) -> Figure:
    """Where the cameras of Figure 3's instance stand."""
    cls, _ = class_of(3, shown.params.classes)
    views = typical(shown.renders, cls)
    title = f"The {len(views)} views of one {words(cls)} (4.3.3; Figure 3)"
    p = shown.params
    least, most = p.elevation_range
    own = p.poses == "photographed"  # each class from where it is photographed
    return camera_figure(views, title, None if own else (least, most))


def pipeline(shown: Shown) -> Figure:
    """What becomes of a render: on black, on a scene, and a photograph of its class beside it."""
    views = composites.one_a_class(shown).head(COLUMNS)
    pixels = composites.pixels(shown, views)
    black = composites.as_images(flatten_black(whole(pixels), pixels.shape[1]))
    pasted, _ = composites.largest(shown, views)
    table = shown.data.photographs.table.query("split == 'train'")
    picked = [chosen(table[table["class"] == name], 1, "pipeline", name) for name in views["class"]]
    real = [photograph(shown.root / rows["sample"].iloc[0]) for rows in picked]
    rows = {
        "render": list(pixels.numpy()),
        "on black": black,
        "on a scene": pasted,
        "a photograph": real,
    }
    names = ", ".join(words(name) for name in views["class"])
    title = f"From render to composite, and what it stands for (4.3.4, 5.1)\n{names}"
    return sample_rows(list(rows.values()), list(rows), title=title, stand_in=shown.params.stand_in)


def axes(shown: Shown, cls: str) -> Figure:
    """One object on one scene of its class, one number of the placement turned at a time from end
    to end of the thesis's range (5.1, 5.2)."""
    p, ranges = shown.params, THESIS_SYNTHETIC.placement
    assert ranges is not None  # the preset pastes
    view = from_front(typical(shown.renders, cls))
    render = torch.from_numpy(read(shown.store / view["file"].iloc[0]).copy())
    scenes = scenes_of(p, shown.data, "train")
    u = uniforms(p.seed, "exhibits", "axes", ids=np.zeros(1, int), n=SCENE_DRAWS)
    name = scenes.names[scenes.draw(np.array([p.classes.index(cls)]), u)][0]
    scene = composites.scene(shown.root / name, max(render.shape[0], p.image_size))
    shift = ranges.affine_shift
    turned = {
        "affine_angle": ("affine: turned,\n{:.0f} to {:.0f}°", ranges.affine_angle),
        "affine_dx": ("affine: moved,\n{:.2f} to {:.2f}", (-shift, shift)),
        "affine_scale": ("affine: scaled,\n{:g} to {:g}", ranges.affine_scale),
        "rotation": ("merge: turned,\n{:.0f} to {:.0f}°", ranges.rotation),
        "scale": ("merge: scaled,\n{:g} to {:g}", ranges.scale),
        "x": ("merge: place,\n{:g} to {:g}", (0.0, 1.0)),
    }
    behind = torch.from_numpy(scene.copy()).permute(2, 0, 1).expand(STEPS, -1, -1, -1)
    images, labels = [], []
    for field, (label, (low, high)) in turned.items():
        values = torch.linspace(low, high, STEPS)
        placement = replace(_still(STEPS), **{field: values})
        made = composite(whole(render.expand(STEPS, -1, -1, -1)), behind, placement)
        images.append(composites.as_images(made.images))
        labels.append(label.format(low, high))
    title = f"The thesis's augmentation, one number at a time (5.1, 5.2): {words(cls)}"
    return sample_rows(images, labels, title=title, stand_in=p.stand_in)


def _still(n: int) -> Placement:
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
