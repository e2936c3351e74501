"""Images of test samples, made when they are needed.

They are what the model was tested on, pixel for pixel (`TestSet.images`): cropped photographs, and
renders pasted by their placement. The last few hundred are cached as JPEG, so that going back is
instant and memory stays bounded.
"""

import base64
import io
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from synthlib.photographs.photographs import DataError
from synthlib.reporting.sheets.run_images import to_uint8

CPU = torch.device("cpu")

THUMBNAIL_SIDE = 112
"""Maximum side of a thumbnail in px; a page of 18 thumbnails is about 0.1 MB."""

MAX_CACHED_IMAGES = 600
"""Maximum number of cached thumbnails: 2 to 10 MB."""


class ImageSource(Protocol):
    """Images with one row each in a table, such as `datasets.TestSet`."""

    @property
    def table(self) -> pd.DataFrame:
        """One row per sample, with the column `sample`."""
        ...

    def images(self, index: np.ndarray, device: torch.device) -> Tensor:
        """float32 (n, 3, size, size) in [0, 1]: rows `index` of the table."""
        ...


class ImageCache:
    """Images of test sets, by the name of the test set and of the sample.

    Args:
        load: Returns the image sources by test set. It is called when the first image is needed, as
            it may check and pack photographs.
        max_cached: Maximum number of cached thumbnails.
    """

    def __init__(
        self, load: Callable[[], Mapping[str, ImageSource]], max_cached: int = MAX_CACHED_IMAGES
    ) -> None:
        self._load, self._max_cached = load, max_cached
        self._sets: Mapping[str, ImageSource] | None = None
        self._rows: dict[str, dict[str, int]] = {}
        self._uris: OrderedDict[tuple[str, str], str] = OrderedDict()

    @property
    def is_loaded(self) -> bool:
        """True once the image sources are loaded."""
        return self._sets is not None

    def __len__(self) -> int:
        """Number of cached thumbnails."""
        return len(self._uris)

    def images(self, test_set: str, names: Sequence[str]) -> np.ndarray:
        """The named samples of a test set, uint8 (n, size, size, 3).

        Raises:
            DataError: The data no longer has the test set or a sample.
        """
        source, rows = self._image_source(test_set)
        lost = [name for name in names if name not in rows]
        if lost:
            raise DataError(f"{lost[0]} is no longer in the data of test set {test_set}")
        batch = source.images(np.array([rows[name] for name in names], int), CPU)
        return to_uint8(batch)

    def data_uris(self, test_set: str, names: Sequence[str]) -> list[str]:
        """Thumbnails of the named samples as `data:` URIs, cached or made now."""
        missing = [name for name in dict.fromkeys(names) if (test_set, name) not in self._uris]
        if missing:
            for name, image in zip(missing, self.images(test_set, missing), strict=True):
                self._uris[test_set, name] = jpeg_data_uri(image, THUMBNAIL_SIDE)
        for name in names:
            self._uris.move_to_end((test_set, name))
        uris = [self._uris[test_set, name] for name in names]
        while len(self._uris) > self._max_cached:
            self._uris.popitem(last=False)
        return uris

    def table_images(self, rows: pd.DataFrame) -> list[np.ndarray]:
        """The image of each row of a sample table, uint8 (H, W, 3)."""
        return _by_test_set(self.images, rows)

    def table_data_uris(self, rows: pd.DataFrame) -> list[str]:
        """The thumbnail of each row of a sample table, as `data:` URIs."""
        return _by_test_set(self.data_uris, rows)

    def _image_source(self, test_set: str) -> tuple[ImageSource, dict[str, int]]:
        if self._sets is None:
            self._sets = self._load()
        if test_set not in self._sets:
            known = ", ".join(self._sets)
            raise DataError(f"test set {test_set} is not among this run's: {known}")
        source = self._sets[test_set]
        if test_set not in self._rows:
            names = source.table["sample"].tolist()
            self._rows[test_set] = {name: row for row, name in enumerate(names)}
        return source, self._rows[test_set]


def jpeg_data_uri(image: np.ndarray, max_side: int = 1024) -> str:
    """Encode an image, uint8 (H, W, 3), as a `data:` URI of a JPEG of at most `max_side` px."""
    content = io.BytesIO()
    thumbnail = Image.fromarray(image)
    thumbnail.thumbnail((max_side, max_side), Image.Resampling.BOX)
    thumbnail.save(content, "JPEG", quality=90, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode()


def _by_test_set(fetch: Callable[[str, list[str]], Iterable], rows: pd.DataFrame) -> list:
    """Fetch the samples of a table with one call per test set; results in the table's order."""
    fetched = {}
    for test_set, part in rows.groupby("test_set", observed=True):
        fetched |= zip(part.index, fetch(str(test_set), part["sample"].tolist()), strict=True)
    return [fetched[row] for row in rows.index]
