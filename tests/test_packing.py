"""Packs: the same pixels out as in, made once, never trusted when cut short."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthlib import packing
from synthlib.packing import pack
from synthlib.scaling import centre_square, shorter_side


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    paths = []
    for i, (height, width) in enumerate([(5, 7), (9, 4), (6, 6)]):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(rng.integers(0, 255, (height, width, 3), dtype=np.uint8)).save(paths[-1])
    return paths


def make(folder: Path, files: list[Path], hashes: str = "abc") -> packing.Pack:
    return pack(
        folder, files, list(hashes), transform=lambda image: image, recipe="as is", mode="RGB"
    )


def test_gather_gives_the_pixels_padded_with_zeros(tmp_path: Path, files: list[Path]) -> None:
    packed = make(tmp_path / "packs", files)
    batch, sizes = packed.gather(np.array([2, 0]))
    assert batch.shape == (2, 6, 7, 3)
    assert sizes.tolist() == [[6, 6], [5, 7]]
    assert (batch[0, :, :6] == np.asarray(Image.open(files[2]))).all()
    assert (batch[1, :5] == np.asarray(Image.open(files[0]))).all()
    assert not batch[0, :, 6:].any()
    assert not batch[1, 5:].any()


def test_a_pack_is_made_once_and_anew_when_its_sources_change(tmp_path, files) -> None:
    folder = tmp_path / "packs"
    make(folder, files)
    for file in files:
        file.unlink()
    assert len(make(folder, files)) == 3  # nothing is read again
    with pytest.raises(FileNotFoundError):
        make(folder, files, "abd")


def test_a_build_that_was_cut_off_is_not_a_pack(tmp_path: Path, files: list[Path]) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(files[0].read_bytes()[:40])
    with pytest.raises(OSError, match=r"broken|truncated|cannot identify"):
        make(tmp_path / "packs", [*files[:2], broken])
    whole = make(tmp_path / "packs", files)
    assert len(whole) == 3


def test_a_pack_cut_short_is_named(tmp_path: Path, files: list[Path]) -> None:
    make(tmp_path / "packs", files)
    pixels = next((tmp_path / "packs").glob("*/pixels.bin"))
    pixels.write_bytes(pixels.read_bytes()[:-1])
    with pytest.raises(ValueError, match="delete that folder"):
        make(tmp_path / "packs", files)


def test_shorter_side_keeps_the_aspect_and_never_enlarges() -> None:
    scale = shorter_side(32)
    assert scale(Image.new("RGB", (128, 64))).size == (64, 32)
    assert scale(Image.new("RGB", (20, 30))).size == (20, 30)


def test_centre_square_cuts_the_middle() -> None:
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, 20:60] = 200
    cut = np.asarray(centre_square(16)(Image.fromarray(image)))
    assert cut.shape == (16, 16, 3)
    assert (cut == 200).all()


def test_two_builds_at_once_leave_one_whole_pack(tmp_path: Path, files: list[Path]) -> None:
    """While the first build decodes its second image, another one builds the same pack."""
    folder, calls = tmp_path / "packs", []

    def transform(image: Image.Image) -> Image.Image:
        calls.append(image.size)
        if len(calls) == 2:
            pid = os.getpid
            os.getpid = lambda: pid() + 1  # type: ignore[assignment]  # as another process has
            make(folder, files)
            os.getpid = pid
        return image

    first = pack(folder, files, list("abc"), transform=transform, recipe="as is", mode="RGB")
    assert (np.asarray(Image.open(files[2])).ravel() == first.pixels[-108:]).all()
    assert [p.name[0] != "." for p in folder.iterdir()] == [True]
