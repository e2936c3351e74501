"""Transforms of images before they are packed: scaled down to what the model's input needs.

Each function takes a size in pixels and returns a transform of one image. Shrinking is antialiased
and keeps the aspect ratio; only `crop_centre_square` enlarges smaller images. A render is also
cropped to its alpha's box; its `Cutout` stores the position of that box, so that placements apply
to it as to the whole render.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Cutout:
    """The visible part of a render.

    Attributes:
        image: The part, of mode "RGBa" (colours premultiplied by alpha).
        mask: The same part of the object's own mask, of mode "L"; None if alpha is the mask.
        top: Distance from the upper side of the render in pixels.
        left: Distance from the left side of the render in pixels.
        canvas_side: Side of the render in pixels.
    """

    image: Image.Image
    top: int
    left: int
    canvas_side: int
    mask: Image.Image | None = None

    def pixels(self) -> np.ndarray:
        """Premultiplied RGBA and, if there is an own mask, that: uint8 (height, width, 4 or 5)."""
        # Pillow converts premultiplied pixels to bytes, but not to an array
        rgba = np.frombuffer(self.image.tobytes(), np.uint8)
        rgba = rgba.reshape(self.image.height, self.image.width, 4)
        return rgba if self.mask is None else np.dstack([rgba, np.asarray(self.mask)])


def resize_shorter_side(size: int) -> Callable[[Image.Image], Image.Image]:
    """Scale an image down until its shorter side is `size` px; smaller ones stay."""

    def scale(image: Image.Image) -> Image.Image:
        factor = size / min(image.size)
        if factor >= 1:
            return image
        width, height = (max(1, round(side * factor)) for side in image.size)
        return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)

    return scale


def crop_centre_square(size: int) -> Callable[[Image.Image], Image.Image]:
    """Crop the central square of an image and scale it to (size, size)."""

    def cut(image: Image.Image) -> Image.Image:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        box = (left, top, left + side, top + side)
        return image.crop(box).resize((size, size), Image.Resampling.BILINEAR)

    return cut


def crop_to_alpha(size: int) -> Callable[..., Cutout]:
    """Scale a square RGBA render down to sides of `size` px, and crop it to its alpha's box.

    The own mask, where there is one, is the second argument of the transform and treated likewise.
    The box is widened to whole pixels of the scaled render, and resampled from exactly the part of
    the original that these cover. An empty render keeps one transparent pixel. The transform raises
    ValueError for an image that is not square.
    """

    def cut(image: Image.Image, mask: Image.Image | None = None) -> Cutout:
        if image.width != image.height:
            raise ValueError(f"renders must be square, this is {image.width} x {image.height} px")
        if mask is not None and mask.size != image.size:
            raise ValueError(f"a mask has {mask.size} px, its render {image.size}")
        box = image.getchannel("A").getbbox() or (0, 0, 1, 1)
        side = min(size, image.width)
        step = image.width / side
        reach = step if step > 1 else 0  # the distance over which the filter spreads a pixel
        left, top = (max(0, math.floor((box[i] - reach) / step)) for i in (0, 1))
        right, bottom = (min(side, math.ceil((box[i] + reach) / step)) for i in (2, 3))
        part_of = functools.partial(_resample_part, box=(left, top, right, bottom), step=step)
        mask_part = None if mask is None else part_of(mask)
        return Cutout(part_of(image.convert("RGBa")), top, left, side, mask_part)

    return cut


def _resample_part(image: Image.Image, box: tuple[int, int, int, int], step: float) -> Image.Image:
    """Part of an image that is scaled down by `step`; `box` is in pixels of the scaled one."""
    if step <= 1:
        return image.crop(box)
    left, top, right, bottom = box
    source = (left * step, top * step, right * step, bottom * step)
    # the filter reads beyond the box here, as it would in the whole render
    return image.resize((right - left, bottom - top), Image.Resampling.BILINEAR, source)
