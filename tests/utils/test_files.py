"""Files are written completely or not at all; digests are canonical."""

import os
from pathlib import Path

import pytest

from synthlib.utils.errors import FileError, ParameterError
from synthlib.utils.files import digest, read_text, write_atomic
from synthlib.utils.validation import read_yaml_mapping


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
