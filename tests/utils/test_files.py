"""Whole files, canonical digests, and the folder of the study."""

import os
from pathlib import Path

import pytest

from synthlib import __version__
from synthlib.utils import files
from synthlib.utils.errors import FileError, ParameterError
from synthlib.utils.files import (
    STUDY_MARKER,
    digest,
    project_dir,
    read_text,
    resolve_in_project,
    write_atomic,
)
from synthlib.utils.validation import read_yaml_mapping

ROOT = Path(__file__).resolve().parents[2]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "status.json"
    write_atomic(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["status.json"]


def test_a_write_creates_its_folder_and_replaces_an_existing_file(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_atomic(path, "one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"


def test_a_digest_depends_on_the_content_and_not_on_its_order() -> None:
    assert digest({"a": 1, "b": [1.5]}) == digest({"b": [1.5], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    assert len(digest({})) == 12


def test_a_text_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\nb: caf\xc3\xa9\n")
    assert read_yaml_mapping(path, "lines") == {"a": 1, "b": "caf\u00e9"}
    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    for read in (read_text, lambda path: read_yaml_mapping(path, "lines")):
        with pytest.raises(ParameterError, match=r"mine.yaml is not UTF-8 .byte 0xe9 in line 2."):
            read(path)


def study_folder(folder: Path, version: str) -> Path:
    (folder / "params" / "scales").mkdir(parents=True)
    (folder / STUDY_MARKER).write_text(f"# made by a test\nversion: {version}\n")
    return folder


def test_the_nearest_study_folder_comes_before_the_named_one_and_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearest = study_folder(tmp_path / "nearest", __version__)
    (nearest / "notebooks").mkdir()
    named = study_folder(tmp_path / "named", __version__)
    monkeypatch.chdir(tmp_path)
    assert project_dir() == ROOT
    monkeypatch.setenv("SYNTHLIB_PROJECT", str(named))
    assert project_dir() == named
    assert resolve_in_project("outputs") == named / "outputs"
    monkeypatch.chdir(nearest / "notebooks")
    assert project_dir() == nearest
    assert resolve_in_project("/elsewhere") == Path("/elsewhere")


def test_without_a_study_folder_only_absolute_paths_resolve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_CHECKOUT", tmp_path / "site-packages")
    monkeypatch.chdir(tmp_path)
    assert resolve_in_project("/elsewhere") == Path("/elsewhere")
    with pytest.raises(ParameterError, match="make one with `synthlib init FOLDER`"):
        resolve_in_project("outputs")
    monkeypatch.setenv("SYNTHLIB_PROJECT", str(tmp_path / "gone"))
    with pytest.raises(ParameterError, match=r"SYNTHLIB_PROJECT names .*gone, which has no params"):
        project_dir()


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (
            "99.1.0",
            rf"study folder of synthlib 99\.1\.0, and this is {__version__}: make a new one",
        ),
        ("0.1.0", r"study folder of synthlib 0\.1\.0, and"),
        ("new", rf"has no line such as `version: {__version__}`"),
    ],
)
def test_a_study_folder_of_another_version_is_refused(
    version: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(study_folder(tmp_path / "study", version))
    with pytest.raises(ParameterError, match=message):
        project_dir()


def test_a_study_folder_of_a_bug_fix_release_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = ".".join(__version__.split(".")[:2])
    monkeypatch.chdir(study_folder(tmp_path / "study", f"{series}.99"))
    assert project_dir() == tmp_path / "study"
