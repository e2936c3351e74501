"""Pictures of a run's test samples, made when they are looked at, and no others.

They are what the model was tested on, pixel for pixel (`TestSet.images`): photographs cropped,
renders pasted by their placement. The last few hundred are kept, encoded, so that going back is
instant and memory stays bounded.
"""

import base64
import io
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from synthlib.photographs.photographs import DataError

CPU = torch.device("cpu")

THUMBNAIL_SIDE = 112
"""Pixels a side of a thumbnail at most: 18 of them are 0.1 MB."""

MAX_CACHED_IMAGES = 600
"""Encoded pictures that are kept at once: 2 to 10 MB."""


class ImageSource(Protocol):
    """What pictures are made from; a `datasets.TestSet` is one."""

    @property
    def table(self) -> pd.DataFrame:
        """A row a sample, with the column `sample`."""
        ...

    def images(self, index: np.ndarray, device: torch.device) -> Tensor:
        """float32 (n, 3, size, size) in [0, 1]: rows `index` of the table."""
        ...


class ImageCache:
    """The pictures of test sets by name, from `load`, which is called when the first is asked for
    (it may have to check and pack photographs)."""

    def __init__(
        self, load: Callable[[], Mapping[str, ImageSource]], max_cached: int = MAX_CACHED_IMAGES
    ) -> None:
        self._load, self._max_cached = load, max_cached
        self._sets: Mapping[str, ImageSource] | None = None
        self._rows: dict[str, dict[str, int]] = {}
        self._uris: OrderedDict[tuple[str, str], str] = OrderedDict()

    @property
    def is_loaded(self) -> bool:
        """Whether the test sets are loaded."""
        return self._sets is not None

    def __len__(self) -> int:
        """Encoded pictures that are kept now."""
        return len(self._uris)

    def images(self, test_set: str, names: Sequence[str]) -> np.ndarray:
        """uint8 (n, size, size, 3): the named samples of a test set.

        Raises DataError naming a test set or sample that the data no longer holds.
        """
        found, rows = self._image_source(test_set)
        lost = [name for name in names if name not in rows]
        if lost:
            raise DataError(f"{lost[0]} is no longer in the data of test set {test_set}")
        made = found.images(np.array([rows[name] for name in names], int), CPU)
        return (made.permute(0, 2, 3, 1) * 255).round().clamp(0, 255).byte().numpy()

    def data_uris(self, test_set: str, names: Sequence[str]) -> list[str]:
        """The named samples as `data:` addresses of JPEGs, from those kept or made anew; larger
        ones are scaled down to `SMALL` px."""
        lacking = [name for name in dict.fromkeys(names) if (test_set, name) not in self._uris]
        if lacking:
            for name, image in zip(lacking, self.images(test_set, lacking), strict=True):
                self._uris[test_set, name] = jpeg_data_uri(image, THUMBNAIL_SIDE)
        for name in names:
            self._uris.move_to_end((test_set, name))
        wanted = [self._uris[test_set, name] for name in names]
        while len(self._uris) > self._max_cached:
            self._uris.popitem(last=False)
        return wanted

    def _image_source(self, test_set: str) -> tuple[ImageSource, dict[str, int]]:
        if self._sets is None:
            self._sets = self._load()
        if test_set not in self._sets:
            known = ", ".join(self._sets)
            raise DataError(f"test set {test_set} is not among this run's: {known}")
        found = self._sets[test_set]
        if test_set not in self._rows:
            names = found.table["sample"].tolist()
            self._rows[test_set] = {name: row for row, name in enumerate(names)}
        return found, self._rows[test_set]


def jpeg_data_uri(image: np.ndarray, max_side: int = 1024) -> str:
    """A `data:` address of a JPEG of an image, uint8 (H, W, 3), scaled down to `most` px a side."""
    content, picture = io.BytesIO(), Image.fromarray(image)
    picture.thumbnail((max_side, max_side), Image.Resampling.BOX)
    picture.save(content, "JPEG", quality=90, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode()
