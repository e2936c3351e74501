"""Archives in shards: same bytes, fetched whole, resumed after a kill, and refused when damaged."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest

from synthlib.seeding import rng_for
from synthlib.utils.archives import ArchiveError
from synthlib.utils.download import DownloadError
from synthlib.utils.errors import FileError, SynthlibError
from synthlib.utils.fetch_shards import FETCH_FOLDER, FetchedArchive, fetch_archive, read_archive
from synthlib.utils.folders import FolderError
from synthlib.utils.locks import LockedError, lock_folder, unlock_folder
from synthlib.utils.shards import ARCHIVE_FILE, FORMAT, Archive, ArchiveEntry, write_archive
from tests.helpers.small_disks import temporary_disk
from tests.helpers.web_server import FakeServer, running_server, tarred

FOLDERS = ("renders",)
ABOUT = {"scale": "tiny"}
SOURCES = [{"kind": "generator", "name": "cup", "licence": "MIT"}]
N_ENTRIES = 6


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with running_server() as web:
        yield web


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Six folders of two files with 5,000 bytes, and a file next to them."""
    for number in range(N_ENTRIES):
        for name in ("00.png", "views/é.png"):
            path = tmp_path / "made/renders/abc" / f"p{number}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(rng_for(0, str(number), name).bytes(5000))
    (tmp_path / "made/renders/abc/list.txt").write_text("all\n")
    return tmp_path / "made"


def entries_of(outputs: Path) -> list[ArchiveEntry]:
    top = outputs / "renders/abc"
    folders = [
        ArchiveEntry(
            folder.relative_to(outputs).as_posix(),
            {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()},
        )
        for folder in top.iterdir()
        if folder.is_dir()
    ]
    return [*folders, ArchiveEntry("renders/abc/list.txt", {"": top / "list.txt"}, True)]


def archived(outputs: Path, target: Path, shard_bytes: int = 25_000) -> Archive:
    return write_archive(
        target,
        "renders",
        entries_of(outputs),
        about=ABOUT,
        sources=SOURCES,
        texts={"README.md": "# About\n"},
        shard_bytes=shard_bytes,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def offer(web: FakeServer, folder: Path) -> str:
    """Serve a folder; returns its address."""
    web.files = {f"/{folder.name}/{name}": data for name, data in contents(folder).items()}
    return web.url(folder.name)


@pytest.fixture
def url(web: FakeServer, store: Path, tmp_path: Path) -> str:
    """Address of an archive of three shards with two folders each; the file is in the first."""
    assert len(archived(store, tmp_path / "a").shards) == 3
    return offer(web, tmp_path / "a")


def fetch(url: str, outputs: Path) -> FetchedArchive:
    return fetch_archive(url, read_archive(url, "renders", FOLDERS), outputs, progress=False)


def requested(web: FakeServer) -> list[str]:
    return [path.rpartition("/")[2] for path, _ in web.requests]


def changed_description(web: FakeServer, **values) -> None:
    path = next(path for path in web.files if path.endswith(ARCHIVE_FILE))
    web.files[path] = json.dumps(json.loads(web.files[path]) | values).encode()


# --- writing --------------------------------------------------------------------------------------


def test_the_same_files_give_the_same_bytes_whatever_their_times_and_order(store, tmp_path):
    first = archived(store, tmp_path / "a")
    for number, path in enumerate(sorted((store / "renders/abc").rglob("*"))):
        os.utime(path, (number, number))
        if path.is_file():
            path.chmod(0o600)
    second = write_archive(
        tmp_path / "b",
        "renders",
        entries_of(store)[::-1],
        about=ABOUT,
        sources=SOURCES,
        texts={"README.md": "# About\n"},
        shard_bytes=25_000,
    )
    assert first == second
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_other_readers_see_plain_files_and_the_sums_that_the_description_has(store, tmp_path):
    archived(store, tmp_path / "a")
    found = json.loads((tmp_path / "a" / ARCHIVE_FILE).read_text())
    assert found["format"] == FORMAT
    assert [entry["path"] for entry in found["entries"]] == [
        "renders/abc/list.txt",
        *(f"renders/abc/p{number}" for number in range(N_ENTRIES)),
    ]
    assert [entry["shard"] for entry in found["entries"]] == [0, 0, 0, 1, 1, 2, 2]
    for shard in found["shards"]:
        path = tmp_path / "a" / shard["name"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == shard["sha256"]
        with tarfile.open(path) as tar:
            assert {(m.mtime, m.uid, m.uname, m.mode) for m in tar} == {(0, 0, "", 0o644)}
            tar.extractall(tmp_path / "unpacked", filter="data")
    assert contents(tmp_path / "unpacked") == contents(store)


def test_an_entry_larger_than_a_shard_has_its_own(store, tmp_path):
    archive = archived(store, tmp_path / "a", shard_bytes=1)
    assert [entry.shard for entry in archive.entries] == list(range(N_ENTRIES + 1))


def test_a_changed_file_changes_the_digest(store, tmp_path):
    first = archived(store, tmp_path / "a")
    (store / "renders/abc/p0/00.png").write_bytes(b"other")
    assert archived(store, tmp_path / "b").digest != first.digest


def test_a_folder_that_is_not_empty_is_refused(store, tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(FolderError, match="is not empty: name another folder"):
        archived(store, tmp_path)
    (store / "renders/abc/p0/00.png").unlink()
    entries = [ArchiveEntry("renders/abc/p0", {"00.png": store / "renders/abc/p0/00.png"})]
    with pytest.raises(FileError, match=r"00\.png cannot be read"):
        write_archive(tmp_path / "a", "renders", entries, about={}, sources=[], texts={})
    assert not (tmp_path / "a").exists()


# --- fetching -------------------------------------------------------------------------------------


def test_everything_comes_whole_and_is_not_transferred_again(web, url, store, tmp_path):
    report = fetch(url, tmp_path / "got")
    assert (len(report.fetched), len(report.existing)) == (N_ENTRIES + 1, 0)
    assert report.bytes == report.archive.bytes
    assert contents(tmp_path / "got") == contents(store)
    assert not (tmp_path / "got" / FETCH_FOLDER).exists()
    web.requests.clear()
    again = fetch(f"{url}/{ARCHIVE_FILE}", tmp_path / "got")
    assert (len(again.fetched), len(again.existing), again.bytes) == (0, N_ENTRIES + 1, 0)
    assert requested(web) == [ARCHIVE_FILE]


def test_only_shards_with_missing_entries_are_transferred(web, url, store, tmp_path):
    fetch(url, tmp_path / "got")
    lost = tmp_path / "got/renders/abc/p3"
    lost.rename(tmp_path / "away")
    mine = tmp_path / "got/renders/abc/p2/00.png"
    mine.write_bytes(b"rendered here")
    (tmp_path / "got/renders/abc/list.txt").write_text("rewritten since\n")
    web.requests.clear()
    report = fetch(url, tmp_path / "got")
    assert [entry.path for entry in report.fetched] == ["renders/abc/p3"]
    assert [entry.path for entry in report.different] == ["renders/abc/p2"]
    assert requested(web) == [ARCHIVE_FILE, "shard-00001.tar"]
    assert contents(lost) == contents(store / "renders/abc/p3")
    assert mine.read_bytes() == b"rendered here"


def test_a_cut_connection_continues_within_the_shard(web, url, store, tmp_path):
    archive = read_archive(url, "renders", FOLDERS)
    web.cuts = [10_000]  # of the first shard
    web.requests.clear()
    fetch_archive(url, archive, tmp_path / "got", progress=False)
    assert web.header_values("Range") == [None, "bytes=10000-", None, None]
    assert contents(tmp_path / "got") == contents(store)


FETCH_CODE = """
import sys
from pathlib import Path
from synthlib.utils.fetch_shards import fetch_archive, read_archive
url, outputs = sys.argv[1:]
fetch_archive(url, read_archive(url, "renders", ("renders",)), Path(outputs), progress=False)
"""


def test_killed_in_the_middle_of_a_shard_and_started_again(web, url, store, tmp_path):
    got = tmp_path / "got"
    web.gate, web.cuts = threading.Event(), [None, None, 10_000]  # of the second shard
    running = subprocess.Popen([sys.executable, "-c", FETCH_CODE, url, str(got)])
    try:
        assert web.waiting_at_gate.wait(60)
        while running.poll() is None and not any(p.stat().st_size for p in got.rglob("*.part")):
            os.sched_yield()
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    [part] = got.rglob("*.part")
    have = part.stat().st_size
    assert part.name == "shard-00001.tar.part"
    assert 0 < have <= 10_000
    # what is in its place is complete: the entries of the first shard
    assert sorted(p.name for p in (got / "renders/abc").iterdir()) == ["list.txt", "p0", "p1"]
    assert contents(got / "renders").items() < contents(store / "renders").items()
    web.gate.set()
    web.gate = None
    web.requests.clear()
    fetch(url, got)
    assert requested(web) == [ARCHIVE_FILE, "shard-00001.tar", "shard-00002.tar"]
    assert web.header_values("Range") == [None, f"bytes={have}-", None]
    assert contents(got) == contents(store)


@pytest.mark.parametrize("place", ["unpack_files", "_move"])
def test_killed_while_a_shard_is_unpacked_and_started_again(web, url, store, tmp_path, place):
    got = tmp_path / "got"
    module = "archives" if place == "unpack_files" else "fetch_shards"
    kill = (
        "import os, signal\n"
        "from synthlib.utils import archives, fetch_shards\n"
        f"whole, calls = {module}.{place}, []\n"
        "def killed(*given, **options):\n"
        "    whole(*given, **options)\n"
        "    calls.append(given)\n"
        "    if len(calls) == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{module}.{place} = killed\n"
    )
    done = subprocess.run([sys.executable, "-c", kill + FETCH_CODE, url, str(got)], check=False)
    assert done.returncode == -signal.SIGKILL
    web.requests.clear()
    fetch(url, got)
    # its shard is here already
    again = (
        ["shard-00002.tar"] if place == "unpack_files" else ["shard-00001.tar", "shard-00002.tar"]
    )
    assert requested(web) == [ARCHIVE_FILE, *again]
    assert contents(got) == contents(store)


def test_one_process_at_a_time(url, tmp_path):
    (tmp_path / "got" / FETCH_FOLDER).mkdir(parents=True)
    lock = lock_folder(tmp_path / "got" / FETCH_FOLDER)
    try:
        with pytest.raises(LockedError, match="another process is fetching into"):
            fetch(url, tmp_path / "got")
    finally:
        unlock_folder(lock)
    assert fetch(url, tmp_path / "got").fetched


# --- refused --------------------------------------------------------------------------------------


def test_a_shard_that_is_cut_short_or_changed_is_refused(web, url, store, tmp_path):
    name = "/a/shard-00001.tar"
    whole = web.files[name]
    flipped = bytearray(whole)
    flipped[5000] ^= 1
    for content, message in (
        (
            whole[:-1000],
            r"shard-00001\.tar has [\d,]+ bytes, and shard-00001\.tar [\d,]+: this is not",
        ),
        (bytes(flipped), r"is not shard-00001\.tar: SHA-256 \w{64}, expected \w{64}"),
    ):
        web.files[name] = content
        with pytest.raises(DownloadError, match=message):
            fetch(url, tmp_path / "got")
        assert sorted(p.name for p in (tmp_path / "got/renders/abc").iterdir()) == [
            *("list.txt", "p0", "p1")
        ]
    web.files[name] = whole
    fetch(url, tmp_path / "got")
    assert contents(tmp_path / "got") == contents(store)


def test_an_archive_that_is_none_or_another_is_refused(web, url, tmp_path):
    for values, message in (
        ({"format": 2, "synthlib": "9.0"}, "has format 2, .* reads format 1: .* synthlib 9.0"),
        ({"kind": "runs"}, "is an archive of runs, not of renders: `synthlib fetch runs`"),
        ({"entries": [{"path": "x"}]}, "is damaged .TypeError"),
        ({"digest": 1}, "is damaged .*text"),
        ({"shards": [{"name": "x.tar", "bytes": 0, "sha256": "0" * 64}]}, "size or SHA-256"),
        ({"shards": [{"name": "../x.tar", "bytes": 512, "sha256": "0" * 64}]}, "name of the shard"),
        ({"shards": []}, "number of a shard"),
        ({"unknown": 1}, "is damaged"),
    ):
        kept = dict(web.files)
        changed_description(web, **values)
        with pytest.raises(ArchiveError, match=message):
            fetch(url, tmp_path / "got")
        web.files = kept
    web.files[f"/a/{ARCHIVE_FILE}"] = b"<!DOCTYPE html>"
    with pytest.raises(ArchiveError, match=r"is not an archive\.json of `synthlib archive`"):
        fetch(url, tmp_path / "got")
    with pytest.raises(DownloadError, match=r"says 404 .*; check the address"):
        fetch(web.url("nothing"), tmp_path / "got")
    with pytest.raises(DownloadError, match="is not an address"):
        fetch("shared/archive", tmp_path / "got")
    assert not (tmp_path / "got").exists()


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/passwd", "runs/x/y", "renders", "renders/.lock", "renders/../x"]
)
def test_an_entry_outside_of_its_folder_is_refused(web, url, tmp_path, path):
    entries = json.loads(web.files[f"/a/{ARCHIVE_FILE}"])["entries"]
    changed_description(web, entries=[entries[0] | {"path": path}])
    with pytest.raises(ArchiveError, match=r"names a path outside|archives of renders fill only"):
        fetch(url, tmp_path / "got")
    assert not (tmp_path / "got").exists()


def link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (tarred({"../x": b""}), "names a path outside itself"),
        (tarred({"/x": b""}), "names a path outside itself"),
        (tarred({"renders/abc/p9/00.png": b""}), r"which archive\.json does not list"),
        (tarred({"renders/abc/p2/00.png": b"other"}), r"does not hold renders/abc/p2 as"),
        (tarred({"renders/abc/p2/00.png": bytes(90_000)}), "unpacks to over 20000 bytes"),
        (tarred({}, link("renders/abc/p2", "/")), r"does not hold renders/abc/p2 as"),
        (tarred({}, link("renders/abc/p2", "/"))[:700], "does not hold|cannot be unpacked"),
    ],
)
def test_a_shard_with_other_content_than_is_described_is_refused(
    web, url, tmp_path, content, message
):
    """A shard whose sum is right: whoever made it made the description too."""
    shards = json.loads(web.files[f"/a/{ARCHIVE_FILE}"])["shards"]
    shards[1] |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    web.files["/a/shard-00001.tar"] = content
    changed_description(web, shards=shards)
    with pytest.raises(ArchiveError, match=message):
        fetch(url, tmp_path / "got")
    assert sorted(p.name for p in (tmp_path / "got/renders/abc").iterdir()) == [
        *("list.txt", "p0", "p1")
    ]


def test_a_full_or_read_only_disk_is_said(web, url, store, tmp_path):
    with temporary_disk(tmp_path / "disk", "64k"):
        with pytest.raises(ArchiveError, match=r"has 0\.1 MB free, and the archive needs 0\.1 MB"):
            fetch(url, tmp_path / "disk")
        assert "shard-00000.tar" not in requested(web)
    with temporary_disk(tmp_path / "full", "1m") as remount:
        (tmp_path / "full/ballast").write_bytes(bytes(990_000))
        archive = read_archive(url, "renders", FOLDERS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("synthlib.utils.fetch_shards._check_disk", lambda *_: None)
            with pytest.raises(SynthlibError, match=r"free some space"):
                fetch_archive(url, archive, tmp_path / "full", progress=False)
        (tmp_path / "full/ballast").unlink()
        fetch(url, tmp_path / "full")
        assert contents(tmp_path / "full") == contents(store)
        remount("ro")
        with pytest.raises(FileError, match=r"Read-only file system.*disk that can be written to"):
            fetch(url, tmp_path / "full")


def test_a_file_in_place_of_the_folder_is_said(url, tmp_path):
    (tmp_path / "got").touch()
    with pytest.raises(FileError, match="a file stands where a folder is expected"):
        fetch(url, tmp_path / "got")
