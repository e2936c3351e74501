"""Downloads against a server on this machine that cuts, refuses, lies and forgets."""

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from synthlib.utils import download as downloading
from synthlib.utils.download import DownloadError
from synthlib.utils.errors import FileError
from synthlib.utils.files import write_atomic
from tests.helpers.small_disks import temporary_disk
from tests.helpers.web_server import FakeServer, running_server

CONTENT = bytes(range(256)) * 4000  # about a megabyte


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with running_server() as web:
        yield web


@pytest.fixture
def archive(web):
    return web.serve_file("a.zip", CONTENT)


def download(archive, folder: Path, **options) -> Path:
    return downloading.download_file(archive, folder, **({"progress": False, "pause": 0} | options))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_and_is_not_asked_for_again(web, archive, tmp_path):
    path = download(archive, tmp_path / "new")
    assert path.read_bytes() == CONTENT
    assert names(path.parent) == ["a.zip"]
    assert download(archive, tmp_path / "new") == path
    assert len(web.requests) == 1
    assert web.requests[0][1]["User-Agent"].startswith("synthlib/")


@pytest.mark.parametrize("validator", ["etag", "date", "none"])
def test_a_cut_connection_is_taken_up_where_it_broke(web, archive, tmp_path, validator):
    web.etag, web.cuts = validator == "etag", [300_000, 500_000]
    if validator == "date":
        web.date = "Tue, 03 Nov 2026 10:00:00 GMT"
    assert download(archive, tmp_path).read_bytes() == CONTENT
    assert web.header_values("Range") == [None, "bytes=300000-", "bytes=800000-"]
    tag = f'"{hashlib.md5(CONTENT).hexdigest()}"'
    said = {"etag": tag, "date": web.date, "none": None}[validator]
    assert web.header_values("If-Range") == [None, said, said]
    assert names(tmp_path) == ["a.zip"]


def test_a_part_that_is_complete_only_needs_its_name(web, archive, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(CONTENT)
    assert download(archive, tmp_path).read_bytes() == CONTENT
    assert names(tmp_path) == ["a.zip"]
    assert web.requests == []


def test_the_bytes_are_asked_for_uncompressed(web, archive, tmp_path):
    download(archive, tmp_path)
    assert web.header_values("Accept-Encoding") == ["identity"]


def test_each_fruitless_attempt_waits_twice_as_long(web, archive, tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
    web.cuts = [0, 0, 300_000, 0, 0]
    download(archive, tmp_path, pause=0.5)
    assert waits == [0.5, 1.0, 0, 0.5, 1.0]


def test_a_server_without_ranges_sends_it_all_again(web, archive, tmp_path):
    web.ranges, web.cuts = False, [300_000, 900_000, 100_000]
    assert download(archive, tmp_path).read_bytes() == CONTENT
    assert len(web.requests) == 4


def test_no_length_and_a_redirect_are_fine(web, archive, tmp_path):
    web.length, web.cuts = False, [300_000]
    web.redirects["/old.zip"] = web.url("a.zip")
    assert download(archive, tmp_path, url=web.url("old.zip")).read_bytes() == CONTENT
    assert web.header_values("Range") == [None, None, "bytes=300000-", "bytes=300000-"]


def test_after_fruitless_attempts_the_part_is_kept_for_the_next_call(web, archive, tmp_path):
    web.cuts = [300_000, 0, 0, 0]
    with pytest.raises(DownloadError, match=r"300,000 of 1,024,000 bytes are kept.*--url") as said:
        download(archive, tmp_path, attempts=3)
    assert str(tmp_path) in str(said.value)
    assert (tmp_path / "a.zip.part").read_bytes() == CONTENT[:300_000]
    web.cuts, web.requests = [], []
    assert download(archive, tmp_path).read_bytes() == CONTENT
    assert web.header_values("Range") == ["bytes=300000-"]


def test_a_busy_server_is_tried_again_and_one_that_refuses_is_not(web, archive, tmp_path):
    web.statuses = [503, 429]
    assert download(archive, tmp_path / "a").read_bytes() == CONTENT
    web.statuses, web.requests = [403], []
    with pytest.raises(DownloadError, match=r"a\.zip cannot be downloaded: the server says 403"):
        download(archive, tmp_path / "b")
    assert len(web.requests) == 1
    with pytest.raises(DownloadError, match=r"says 404 .*--url names a mirror"):
        download(archive, tmp_path / "b", url=web.url("other.zip"))


def test_no_server_and_no_address_are_sentences(web, archive, tmp_path):
    with running_server() as gone:
        nowhere = gone.url("a.zip")
    with pytest.raises(DownloadError, match=r"Connection refused.*0 of 1,024,000 bytes"):
        download(archive, tmp_path, url=nowhere, attempts=2)
    for url in ("file:///etc/hostname", "a.zip", "ftp://x/y"):
        with pytest.raises(DownloadError, match=r"is not an address; expected http://"):
            download(archive, tmp_path, url=url)


def test_a_wrong_checksum_is_named_and_nothing_stays(web, archive, tmp_path):
    expected = replace(archive, md5="0" * 32)
    with pytest.raises(DownloadError, match=rf"MD5 {archive.md5}, expected 0{{32}}.*removed"):
        download(expected, tmp_path)
    assert names(tmp_path) == []
    assert len(web.requests) == 1


def test_another_size_is_refused_before_anything_is_read(web, archive, tmp_path):
    web.files["/page.html"] = b"<html>please log in</html>"
    with pytest.raises(DownloadError, match=r"has 26 bytes, and a\.zip 1,024,000"):
        download(archive, tmp_path, url=web.url("page.html"))
    web.length, web.files["/endless"] = False, CONTENT * 2
    with pytest.raises(DownloadError, match=r"sends more than 1,024,000 bytes"):
        download(archive, tmp_path, url=web.url("endless"))
    assert download(archive, tmp_path).read_bytes() == CONTENT


def test_a_part_of_another_file_is_started_over(web, archive, tmp_path):
    """The part's validator is unknown, so the range is requested, and the checksum decides."""
    (tmp_path / "a.zip.part").write_bytes(b"spoilt" * 1000)
    assert download(archive, tmp_path).read_bytes() == CONTENT
    assert web.header_values("Range") == ["bytes=6000-", None]
    (tmp_path / "a.zip").unlink()
    (tmp_path / "a.zip.part").write_bytes(CONTENT * 2)
    assert download(archive, tmp_path).read_bytes() == CONTENT


def test_a_file_that_changed_on_the_server_is_started_over(web, tmp_path):
    old = web.serve_file("a.zip", bytes(1_024_000))
    web.cuts = [300_000, 0]
    with pytest.raises(DownloadError):
        download(old, tmp_path, attempts=1)
    new, web.cuts, web.requests = web.serve_file("a.zip", CONTENT), [], []
    assert download(new, tmp_path).read_bytes() == CONTENT
    assert web.header_values("If-Range") == [
        f'"{old.md5}"'
    ]  # which the server answers with all of it


def test_a_server_that_has_less_than_what_is_here(web, archive, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(CONTENT[:900_000])
    web.files["/a.zip"] = CONTENT[:500_000]
    with pytest.raises(DownloadError, match="has 500,000 bytes"):
        download(archive, tmp_path)


@pytest.mark.parametrize("shift", [-1000, 1000])
def test_a_server_that_sends_another_range_is_not_believed(web, archive, tmp_path, shift):
    web.cuts, web.shifts = [300_000], [shift]
    assert download(archive, tmp_path).read_bytes() == CONTENT
    assert web.header_values("Range") == [None, "bytes=300000-", None]


def test_a_mirror_goes_on_with_what_the_first_server_sent(web, archive, tmp_path):
    web.cuts = [300_000, 0]
    with pytest.raises(DownloadError):
        download(archive, tmp_path, attempts=1)
    with running_server() as mirror:
        mirror.serve_file("b.zip", CONTENT)
        path = download(archive, tmp_path, url=mirror.url("b.zip"))
        assert mirror.header_values("Range") == ["bytes=300000-"]
        assert mirror.header_values("If-Range") == [None]
    assert path.read_bytes() == CONTENT


def test_a_file_put_there_by_hand_is_taken_if_it_is_the_right_one(web, archive, tmp_path):
    (tmp_path / "a.zip").write_bytes(CONTENT)
    assert download(archive, tmp_path) == tmp_path / "a.zip"
    (tmp_path / "a.zip").write_bytes(CONTENT[:-1])
    with pytest.raises(DownloadError, match=r"a\.zip is not a\.zip: MD5 .*1,023,999 bytes; delete"):
        download(archive, tmp_path)
    assert web.requests == []


def test_a_disk_that_is_too_small_is_said_first(web, archive, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1e9, 1e9, 500_000))
    with pytest.raises(DownloadError, match=r"has 0 MB free, and a\.zip needs 1 MB more"):
        download(archive, tmp_path)
    assert web.requests == []


def test_a_disk_that_fills_up_meanwhile_is_an_error_of_the_disk(web, archive, tmp_path):
    with temporary_disk(tmp_path / "disk", "200k"), pytest.MonkeyPatch.context() as patch:
        folder = tmp_path / "disk"
        usage = namedtuple("usage", "total used free")
        patch.setattr(shutil, "disk_usage", lambda _: usage(1e9, 0, 1e9))  # others fill it later
        with pytest.raises(FileError, match="No space left") as error:
            download(archive, folder)
        assert error.value.errno == errno.ENOSPC
        assert not (folder / "a.zip").exists()
        assert (folder / "a.zip.part").stat().st_size > 0
    assert len(web.requests) == 1  # a full disk is no cut connection


def test_killed_and_started_again(web: FakeServer, archive, tmp_path):
    web.gate, web.cuts = threading.Event(), [400_000]
    code = (
        "import sys; from pathlib import Path; from synthlib.utils.download import *\n"
        "name, url, size, md5, folder = sys.argv[1:]\n"
        "download_file(RemoteFile(name, url, int(size), md5), Path(folder))"
    )
    given = [archive.name, archive.url, str(archive.size), archive.md5, str(tmp_path)]
    running = subprocess.Popen([sys.executable, "-c", code, *given], stderr=subprocess.DEVNULL)
    try:
        assert web.waiting_at_gate.wait(60)
        part = tmp_path / "a.zip.part"
        while running.poll() is None and not (part.exists() and part.stat().st_size):
            os.sched_yield()
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    have = (tmp_path / "a.zip.part").stat().st_size
    assert 0 < have <= 400_000
    web.gate.set()
    web.gate, web.requests = None, []
    assert download(archive, tmp_path).read_bytes() == CONTENT
    assert web.header_values("Range") == [f"bytes={have}-"]
    assert names(tmp_path) == ["a.zip"]


def test_the_bar_is_drawn_rarely_in_a_log_and_says_what_went_wrong(web, archive, tmp_path, capsys):
    web.cuts = [300_000]
    downloading.download_file(archive, tmp_path, pause=0)
    said = capsys.readouterr().err
    assert "a.zip: the server ended early; trying again" in said
    assert "1.02M/1.02M" in said
    assert said.count("\r") <= 6


def test_a_damaged_validator_file_is_ignored(web, archive, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(CONTENT[:1000])
    for nonsense in ("{", "[]", '{"url": 1}'):
        write_atomic(tmp_path / "a.zip.part.json", nonsense)
        assert downloading._read_validator(tmp_path / "a.zip.part", archive.url) == ""
    assert download(archive, tmp_path).read_bytes() == CONTENT
