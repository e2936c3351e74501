"""Faults of model files that are named without Blender."""

import json

import pytest

from synthlib.assets.formats import MODEL_SUFFIXES
from synthlib.assets.validation import find_fault


@pytest.mark.parametrize("kind", MODEL_SUFFIXES)
def test_a_git_lfs_pointer_is_named_with_its_remedy(tmp_path, kind):
    model = tmp_path / f"m{kind}"
    model.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n")
    assert find_fault(model) == "is a Git LFS pointer: run git lfs pull."


def test_gltf_of_the_first_version_is_named(tmp_path):
    model = tmp_path / "m.gltf"
    model.write_text(json.dumps({"asset": {"version": "1.0"}, "buffers": {"b": {"uri": "x"}}}))
    assert find_fault(model) == (
        "is glTF 1.0, which Blender does not read; convert it to glTF 2.0."
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_dae_of_any_encoding_is_read(tmp_path, encoding):
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    model = tmp_path / "m.dae"
    model.write_text(f"{declared}<COLLADA><!-- é --></COLLADA>", encoding=encoding)
    assert find_fault(model) is None
    model.write_text(f"{declared}<COLLADA><!-- é -->", encoding=encoding)
    assert "cut off" in str(find_fault(model))
