"""Folders that are written completely or not at all."""

import errno
from pathlib import Path

import pytest

from synthlib.utils import folders
from synthlib.utils.errors import FileError
from synthlib.utils.folders import FolderError, completed_folder


def test_everything_is_on_the_disk_before_the_folder_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, synced = tmp_path / "target", []
    monkeypatch.setattr(folders, "fsync_path", lambda path: synced.append((path, target.exists())))
    with completed_folder(target) as part:
        (part / "inner").mkdir()
        (part / "inner" / "file").write_text("content")
    *before, (last, is_named) = synced
    assert {path.name for path, _ in before} == {"file", "inner", part.name}
    assert not any(named for _, named in before)
    assert (last, is_named) == (tmp_path, True)
    assert (target / "inner" / "file").read_text() == "content"


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folders, "fsync_path", full)
    with pytest.raises(FileError), completed_folder(tmp_path / "target") as part:
        (part / "file").write_text("content")
    assert not list(tmp_path.iterdir())


def test_a_folder_with_content_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FolderError, match="not empty"), completed_folder(tmp_path):
        pass
    assert (tmp_path / "file").read_text() == "mine"
