"""Packs return the packed pixels, are built once, and are checked when opened."""

import os
import shutil
from pathlib import Path
from socket import gethostname

import numpy as np
import psutil
import pytest
from PIL import Image

from synthlib.data import packs
from synthlib.data.packs import build_or_open_pack
from synthlib.data.preprocess import crop_centre_square, crop_to_alpha, resize_shorter_side
from synthlib.photographs.photographs import DataError
from synthlib.utils.errors import FileError


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    paths = []
    for i, (height, width) in enumerate([(5, 7), (9, 4), (6, 6)]):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(rng.integers(0, 255, (height, width, 3), dtype=np.uint8)).save(paths[-1])
    return paths


def make(folder: Path, files: list[Path], hashes: str = "abc") -> packs.Pack:
    return build_or_open_pack(
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


def test_a_pack_is_built_once_and_again_when_its_files_change(tmp_path, files) -> None:
    folder = tmp_path / "packs"
    make(folder, files)
    for file in files:
        file.unlink()
    assert len(make(folder, files)) == 3  # nothing is read again
    with pytest.raises(FileError, match=r"\.png cannot be read \(No such file"):
        make(folder, files, "abd")


def test_an_interrupted_build_is_not_a_pack(tmp_path: Path, files: list[Path]) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(files[0].read_bytes()[:40])
    with pytest.raises(DataError, match=r"/broken\.png cannot be read .*: replace or delete it"):
        make(tmp_path / "packs", [*files[:2], broken])
    (tmp_path / "instance.json").touch()  # as in a render's folder
    broken.write_bytes(files[0].read_bytes()[:-30])
    again = rf"/broken\.png cannot be read .*: delete the folder {tmp_path}, and it is rendered"
    with pytest.raises(DataError, match=again):
        make(tmp_path / "packs", [*files[:2], broken])
    with pytest.raises(FileError, match="nowhere"):  # the machine's says which file itself
        make(tmp_path / "packs", [*files[:2], tmp_path / "nowhere.png"])
    whole = make(tmp_path / "packs", files)
    assert len(whole) == 3


def test_a_truncated_pack_is_named(tmp_path: Path, files: list[Path]) -> None:
    make(tmp_path / "packs", files)
    pixels = next((tmp_path / "packs").glob("*/pixels.bin"))
    pixels.write_bytes(pixels.read_bytes()[:-1])
    with pytest.raises(DataError, match="delete that folder"):
        make(tmp_path / "packs", files)


def test_shorter_side_keeps_the_aspect_and_never_enlarges() -> None:
    scale = resize_shorter_side(32)
    assert scale(Image.new("RGB", (128, 64))).size == (64, 32)
    assert scale(Image.new("RGB", (20, 30))).size == (20, 30)


def test_centre_square_cuts_the_middle() -> None:
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, 20:60] = 200
    cut = np.asarray(crop_centre_square(16)(Image.fromarray(image)))
    assert cut.shape == (16, 16, 3)
    assert (cut == 200).all()


def test_two_simultaneous_builds_leave_one_complete_pack(tmp_path: Path, files: list[Path]) -> None:
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

    first = build_or_open_pack(
        folder, files, list("abc"), transform=transform, recipe="as is", mode="RGB"
    )
    assert (np.asarray(Image.open(files[2])).ravel() == first.pixels[-108:]).all()
    assert [p.name[0] != "." for p in folder.iterdir()] == [True]


def test_a_window_is_read_alone(tmp_path: Path, files: list[Path]) -> None:
    packed = make(tmp_path / "packs", files)
    windows = np.array([[1, 2, 3, 4], [2, 0, 5, 2]])
    batch, sizes = packed.gather(np.array([0, 1]), windows)
    assert sizes.tolist() == [[3, 4], [5, 2]]
    assert (batch[0, :3, :4] == np.asarray(Image.open(files[0]))[1:4, 2:6]).all()
    assert (batch[1, :5, :2] == np.asarray(Image.open(files[1]))[2:7, :2]).all()
    assert not batch[0, 3:].any()


@pytest.mark.parametrize(("name", "words"), [("pixels.bin", "blocks"), ("index.npy", "index")])
def test_a_pack_that_was_changed_is_named(tmp_path, files, name, words) -> None:
    make(tmp_path / "packs", files)
    path = next((tmp_path / "packs").glob(f"*/{name}"))
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"{words}.*delete that folder"):
        make(tmp_path / "packs", files)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("pack.json", b"", r"pack\.json is damaged"),
        ("pack.json", b"null", "of an older version"),
        ("pixels.bin", None, r"without its pixels\.bin"),
        ("index.npy", None, r"without its index\.npy"),
    ],
)
def test_a_pack_that_lost_a_file_is_named(tmp_path, files, name, content, words) -> None:
    make(tmp_path / "packs", files)
    path = next((tmp_path / "packs").glob(f"*/{name}"))
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DataError, match=rf"{path.parent}.*{words}.*delete that folder"):
        make(tmp_path / "packs", files)


def test_a_pack_that_another_process_finished_first_is_used(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def second(part: Path, target: Path) -> Path:
        shutil.copytree(part, target)
        return rename(part, target)

    monkeypatch.setattr(Path, "rename", second)
    assert len(make(tmp_path / "packs", files)) == 3
    assert [p.name[0] != "." for p in (tmp_path / "packs").iterdir()] == [True]


def test_remains_of_a_pack_are_replaced(tmp_path: Path, files: list[Path]) -> None:
    make(tmp_path / "packs", files)
    next((tmp_path / "packs").glob("*/pack.json")).unlink()
    assert len(make(tmp_path / "packs", files)) == 3


def test_remains_of_a_killed_build_are_removed(tmp_path: Path, files: list[Path]) -> None:
    make(tmp_path / "packs", files)
    (whole,) = (tmp_path / "packs").iterdir()
    shutil.rmtree(whole)
    dead = 2**22 + 1  # above any process's number
    left = [whole.with_name(f".{whole.name}.{host}.{dead}") for host in (gethostname(), "node7")]
    for part in left:
        part.mkdir()
        (part / "pixels.bin").write_bytes(b"half")
    make(tmp_path / "packs", files)
    assert set((tmp_path / "packs").iterdir()) == {whole, left[1]}  # another machine's stays


def test_many_workers_keep_the_order(tmp_path: Path) -> None:
    paths = []
    for i in range(120):
        paths.append(tmp_path / f"{i}.png")
        Image.new("RGB", (2 + i % 5, 3), (i, 0, 0)).save(paths[-1])

    written = packs.build_or_open_pack(
        tmp_path / "packs",
        paths,
        [str(i) for i in range(120)],
        transform=lambda image: image,
        recipe="as is",
        mode="RGB",
        workers=4,
    )
    batch, sizes = written.gather(np.arange(120))
    assert batch[:, 0, 0, 0].tolist() == list(range(120))
    assert sizes[:, 1].tolist() == [2 + i % 5 for i in range(120)]


def test_a_cutout_equals_that_part_of_the_whole_render() -> None:
    """Scaled and cut, it has the pixels of the whole render scaled; what is cut off is empty."""
    rng = np.random.default_rng(0)
    pixels = np.zeros((90, 90, 4), np.uint8)
    pixels[21:64, 33:80] = rng.integers(0, 256, (43, 47, 4))
    render = Image.fromarray(pixels)
    for size in (37, 64, 90, 200):
        cut = crop_to_alpha(size)(render)
        side = min(size, 90)
        scaled = render.convert("RGBa").resize((side, side), Image.Resampling.BILINEAR)
        expected = np.frombuffer(scaled.tobytes(), np.uint8).reshape(side, side, 4).copy()
        result = np.frombuffer(cut.image.tobytes(), np.uint8)
        result = result.reshape(cut.image.height, cut.image.width, 4)
        box = np.s_[cut.top : cut.top + len(result), cut.left : cut.left + result.shape[1]]
        assert cut.canvas_side == side
        assert result.size < expected.size * 0.5
        assert np.abs(expected[box].astype(int) - result).max() <= 1
        expected[box] = 0
        assert not expected.any()


def test_an_empty_render_and_one_that_is_not_square() -> None:
    cut = crop_to_alpha(8)(Image.new("RGBA", (32, 32)))
    assert np.frombuffer(cut.image.tobytes(), np.uint8).max() == 0
    with pytest.raises(ValueError, match="32 x 16 px"):
        crop_to_alpha(8)(Image.new("RGBA", (32, 16)))


def test_memory_use_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack of 64 MB read throughout, 1 MB at a time: the process keeps a few MB of it."""
    monkeypatch.setattr(packs, "RELEASE_AFTER_BYTES", 4 * 2**20)
    paths = []
    for i in range(64):
        paths.append(tmp_path / f"{i}.bmp")
        Image.new("RGB", (1024, 341), (i, 2, 3)).save(paths[-1])
    names = [str(i) for i in range(64)]
    packed = build_or_open_pack(
        tmp_path, paths, names, transform=lambda x: x, recipe="as is", mode="RGB"
    )
    process = psutil.Process()
    before, most = process.memory_info().rss, 0
    for i in range(64):
        batch, _ = packed.gather(np.array([i]))
        assert (batch[0, :, :, 0] == i).all()
        most = max(most, process.memory_info().rss - before)
    assert len(packed.pixels) == 64 * 1024 * 341 * 3
    assert most < 24 * 2**20
