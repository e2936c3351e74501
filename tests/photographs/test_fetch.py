"""`synthlib fetch` on small archives: folders of a data root, interruptions, hostile archives."""

import itertools
import os
import signal
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from synthlib import params
from synthlib.classes import CLASSES, normalise_category, select_classes
from synthlib.cli import main
from synthlib.data import prepare, study_tables
from synthlib.photographs.backgrounds import scan_backgrounds
from synthlib.photographs.fetch import (
    _NOTE_FILE,
    OTHER_FOLDER,
    OTHER_SYNSETS,
    PLACES_FILES,
    TINY_CLASSES,
    TINY_IMAGENET_ARCHIVE,
    FetchError,
    FetchOptions,
    FetchReport,
    fetch_places,
    fetch_tiny_imagenet,
)
from synthlib.photographs.photographs import PHOTOGRAPH_FILE_NAME
from synthlib.utils import archives
from synthlib.utils.archives import ArchiveError
from synthlib.utils.download import DownloadError, RemoteFile
from tests.helpers.small_disks import temporary_disk
from tests.helpers.web_server import jpeg, running_server, tarred, zipped

TRAIN, VAL, SCENES = 4, 2, 5


def AGREE(terms: str) -> None:
    """Accept the terms of use."""


KEYS = sorted({normalise_category(scene) for cls in CLASSES.values() for scene in cls.scenes})


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with running_server() as web:
        yield web


def tiny_files() -> dict[str, bytes]:
    """The layout of Tiny-ImageNet: numbers in no order, and files that are not wanted."""
    top = "tiny-imagenet-200"
    files = {f"{top}/wnids.txt": b"n02769748", f"{top}/val/images/val_0.JPEG": jpeg(64, "val")}
    for synset in [*(c.synset for c in select_classes(TINY_CLASSES)), "n01443537"]:
        files[f"{top}/train/{synset}/{synset}_boxes.txt"] = b"x"
        for i in (10, 9, 0, 2, 1, 11):
            files[f"{top}/train/{synset}/images/{synset}_{i}.JPEG"] = jpeg(64, synset, i)
    return files


def places_files(keys=KEYS, lost: str = "") -> tuple[bytes, bytes]:
    """The archives of Places365's lists and of its validation photographs."""
    names = {normalise_category(s): s for cls in CLASSES.values() for s in cls.scenes}
    names["childs_room"] = "childs_room"
    listed = ["/a/airfield", *(f"/{names[key][0]}/{names[key]}" for key in keys)]
    categories = "".join(f"{name} {i}\n" for i, name in enumerate(listed))
    rows, images = [], {}
    for n, (i, _) in enumerate(itertools.product(range(len(listed)), range(SCENES)), 1):
        name = f"Places365_val_{n:08d}.jpg"
        rows.append(f"{name} {i}")
        images[f"val_256/{name}"] = jpeg(32, n)
    images.pop(lost, None)
    lists = {"categories_places365.txt": categories, "places365_val.txt": "\n".join(rows) + "\n"}
    lists["places365_test.txt"] = "x"
    return tarred({name: text.encode() for name, text in lists.items()}), tarred(images)


@pytest.fixture
def tiny(web):
    """A function that fetches the micro Tiny-ImageNet into a root."""
    archive = web.serve_file("tiny-imagenet-200.zip", zipped(tiny_files()))

    def fetch(root: Path, agree: Callable[[str], None] = AGREE, **changes) -> FetchReport:
        options = FetchOptions(agree=agree, progress=False)
        given = {"archive": archive, "train": TRAIN, "val": VAL, "others": ()} | changes
        return fetch_tiny_imagenet(root, options, **given)

    fetch.archive = archive
    return fetch


@pytest.fixture
def places(web):
    lists, images = places_files()
    files = (web.serve_file("filelist.tar", lists), web.serve_file("val_256.tar", images))

    def fetch(
        root: Path,
        agree: Callable[[str], None] = AGREE,
        files: tuple[RemoteFile, RemoteFile] = files,
    ) -> FetchReport:
        return fetch_places(root, FetchOptions(agree=agree, progress=False), files=files)

    fetch.files = files
    return fetch


def tree(root: Path) -> dict[str, bytes]:
    """The bytes of every file below root, except of the notes."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != ".fetched.json")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(files)}


# --- the folders ----------------------------------------------------------------------------------


def test_fetched_folders_are_those_that_the_scale_tiny_reads(tiny, places, tmp_path):
    tiny(tmp_path)
    places(tmp_path)
    folders = {"outputs": str(tmp_path / "outputs"), "data_root": str(tmp_path)}
    settings = params.load("tiny", "baseline", dev_per_class=1, **folders)
    found = study_tables.study_photographs(settings, tmp_path, select_classes(settings.classes))
    counts = found.table.groupby("class")["split"].value_counts().unstack()
    assert list(counts.index) == sorted(settings.classes)
    assert (counts == {"train": TRAIN - 1, "dev": 1, "val": VAL}).all(axis=None)
    assert found.broken == ()
    for scenes in ("class", "random"):
        given = {"scenes": scenes, "missing_scenes": "fail"}
        backgrounds = scan_backgrounds(
            tmp_path, select_classes(settings.classes), data_seed=settings.data_seed, **given
        )
        assert not any(backgrounds.missing_categories.values())
        assert backgrounds.fallback_classes == ()
    assert set(backgrounds.table["category"]) == set(KEYS)
    assert len(backgrounds.table) == len(KEYS) * SCENES
    settings = params.load("tiny", "baseline", dev_per_class=1, test_sets=["real"], **folders)
    assert len(prepare.prepare_data(settings, quiet=True).photographs.table) == 7 * (TRAIN + VAL)
    prepare.check_data(
        params.load("tiny", "mixed_real33", dev_per_class=1, assets="procedural", **folders)
    )


def test_the_classes_are_those_of_the_scale_tiny():
    assert sorted(TINY_CLASSES) == sorted(params.load("tiny", "baseline").classes)


def test_the_highest_numbers_are_for_validation(tiny, tmp_path):
    """The project's results are made with numbers 0-449 for training and 450-499 for validation."""
    report = tiny(tmp_path)
    synset = CLASSES["banana"].synset
    got = {
        part: sorted(p.name for p in (tmp_path / "imagenet" / part / synset).glob("*.JPEG"))
        for part in ("train", "val")
    }
    assert got["train"] == [f"{synset}_{i}.JPEG" for i in (0, 1, 2, 9)]
    assert got["val"] == [f"{synset}_{i}.JPEG" for i in (10, 11)]
    assert len(report.fetched) == 14
    files = tiny_files()
    for path, content in tree(tmp_path / "imagenet").items():
        _, synset, name = path.split("/")
        assert files[f"tiny-imagenet-200/train/{synset}/images/{name}"] == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["imagenet"]


def test_other_synsets_are_backgrounds(tiny, web, tmp_path):
    goldfish = {"others": ("n01443537",), "per_other": 3}
    report = tiny(tmp_path, **goldfish)
    folder = tmp_path / "imagenet_other/n01443537"
    assert folder in report.fetched
    assert len(report.fetched) == 15
    names = [f"n01443537_{i}.JPEG" for i in (0, 1, 2)]
    assert sorted(path.name for path in folder.glob("*.JPEG")) == names
    settings = params.load("tiny", "mixed_real33", protocol="tuned", dev_per_class=1)
    assert (settings.backgrounds, settings.backgrounds_folder) == ("folder", OTHER_FOLDER)
    for path in folder.iterdir():
        path.unlink()
    (folder / "mine.jpg").write_bytes(b"mine")
    web.requests = []
    assert len(tiny(tmp_path, **goldfish).existing) == 15
    assert web.requests == []
    with pytest.raises(FetchError, match="6 training photographs of synset n01443537, expected 7"):
        tiny(tmp_path / "new", others=("n01443537",), per_other=7)
    assert not (tmp_path / "new/imagenet").exists()


def test_no_other_synset_is_a_class():
    assert len(set(OTHER_SYNSETS)) == len(OTHER_SYNSETS) == 80
    assert not {cls.synset for cls in CLASSES.values()} & set(OTHER_SYNSETS)


def test_places_go_by_their_labels_into_folders_of_one_spelling(places, tmp_path):
    report = places(tmp_path)
    assert sorted(path.name for path in (tmp_path / "places").iterdir()) == KEYS
    assert len(report.fetched) == len(KEYS) == 44
    n = KEYS.index("bakery_shop") + 1  # airfield comes first
    first = n * SCENES + 1
    assert (tmp_path / f"places/bakery_shop/Places365_val_{first:08d}.jpg").read_bytes() == jpeg(
        32, first
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["places"]


# --- a second start -------------------------------------------------------------------------------


def test_filled_folders_need_neither_terms_nor_a_download(tiny, places, web, tmp_path):
    tiny(tmp_path)
    places(tmp_path)
    web.requests = []

    def asked(_: str) -> None:
        raise AssertionError("asked for terms")

    for fetch, n in ((tiny, 14), (places, 44)):
        report = fetch(tmp_path, agree=asked)
        assert (report.fetched, len(report.existing)) == ((), n)
    assert web.requests == []


def test_only_missing_folders_are_fetched_and_others_stay_unchanged(tiny, places, tmp_path):
    tiny(tmp_path)
    places(tmp_path)
    before = tree(tmp_path)
    mine = tmp_path / "places/kitchen/Places365_val_mine.jpg"
    mine.write_bytes(b"mine")
    lost = [tmp_path / "imagenet/val/n07753592", tmp_path / "places/office"]
    for folder in lost:
        for path in folder.iterdir():
            path.unlink()
    lost[1].rmdir()
    assert tiny(tmp_path).fetched == (lost[0],)
    assert places(tmp_path).fetched == (lost[1],)
    assert mine.read_bytes() == b"mine"
    mine.unlink()
    assert tree(tmp_path) == before


def test_photographs_of_the_user_are_never_mixed_with_fetched_ones(tiny, places, web, tmp_path):
    own = tmp_path / "imagenet/train/n07753592/n07753592_1.JPEG"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    with pytest.raises(FetchError, match=r"train/n07753592 exists, and is not from tiny-imagenet"):
        tiny(tmp_path)
    assert web.requests == []
    assert tree(tmp_path) == {"imagenet/train/n07753592/n07753592_1.JPEG": b"mine"}
    kitchen = tmp_path / "places/kitchen/a.jpg"
    kitchen.parent.mkdir(parents=True)
    kitchen.write_bytes(b"mine")
    report = places(tmp_path)
    assert report.existing == (kitchen.parent,)
    assert [path.name for path in kitchen.parent.iterdir()] == ["a.jpg"]
    tiny(tmp_path / "other")
    with pytest.raises(FetchError, match="with this split"):
        tiny(tmp_path / "other", train=3, val=3)


@pytest.mark.parametrize("at", [0, 1, 5, 12])
def test_stopped_between_two_folders_and_started_again(tiny, web, tmp_path, monkeypatch, at):
    whole = tmp_path / "whole"
    tiny(whole)
    rename, left = Path.rename, iter(range(at + 1))

    def stop(self: Path, target: Path) -> Path:
        if self.name.startswith("n0") and next(left, None) is None:
            raise KeyboardInterrupt
        return rename(self, target)

    root = tmp_path / "root"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", stop)
        with pytest.raises(KeyboardInterrupt):
            tiny(root)
    assert len(list(root.glob("imagenet/*/n*"))) == at + 1
    web.requests = []
    report = tiny(root)
    assert (len(report.fetched), len(report.existing)) == (13 - at, at + 1)
    assert web.requests == []  # the archive was kept
    assert tree(root) == tree(whole)


KILLER = """
import os, signal, sys
from pathlib import Path
from synthlib.photographs.fetch import FetchOptions, fetch_tiny_imagenet
from synthlib.utils import archives
from synthlib.utils.download import RemoteFile

where, name, url, size, md5, root = sys.argv[1:]
place = {"safe_relative_path": archives, "fsync_path": archives, "rename": Path}[where]
real, n = getattr(place, where), []

def kill(first, *more):
    n.append(first)
    if len(n) == {"safe_relative_path": 150, "fsync_path": 30, "rename": 6}[where]:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(first, *more)

setattr(place, where, kill)
archive = RemoteFile(name, url, int(size), md5)
options = FetchOptions(agree=print, progress=False)
fetch_tiny_imagenet(Path(root), options, train=4, val=2, archive=archive, others=())
"""


@pytest.mark.parametrize(
    ("where", "n_folders"), [("safe_relative_path", 0), ("fsync_path", 0), ("rename", 4)]
)
def test_killed_and_started_again(tiny, web, tmp_path, where, n_folders):
    """Killed while unpacking, while files are synced to disk, and between two folders."""
    whole, root = tmp_path / "whole", tmp_path / "root"
    tiny(whole)
    given = [tiny.archive.name, tiny.archive.url, str(tiny.archive.size), tiny.archive.md5, root]
    words = [sys.executable, "-c", KILLER, where, *map(str, given)]
    done = subprocess.run(words, stdout=subprocess.DEVNULL)
    assert done.returncode == -signal.SIGKILL
    assert [path for path in (root / ".fetch/unpacked").rglob("*") if path.is_file()]
    assert len(list(root.glob("imagenet/*/n*"))) == n_folders
    web.requests = []
    assert len(tiny(root).fetched) == 14 - n_folders
    assert web.requests == []
    assert tree(root) == tree(whole)
    assert sorted(path.name for path in root.iterdir()) == ["imagenet"]


def test_two_at_once_in_one_root(tiny, web, tmp_path):
    web.gate, web.cuts = threading.Event(), [1000]
    first = threading.Thread(target=lambda: tiny(tmp_path))
    first.start()
    try:
        assert web.waiting_at_gate.wait(60)
        with pytest.raises(FetchError, match="another process is fetching into"):
            tiny(tmp_path)
    finally:
        web.gate.set()
        first.join()
    assert len(tiny(tmp_path).existing) == 14


# --- failures -------------------------------------------------------------------------------------


def test_a_wrong_checksum_leaves_no_files(tiny, tmp_path):
    with pytest.raises(DownloadError, match=r"MD5 .*, expected 1{32}"):
        tiny(tmp_path, archive=replace(tiny.archive, md5="1" * 32))
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("name", ["banana", "tv_remote"])
def test_a_class_that_is_missing_in_the_archive_is_named(tiny, web, tmp_path, name):
    synset = CLASSES[name].synset
    files = {path: data for path, data in tiny_files().items() if f"/{synset}/images" not in path}
    with pytest.raises(FetchError, match=rf"class {name}: x\.zip has 0 .* {synset}, expected 6"):
        tiny(tmp_path, archive=web.serve_file("x.zip", zipped(files)))
    assert not (tmp_path / "imagenet").exists()
    files = tiny_files()
    files.pop(f"tiny-imagenet-200/train/{synset}/images/{synset}_9.JPEG")
    with pytest.raises(FetchError, match=rf"class {name}: y\.zip has 5"):
        tiny(tmp_path, archive=web.serve_file("y.zip", zipped(files)))


def test_a_category_or_photograph_that_is_missing_is_named(places, web, tmp_path):
    lists, images = places_files([key for key in KEYS if key not in ("attic", "kitchen")])
    offered = (web.serve_file("l.tar", lists), web.serve_file("val_256.tar", images))
    with pytest.raises(FetchError, match="no scene category attic, kitchen"):
        places(tmp_path / "a", files=offered)
    name = "val_256/Places365_val_00000017.jpg"
    lists, images = places_files(lost=name)
    offered = (web.serve_file("m.tar", lists), web.serve_file("val_256.tar", images))
    fault = rf"val_256\.tar is missing 1 files, the first is {name}"
    with pytest.raises(ArchiveError, match=fault):
        places(tmp_path / "b", files=offered)
    assert not (tmp_path / "b/places").exists()
    lists = tarred({"categories_places365.txt": b"/a/attic 0\nodd\n", "places365_val.txt": b""})
    with pytest.raises(FetchError, match=r"categories_places365\.txt in n\.tar: expected `name nu"):
        places(tmp_path / "c", files=(web.serve_file("n.tar", lists), offered[1]))
    with pytest.raises(ArchiveError, match=r"o\.tar does not contain categories_places365\.txt"):
        places(tmp_path / "d", files=(web.serve_file("o.tar", tarred({"x": b""})), offered[1]))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_a_truncated_archive_is_named_and_nothing_is_stored(tiny, places, web, tmp_path, share):
    """The checksum is that of the truncated archive, so that only unpacking finds the damage."""
    content = web.files["/tiny-imagenet-200.zip"]
    archive = web.serve_file("t.zip", content[: int(len(content) * share)])
    with pytest.raises(ArchiveError, match=r"t\.zip cannot be unpacked"):
        tiny(tmp_path, archive=archive)
    lists, images = (web.files[f"/{file.name}"] for file in places.files)
    archive = web.serve_file("val_256.tar", images[: int(len(images) * share)])
    fault = r"val_256\.tar (cannot be unpacked|is missing|does not contain)"
    with pytest.raises(ArchiveError, match=fault):
        places(tmp_path, files=(web.serve_file("lists.tar", lists), archive))
    assert [path for path in tree(tmp_path) if not path.startswith(".fetch/")] == []
    assert not (tmp_path / ".fetch/unpacked").exists()


def test_a_full_disk_is_a_sentence_and_the_next_start_resumes(tiny, tmp_path, monkeypatch):
    whole = tmp_path / "whole"
    tiny(whole)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(1e9, 0, 1e9))
    size = tiny.archive.size
    root = tmp_path / "disk"
    with temporary_disk(root, f"{size // 2}") as remount:
        for part in (size // 2, size * 5 // 4):
            remount(f"size={part}")
            with pytest.raises(FetchError, match=r"the disk of .*disk is full; free some space"):
                tiny(root)
            assert not (root / "imagenet").exists()
            assert not (root / ".fetch/unpacked").exists()
        remount("size=64m")
        tiny(root)
        assert tree(root) == tree(whole)


def test_a_full_disk_while_unpacking(tiny, tmp_path, monkeypatch):
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archives, "fsync_path", full)
        with pytest.raises(FetchError, match="is full; free some space"):
            tiny(tmp_path)
    assert not (tmp_path / "imagenet").exists()
    assert len(tiny(tmp_path).fetched) == 14


def test_another_disk_under_places_is_refused(places, tmp_path):
    with temporary_disk(tmp_path / "elsewhere", "16m"):
        root = tmp_path / "root"
        root.mkdir()
        (root / "places").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(FetchError, match=r"places is on another disk"):
            places(root)
        (root / "places").unlink()


# --- hostile archives -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../../evil", "/evil", "a/../../evil", "..\\evil", "C:evil", "tiny/..", "//evil"]
)
def test_a_name_that_leads_out_of_the_folder_is_refused(tiny, web, tmp_path, name):
    root = tmp_path / "deep/er/root"
    archive = web.serve_file("evil.zip", zipped(tiny_files() | {name: b"evil"}))
    with pytest.raises(ArchiveError, match=r"evil\.zip names a path outside itself"):
        tiny(root, archive=archive)
    assert not [path for path in tmp_path.rglob("*evil") if path.name != "evil.zip"]
    content = tarred({"val_256/a.jpg": b"x", name: b"evil"})
    (tmp_path / "evil.tar").write_bytes(content)
    with pytest.raises(ArchiveError, match=r"evil\.tar names a path outside itself"):
        archives.unpack_files(tmp_path / "evil.tar", tmp_path / "out", {"val_256/a.jpg": "a.jpg"})


def test_a_name_in_a_list_that_leads_out_of_the_folder_is_refused(places, web, tmp_path):
    lists, _ = places_files()
    (tmp_path / "l.tar").write_bytes(lists)
    categories = archives.read_file(tmp_path / "l.tar", "categories_places365.txt")
    rows = b"../../../evil.jpg 1\n" + archives.read_file(tmp_path / "l.tar", "places365_val.txt")
    lists = tarred({"categories_places365.txt": categories, "places365_val.txt": rows})
    offered = (web.serve_file("k.tar", lists), places.files[1])
    with pytest.raises(ArchiveError, match=r"k\.tar names a path outside itself"):
        places(tmp_path / "root", files=offered)
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize(
    "kind", ["SYMTYPE", "LNKTYPE", "CHRTYPE", "BLKTYPE", "FIFOTYPE", "DIRTYPE"]
)
def test_links_and_devices_in_place_of_photographs_are_refused(tmp_path, kind):
    info = tarfile.TarInfo("val_256/a.jpg")
    info.type, info.linkname = getattr(tarfile, kind), "/etc/hostname"
    (tmp_path / "a.tar").write_bytes(tarred({"val_256/b.jpg": b"x"}, info))
    wanted = {"val_256/b.jpg": "b.jpg", "val_256/a.jpg": "a.jpg"}
    with pytest.raises(
        ArchiveError, match=r"val_256/a\.jpg in .*a\.tar is a link, a folder or a d"
    ):
        archives.unpack_files(tmp_path / "a.tar", tmp_path / "out", wanted)
    assert archives.list_files(tmp_path / "a.tar") == ["val_256/b.jpg"]
    archives.unpack_files(tmp_path / "a.tar", tmp_path / "ok", {"val_256/b.jpg": "b.jpg"})  # unread


def test_links_locks_and_twins_in_zips_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/hostname")
        archive.writestr("x", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x", b"two")
        archive.writestr("big", bytes(5000))
    for name, words in (("link", "is a link"), ("x", "holds x twice")):
        with pytest.raises(ArchiveError, match=words):
            archives.unpack_files(path, tmp_path / name, {name: "a"})
    with pytest.raises(ArchiveError, match="unpacks to over 4999 bytes"):
        archives.unpack_files(path, tmp_path / "big", {"big": "a"}, max_bytes=4999)
    with pytest.raises(ArchiveError, match="over 4999 bytes"):
        archives.read_file(path, "big", 4999)
    spoilt = path.read_bytes().replace(bytes(5000), bytes(4999) + b"\1")
    path.write_bytes(spoilt)
    with pytest.raises(ArchiveError, match=r"a\.zip cannot be unpacked: Bad CRC-32"):
        archives.unpack_files(path, tmp_path / "crc", {"big": "a"})


# --- the command ----------------------------------------------------------------------------------


def command(*words: object) -> object:
    return CliRunner().invoke(main, ["fetch", *map(str, words)])


@pytest.fixture
def offered(tiny, places, monkeypatch):
    """The command's default archives replaced by small ones."""
    monkeypatch.setitem(fetch_tiny_imagenet.__kwdefaults__, "archive", tiny.archive)
    monkeypatch.setitem(fetch_tiny_imagenet.__kwdefaults__, "train", TRAIN)
    monkeypatch.setitem(fetch_tiny_imagenet.__kwdefaults__, "val", VAL)
    monkeypatch.setitem(fetch_tiny_imagenet.__kwdefaults__, "others", ())
    monkeypatch.setitem(fetch_places.__kwdefaults__, "files", places.files)
    return tiny.archive, places.files


def test_the_command_shows_the_terms_and_the_filled_folders(offered, web, tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHLIB_DATA", str(tmp_path / "data"))
    for words, address in (("tiny-imagenet", "image-net.org"), ("places", "places2.csail.mit.edu")):
        refused = command(words)
        assert refused.exit_code == 2
        assert "non-commercial" in refused.output
        assert address in refused.output
        assert "add --accept-terms if you agree; nothing was downloaded." in refused.output
    assert web.requests == []
    assert not (tmp_path / "data").exists()
    done = command("tiny-imagenet", "--accept-terms")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] == "imagenet/train/n02769748"
    assert "14 fetched, 0 existed" in done.stderr
    next_one = f"next: synthlib batch --scale tiny --data-root {tmp_path / 'data'}"
    assert f"{next_one} --set assets=procedural" in done.stderr
    assert "without models/, all objects" in done.stderr
    (tmp_path / "data/models").mkdir()
    again = command("tiny-imagenet")  # asks for no terms
    assert again.exit_code == 0, again.output
    assert "0 fetched, 14 existed" in again.output
    assert again.stderr.endswith(f"{next_one}\n")
    done = command("places", "--accept-terms", "--keep-archive")
    assert "kept " in done.output
    archives_left = sorted(path.name for path in (tmp_path / "data/.fetch").iterdir())
    assert archives_left == ["filelist.tar", "val_256.tar"]


def test_the_command_asks_in_a_terminal(offered, web, tmp_path, monkeypatch):
    monkeypatch.setattr("synthlib.cli.fetch._is_interactive", lambda: True)
    words = ["fetch", "tiny-imagenet", "--data-root", str(tmp_path)]
    refused = CliRunner().invoke(main, words, input="n\n")
    assert refused.exit_code == 1
    assert "Do you agree?" in refused.output
    assert web.requests == []
    assert CliRunner().invoke(main, words, input="y\n").exit_code == 0


def test_the_command_with_a_mirror(offered, tmp_path):
    _, files = offered
    with running_server() as mirror, running_server() as broken:
        mirror.files["/m/other.zip"] = zipped(tiny_files())
        lists, images = places_files()
        mirror.files |= {f"/m/{files[0].name}": lists, f"/m/{files[1].name}": images}
        root = ["--accept-terms", "--data-root", tmp_path]
        done = command("tiny-imagenet", "--url", mirror.url("m/other.zip"), *root)
        assert done.exit_code == 0, done.output
        done = command("places", "--url", mirror.url("m/"), *root)
        assert done.exit_code == 0, done.output
        broken.files["/m/val_256.tar"] = bytes(len(images))
        broken.files[f"/m/{files[0].name}"] = lists
        root = ["--accept-terms", "--data-root", tmp_path / "other"]
        wrong = command("places", "--url", broken.url("m/"), *root)
        assert wrong.exit_code == 1
        assert "is not val_256.tar: MD5" in wrong.output
        wrong = command("places", "--url", mirror.url("m/val_256.tar"), *root)
        assert "expected a folder's address, ending in /" in wrong.output


def test_no_data_root_is_a_sentence(monkeypatch):
    monkeypatch.delenv("SYNTHLIB_DATA", raising=False)
    failed = command("places", "--accept-terms")
    assert failed.exit_code == 2
    assert failed.output.startswith("Error: no data root: give --data-root FOLDER")


def test_manual_downloads_are_named_with_their_folders():
    answer = command("imagenet", "--data-root", "data")
    assert answer.exit_code == 1
    assert "https://image-net.org/download" in answer.output
    assert "data/imagenet/train/<synset>/" in answer.output
    assert all(cls.synset in answer.output for cls in CLASSES.values())
    answer = command("places205")
    assert answer.exit_code == 1
    assert "places2.csail.mit.edu" in answer.output
    assert "FOLDER/places/<category>/" in answer.output
    helped = command("--help").output
    assert "image-net.org" in helped
    assert "places2.csail.mit.edu" in helped


def test_the_archives_of_places_are_those_of_torchvision():
    from torchvision.datasets import Places365

    lists, images = PLACES_FILES
    assert (lists.name, lists.md5) == Places365._DEVKIT_META["standard"]
    assert (images.name, images.md5) == Places365._IMAGES_META["val", True]
    for archive in (lists, images):
        assert archive.url.split("://")[1] == (Places365._BASE_URL + archive.name).split("://")[1]
    assert TINY_IMAGENET_ARCHIVE.size == 248_100_043


def test_notes_do_not_count_as_photographs():
    assert not PHOTOGRAPH_FILE_NAME.fullmatch(_NOTE_FILE)
    assert os.fspath(_NOTE_FILE).startswith(".")
