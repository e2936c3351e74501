"""Folders of photographs of users: splits, identical files, broken files, missing folders."""

import errno
import itertools
import os
import shutil
import socket
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from synthlib.classes import ObjectClass, select_classes
from synthlib.data.study_tables import backgrounds_digest, table_digest
from synthlib.photographs import photographs
from synthlib.photographs.backgrounds import scan_backgrounds
from synthlib.photographs.photographs import DataError, scan_photographs
from synthlib.photographs.subsets import real_subset
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import data_root

CLASSES = select_classes(["banana", "basketball"])
BANANA, BASKETBALL = (cls.synset for cls in CLASSES)


def _write_image(path, seed, size=(12, 10)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, "PNG" if path.suffix == ".png" else "JPEG")


@pytest.fixture
def root(tmp_path):
    for k, synset in enumerate((BANANA, BASKETBALL)):
        for split, count in (("train", 30), ("val", 5)):
            for i in range(count):
                name = f"{synset}_{i}.{('JPEG', 'jpg', 'png', 'JPG')[i % 4]}"
                seed = 1000 * k + i + (500 if split == "val" else 0)
                _write_image(tmp_path / "imagenet" / split / synset / name, seed)
    return tmp_path


def _scan(root, dev=4, seed=0, **options):
    return scan_photographs(root, CLASSES, dev_per_class=dev, data_seed=seed, **options)


def _split(found, split):
    return set(found.table.loc[found.table["split"] == split, "sample"])


def _file(root, split, synset, i):
    (path,) = (root / "imagenet" / split / synset).glob(f"{synset}_{i}.*")
    return path


def test_table_names_sizes_and_splits(root):
    found = _scan(root)
    counts = found.table.groupby(["class", "split"]).size().unstack()
    assert (counts[["train", "dev", "val"]].to_numpy() == [26, 4, 5]).all()
    assert set(found.table["width"]) == {12}
    assert set(found.table["height"]) == {10}
    assert found.table["sample"].is_unique
    assert f"imagenet/train/{BANANA}/{BANANA}_1.jpg" in set(found.table["sample"])
    assert found.broken == found.duplicates == ()


def test_dev_depends_only_on_the_data_seed_and_the_names(root, tmp_path_factory):
    assert _split(_scan(root), "dev") == _split(_scan(root), "dev")
    assert _split(_scan(root, seed=1), "dev") != _split(_scan(root), "dev")
    assert _split(_scan(root, dev=2), "dev") < _split(_scan(root), "dev")
    before = _scan(root)
    (root / sorted(_split(before, "train"))[3]).unlink()
    assert _split(_scan(root), "dev") == _split(before, "dev")
    elsewhere = tmp_path_factory.mktemp("copy")
    for path in sorted((p for p in root.rglob("*") if p.is_file()), reverse=True):
        target = elsewhere / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    pd.testing.assert_frame_equal(_scan(root).table, _scan(elsewhere).table)


def test_identical_photographs_are_named_and_stay_in_one_split(root):
    for i in range(1, 21):  # twins within a class, and under two labels
        synset = BANANA if i % 2 else BASKETBALL
        shutil.copy(_file(root, "train", BANANA, 0), _file(root, "train", synset, i))
    shutil.copy(_file(root, "val", BANANA, 3), _file(root, "train", BASKETBALL, 25))
    found = _scan(root, dev=5)
    assert len(found.duplicates) == 2
    assert all(" = " in line for line in found.duplicates)
    assert f"{BASKETBALL}_25" in "".join(found.duplicates)
    by_hash = found.table.groupby("sha256")["split"].nunique()
    assert by_hash.max() == 1
    assert not any(f"{BASKETBALL}_25" in sample for sample in _split(found, "train"))
    assert any(f"{BANANA}_3." in sample for sample in _split(found, "val"))
    with pytest.raises(DataError, match="fewer than class banana's 19 distinct"):
        _scan(root, dev=19)
    subset = real_subset(found.table, 1 / 3, 0)
    rest = found.table[(found.table["split"] == "train")]
    rest = rest[~rest["sample"].isin(set(subset["sample"]))]
    assert not set(subset["sha256"]) & set(rest["sha256"])


def test_broken_photographs_are_named_and_skipped_or_refused(root):
    cut = _file(root, "train", BANANA, 4)
    cut.write_bytes(cut.read_bytes()[:-40])
    _file(root, "train", BASKETBALL, 7).write_bytes(b"")
    _file(root, "val", BASKETBALL, 1).write_text("<html>404</html>")
    (root / "imagenet/train" / BANANA / "gone.jpg").symlink_to(root / "nowhere.jpg")
    (root / "imagenet/train" / BANANA / "._x.JPEG").write_text("a Mac's resource fork")
    (root / "imagenet/train" / BANANA / "notes.txt").write_text("not a photograph")
    (root / "imagenet/train" / BANANA / "phone.HEIC").write_bytes(b"a telephone's")
    (root / "imagenet/train" / BANANA / "._phone.heic").write_text("a Mac's resource fork")
    jfif = _file(root, "train", BANANA, 2)
    jfif = jfif.rename(jfif.with_suffix(".jfif"))  # a JPEG, as some browsers save it
    found = _scan(root)
    assert f"imagenet/train/{BANANA}/{jfif.name}" in set(found.table["sample"])
    assert [line.split("/", 2)[2].split(" (")[0] for line in found.broken] == [
        f"{BANANA}/gone.jpg: No such file or directory",
        f"{BANANA}/{cut.name}: image file is truncated",
        f"{BANANA}/phone.HEIC: .HEIC is not read; save it as JPEG or PNG",
        f"{BASKETBALL}/{BASKETBALL}_7.JPG: cannot identify image file",
        f"{BASKETBALL}/{BASKETBALL}_1.jpg: cannot identify image file",
    ]
    assert f"imagenet/train/{BANANA}/{cut.name}" not in set(found.table["sample"])
    with pytest.raises(DataError, match=r"5 photographs cannot be decoded.*" + BANANA):
        _scan(root, broken="refuse")


def test_pixels_that_pillow_would_clip_are_named(root):
    deep = _file(root, "train", BANANA, 2)
    Image.fromarray(np.full((10, 12), 4000, np.uint16)).save(deep)
    found = _scan(root)
    [line] = found.broken
    assert line.endswith(f"{deep.name}: pixels of mode I;16; save it with 8 bits a channel")


def test_missing_data_is_named_in_a_sentence(root, monkeypatch, tmp_path):
    monkeypatch.delenv("SYNTHLIB_DATA", raising=False)
    with pytest.raises(ParameterError, match=r"^no data root is given; .*data_root.*SYNTHLIB_DATA"):
        data_root()
    with pytest.raises(ParameterError, match="missing"):
        data_root(str(tmp_path / "missing"))
    monkeypatch.setenv("SYNTHLIB_DATA", str(root))
    assert data_root() == root
    assert data_root(str(root / "imagenet")) == root / "imagenet"

    with pytest.raises(DataError, match=f"none of the classes.*{BANANA}.*{BASKETBALL}"):
        _scan(root / "imagenet")
    shutil.rmtree(root / "imagenet/train" / BASKETBALL)
    with pytest.raises(DataError, match=f"not all .*train/{BASKETBALL} .basketball."):
        _scan(root)
    (root / "imagenet/train" / BASKETBALL).mkdir()
    with pytest.raises(DataError, match=rf"class basketball: .*{BASKETBALL} holds no readable"):
        _scan(root)
    (root / "imagenet/train" / BASKETBALL / "a.jpg").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"class basketball: .* holds no readable"):
        _scan(root)


@pytest.mark.parametrize("dev", [-1, 30, 400])
def test_a_dev_that_is_too_large_is_refused(root, dev):
    with pytest.raises(DataError, match=rf"dev_per_class is {dev}; allowed: 0 or more"):
        _scan(root, dev=dev)


def test_cache_is_used_until_a_file_changes(root, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    first = _scan(root, cache=cache)
    (cache_file,) = cache.glob("photos-*.parquet")
    assert cache_file.stat().st_size > 0
    with monkeypatch.context() as patch:
        patch.setattr(photographs, "_check_file", lambda path: pytest.fail(f"{path} decoded again"))
        again = _scan(root, cache=cache)
    pd.testing.assert_frame_equal(first.table, again.table)
    same_size = _file(root, "val", BANANA, 1)
    stat = same_size.stat()
    same_size.write_bytes(b"x" * stat.st_size)
    os.utime(same_size, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert len(_scan(root, cache=cache).broken) == 1
    _write_image(_file(root, "val", BANANA, 0), 999, size=(20, 30))
    changed = _scan(root, cache=cache).table
    assert set(changed["height"]) == {10, 30}


def test_files_that_the_machine_could_not_read_are_read_again(root, tmp_path, monkeypatch):
    cache, read = tmp_path / "cache", Path.read_bytes
    lost = _file(root, "val", BANANA, 1)

    def failing(path: Path) -> bytes:
        if path == lost:
            raise OSError(errno.EIO, "Input/output error")
        return read(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", failing)
        [line] = _scan(root, cache=cache).broken
    assert line.endswith(f"{lost.name}: Input/output error")
    assert _scan(root, cache=cache).broken == ()
    lost.write_bytes(b"no image")
    assert len(_scan(root, cache=cache).broken) == 1
    with monkeypatch.context() as patch:  # the file itself is damaged, which is cached
        patch.setattr(photographs, "_check_file", lambda path: pytest.fail(f"{path} decoded again"))
        assert len(_scan(root, cache=cache).broken) == 1


def test_a_relative_data_root_is_in_the_project_from_any_working_folder(
    root, tmp_path, monkeypatch
):
    project = tmp_path / "project"
    (project / "params/scales").mkdir(parents=True)
    (project / "notebooks").mkdir()
    (project / "data").symlink_to(root, target_is_directory=True)
    for folder in (project, project / "notebooks"):  # of the command and of a notebook
        monkeypatch.chdir(folder)
        assert data_root("data") == project / "data"
        with pytest.raises(ParameterError, match=f"data root {project}/missing: no such folder"):
            data_root("missing")


def test_real_subsets_are_nested_and_their_sizes_are_rounded_half_up():
    n = 390
    table = pd.DataFrame(
        {
            "sample": [f"{c}/{i}" for c in "ab" for i in range(n)],
            "class": [c for c in "ab" for _ in range(n)],
            "split": "train",
        }
    )
    table["sha256"] = table["sample"]
    shares = {0.0333: 13, 0.1667: 65, 0.3333: 130, 0.5: 195, 1.0: 390}
    subsets = [real_subset(table, share, seed=3) for share in shares]
    for subset, count in zip(subsets, shares.values(), strict=True):
        assert subset.groupby("class").size().tolist() == [count, count]
    for small, large in itertools.pairwise(subsets):
        assert set(small["sample"]) < set(large["sample"])
    shuffled = table.sample(frac=1, random_state=0)
    again = real_subset(shuffled, 0.1667, seed=3)
    assert set(again["sample"]) == set(subsets[1]["sample"])
    assert set(real_subset(table, 0.1667, seed=4)["sample"]) != set(subsets[1]["sample"])
    with pytest.raises(ValueError, match="allowed: above 0, up to 1"):
        real_subset(table, 0.0, seed=0)
    with pytest.raises(DataError, match=r"class a are none"):
        real_subset(table, 0.001, seed=0)


@pytest.fixture
def places(tmp_path):
    folders = ("k/kitchen", "dining_room", "b/bakery/shop", "basketball_court-indoor", "a/alley")
    for k, folder in enumerate(folders):
        for i in range(10):
            _write_image(tmp_path / "places" / folder / f"{i:08d}.jpg", 100 * k + i)
    return tmp_path


def test_backgrounds_accept_every_spelling_of_a_category(places):
    found = scan_backgrounds(places, CLASSES, data_seed=0)
    assert found.categories_by_class == {
        "banana": ("bakery_shop", "dining_room", "kitchen"),
        "basketball": ("basketball_court_indoor",),
    }
    assert found.missing_categories["basketball"] == ("arena/performance",)
    assert "bakery/shop" not in found.missing_categories["banana"]
    assert found.fallback_classes == ()
    counts = found.table.groupby(["category", "split"]).size().unstack()
    assert (counts[["train", "test"]].to_numpy() == [8, 2]).all()
    assert "alley" not in set(found.table["category"])


def test_linked_folders_are_read_and_a_link_to_a_parent_folder_is_not_followed(
    root, places, tmp_path
):
    before = len(_scan(root).table)
    elsewhere = tmp_path / "elsewhere"
    _write_image(elsewhere / "more.jpg", 9999)
    _write_image(elsewhere / "scene.jpg", 9998)
    (root / "imagenet" / "train" / BANANA / "linked").symlink_to(elsewhere)
    (root / "imagenet" / "train" / BANANA / "loop").symlink_to(root / "imagenet")
    assert len(_scan(root).table) == before + 2
    scenes = len(scan_backgrounds(places, CLASSES, data_seed=0).table)
    (places / "places" / "k" / "kitchen" / "loop").symlink_to(places / "places")
    assert len(scan_backgrounds(places, CLASSES, data_seed=0).table) == scenes
    (places / "places" / "pub_indoor").symlink_to(elsewhere)
    found = scan_backgrounds(places, CLASSES, scenes="random", data_seed=0).table
    assert (found["category"] == "pub_indoor").sum() == 2


def test_shared_random_and_missing_categories(places):
    shared = scan_backgrounds(places, CLASSES, scenes="shared", data_seed=0)
    assert len(shared.categories_by_class["banana"]) == 4
    assert shared.categories_by_class["banana"] == shared.categories_by_class["basketball"]
    anywhere = scan_backgrounds(places, CLASSES, scenes="random", data_seed=0)
    assert "alley" in anywhere.categories_by_class["banana"]
    shutil.rmtree(places / "places" / "basketball_court-indoor")
    with pytest.raises(DataError, match=r"class basketball: .*arena/performance, basketball_court"):
        scan_backgrounds(places, CLASSES, data_seed=0)
    lost = scan_backgrounds(places, CLASSES, missing_scenes="any", data_seed=0)
    assert lost.fallback_classes == ("basketball",)
    assert lost.categories_by_class["basketball"] == ("bakery_shop", "dining_room", "kitchen")
    with pytest.raises(DataError, match="class banana: no backgrounds"):
        scan_backgrounds(places / "nowhere", CLASSES, missing_scenes="any", data_seed=0)


def test_background_splits_share_no_photograph_and_neither_is_empty(places):
    for i in range(8):  # most of a category is one photograph, which another category has too
        shutil.copy(
            places / "places/dining_room/00000009.jpg",
            places / f"places/dining_room/{i:08d}.jpg",
        )
    shutil.copy(
        places / "places/dining_room/00000009.jpg", places / "places/k/kitchen/00000001.jpg"
    )
    found = scan_backgrounds(places, CLASSES, data_seed=0)
    assert len(found.duplicates) == 1
    assert found.table["sha256"].is_unique
    counts = found.table.groupby(["category", "split"]).size().unstack()
    assert counts.loc["dining_room"].to_dict() == {"train": 1, "test": 1}
    assert (counts >= 1).all().all()


def test_other_categories_of_classes_of_the_user_change_the_digest(places):
    table = scan_backgrounds(places, CLASSES, data_seed=0).table
    assert backgrounds_digest(table, CLASSES) == table_digest(table, "sample")
    own = [ObjectClass("shoe", "n1", ("kitchen",)), ObjectClass("hat", "n2", ("bedroom",))]
    swapped = [ObjectClass("shoe", "n1", ("bedroom",)), ObjectClass("hat", "n2", ("kitchen",))]
    digests = {
        backgrounds_digest(table, classes) for classes in ((), own, swapped, [*own, *CLASSES])
    }
    assert len(digests) == 3
    changed = [ObjectClass("banana", BANANA, ("kitchen",))]
    assert backgrounds_digest(table, changed) not in digests
    assert backgrounds_digest(table, [ObjectClass("banana", "other", CLASSES[0].scenes)]) in digests


def test_a_folder_of_photographs_may_have_the_name_of_its_class(root):
    before = _scan(root).table
    for split in ("train", "val"):
        (root / "imagenet" / split / BANANA).rename(root / "imagenet" / split / "banana")
    after = _scan(root).table
    assert after["class"].tolist() == before["class"].tolist()
    assert set(after["sha256"]) == set(before["sha256"])
    assert (after["class"] == "banana").sum() == after["sample"].str.contains("/banana/").sum() > 0
    (root / "imagenet/train" / BANANA).symlink_to("banana")  # another name of the same folder
    assert len(_scan(root).table) == len(before)
    (root / "imagenet/val" / BANANA).mkdir()
    with pytest.raises(
        DataError, match=rf"class banana has two folders, .*val/{BANANA} and .*val/"
    ):
        _scan(root)


HIDDEN = (".ipynb_checkpoints", "@eaDir", "__MACOSX", ".thumbnails", ".Trash-0", "$RECYCLE.BIN")


def test_hidden_files_and_folders_are_neither_photographs_nor_backgrounds(root, places):
    before = _scan(root), scan_backgrounds(places, CLASSES, scenes="random", data_seed=0)
    for number, name in enumerate(HIDDEN):
        for folder in (f"imagenet/train/{BANANA}", f"imagenet/val/{BANANA}", "places/k/kitchen"):
            _write_image(root / folder / name / "deep" / "copy.jpg", 5000 + number)
            _write_image(root / folder / "._x.jpg", 6000)
        for i in range(2):
            _write_image(root / "places" / name / f"{i}.jpg", 7000 + 2 * number + i)
    after = _scan(root), scan_backgrounds(places, CLASSES, scenes="random", data_seed=0)
    for one, two in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one.table, two.table)
        assert two.broken == two.duplicates == ()
    assert before[1].categories_by_class == after[1].categories_by_class


def test_pipes_sockets_and_devices_are_named_and_not_waited_for(root, places, tmp_path):
    folder, scene = root / "imagenet/train" / BANANA, places / "places/k/kitchen"
    os.mkfifo(folder / "pipe.jpg")
    (folder / "endless.png").symlink_to("/dev/zero")
    os.mkfifo(scene / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "s.jpg"))
        (folder / "socket.jpg").symlink_to(tmp_path / "s.jpg")
        found = _scan(root)
    assert found.broken == (
        f"imagenet/train/{BANANA}/endless.png: is a device, not a file",
        f"imagenet/train/{BANANA}/pipe.jpg: is a named pipe, not a file",
        f"imagenet/train/{BANANA}/socket.jpg: is a socket, not a file",
    )
    [line] = scan_backgrounds(places, CLASSES, data_seed=0).broken
    assert line == "places/k/kitchen/pipe.jpg: is a named pipe, not a file"
    with pytest.raises(DataError, match=r"3 photographs cannot be decoded"):
        _scan(root, broken="refuse")


def test_a_name_that_is_not_utf8_is_named_and_skipped_or_refused(root, places, tmp_path):
    odd = _file(root, "train", BANANA, 2)
    os.rename(odd, os.fsencode(odd.parent) + b"/caf\xe9.png")
    scene = places / "places" / "k" / "kitchen"
    os.rename(scene / "00000003.jpg", os.fsencode(scene) + b"/\xff.jpg")
    for _ in range(2):  # the second time from the cache
        found = _scan(root, cache=tmp_path / "cache")
        assert found.broken == (
            f"imagenet/train/{BANANA}/caf\\xe9.png: its name is not UTF-8; rename it",
        )
        assert "caf" not in "".join(found.table["sample"])
    found = scan_backgrounds(places, CLASSES, data_seed=0)
    assert found.broken == ("places/k/kitchen/\\xff.jpg: its name is not UTF-8; rename it",)
    with pytest.raises(DataError, match=r"1 photographs cannot be decoded.*caf\\xe9"):
        _scan(root, broken="refuse")
