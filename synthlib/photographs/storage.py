"""Storage of photographs as their headers tell it, so that composites can be stored alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from synthlib.photographs.photographs import DataError
from synthlib.utils.errors import file_errors

BLOCK = 8
"""Side in pixels of the blocks that JPEG transforms."""

MAX_HEADERS = 2000
"""Largest number of files whose headers are read; of more, as many that are evenly spaced."""


@dataclass(frozen=True)
class ImageStorage:
    """The storage of N photographs, from which that of composites is drawn.

    Attributes:
        sides: Shorter side of each in pixels, int64 (N,).
        tables: Quantisation tables of luminance and of colour, float32 (N, 2, 8, 8); zeros where
            a photograph is stored without loss.
        subsampling: Pixels along y and x for which one value of colour is stored, int64 (N, 2);
            (2, 2) is what is called 4:2:0.
    """

    sides: np.ndarray
    tables: np.ndarray
    subsampling: np.ndarray

    def __len__(self) -> int:
        return len(self.sides)

    def sample_rows(self, u: np.ndarray) -> np.ndarray:
        """Draw a photograph for each of n composites by uniform draws in [0, 1), float (n,)."""
        return (u * len(self)).astype(np.int64)


def read_image_storage(root: Path, samples: Sequence[str]) -> ImageStorage:
    """Read how photographs are stored: their size, JPEG quality and subsampling.

    Those without colour are left out, as composites have colour.

    Args:
        root: The data root.
        samples: Paths of the photographs below it.

    Raises:
        DataError: If no photograph is in colour.
        FileError: If a file cannot be read.
    """
    step = max(1, -(-len(samples) // MAX_HEADERS))
    headers = [_read_header(root / sample) for sample in samples[::step]]
    in_colour = [header for header in headers if header is not None]
    if not in_colour:
        raise DataError(
            "composite_storage is photographs, but none of the training photographs is in colour: "
            "add some, or set composite_storage to clean"
        )
    sides, tables, subsampling = zip(*in_colour, strict=True)
    return ImageStorage(np.array(sides), np.stack(tables), np.array(subsampling))


def _read_header(path: Path) -> tuple[int, np.ndarray, tuple[int, int]] | None:
    """Shorter side, quantisation tables and subsampling of a file; None if it has no colour.

    The tables of a file that is no JPEG are zeros.
    """
    with file_errors(path, "read"), Image.open(path) as image:
        side = min(image.size)
        if not isinstance(image, JpegImageFile):
            is_grey = image.mode in ("1", "L", "LA")
            return None if is_grey else (side, np.zeros((2, BLOCK, BLOCK), np.float32), (1, 1))
        layers = image.layer  # identifier, sampling factors along x and y, and table of each
        if len(layers) != 3:
            return None
        tables = [image.quantization[layer[3]] for layer in layers[:2]]
        down_y, down_x = (max(1, layers[0][axis] // layers[1][axis]) for axis in (2, 1))
    return side, np.array(tables, np.float32).reshape(2, BLOCK, BLOCK), (down_y, down_x)
