"""Headers of photographs, as composites are to be stored."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthlib.photographs import storage
from synthlib.photographs.photographs import DataError
from synthlib.photographs.storage import read_image_storage

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_size_tables_and_subsampling_are_those_of_the_files(tmp_path: Path) -> None:
    image = Image.fromarray(PIXELS)
    image.save(tmp_path / "half.jpg", quality=75, subsampling="4:2:0")
    image.resize((30, 20)).save(tmp_path / "row.jpg", quality=50, subsampling="4:2:2")
    image.save(tmp_path / "full.jpg", quality=50, subsampling="4:4:4")
    image.save(tmp_path / "lossless.png")
    image.convert("L").save(tmp_path / "grey.jpg")
    image.convert("L").save(tmp_path / "grey.png")
    names = ["half.jpg", "grey.jpg", "row.jpg", "full.jpg", "grey.png", "lossless.png"]
    found = read_image_storage(tmp_path, names)
    assert found.sides.tolist() == [40, 20, 40, 40]
    assert found.subsampling.tolist() == [[2, 2], [1, 2], [1, 1], [1, 1]]
    # the tables of Annex K of ITU-T T.81 are those of quality 50
    assert found.tables[1, 0, 0].tolist() == [16, 11, 10, 16, 24, 40, 51, 61]
    assert found.tables[1, 1, 0].tolist() == [17, 18, 24, 47, 99, 99, 99, 99]
    assert found.tables[1, 0, :, 0].tolist() == [16, 12, 14, 14, 18, 24, 49, 72]
    assert found.tables[0, 0, 0].tolist() == [8, 6, 5, 8, 12, 20, 26, 31]
    assert not found.tables[3].any()


def test_of_many_files_some_are_read(tmp_path: Path, monkeypatch) -> None:
    for i in range(10):
        Image.fromarray(PIXELS[: 10 + i, : 10 + i]).save(tmp_path / f"{i}.jpg")
    monkeypatch.setattr(storage, "MAX_HEADERS", 4)
    found = read_image_storage(tmp_path, [f"{i}.jpg" for i in range(10)])
    assert found.sides.tolist() == [10, 13, 16, 19]


def test_grey_photographs_alone_are_refused(tmp_path: Path) -> None:
    Image.fromarray(PIXELS[..., 0]).save(tmp_path / "grey.jpg")
    with pytest.raises(DataError, match="none of the training photographs is in colour"):
        read_image_storage(tmp_path, ["grey.jpg"])
