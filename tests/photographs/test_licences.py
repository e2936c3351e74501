"""Licences of photographs: from a file, from their folders, from known data sets."""

from pathlib import Path

import pytest

from synthlib.photographs.licences import PhotographLicences, is_allowed, licence_use
from synthlib.utils.errors import ParameterError


@pytest.mark.parametrize(
    ("licence", "use"),
    [
        ("MIT", "open"),
        ("CC0-1.0", "open"),
        ("CC-BY-SA-4.0", "open"),
        ("public domain", "open"),
        ("CC-BY-NC-4.0", "non-commercial"),
        ("Non-commercial research", "non-commercial"),
        ("CC-BY-ND-4.0", "unknown"),
        ("unknown", "unknown"),
        ("see LICENSE.txt", "unknown"),
        ("", "unknown"),
        ("permitted", "unknown"),  # it contains "mit"
    ],
)
def test_the_use_that_a_licence_allows(licence: str, use: str) -> None:
    assert licence_use(licence) == use


def test_allowed_licences_are_kinds_of_use_or_names() -> None:
    assert is_allowed("anything", ())
    assert is_allowed("CC-BY-4.0", ("open",))
    assert not is_allowed("CC-BY-NC-4.0", ("open",))
    assert is_allowed("CC-BY-4.0", ("cc-by-?.0", "MIT"))
    assert not is_allowed("CC-BY-4.0", ("CC-BY", "MIT"))


def licence_of(root: Path, sample: str) -> tuple[str, str]:
    found = PhotographLicences(root).of(sample)
    return found.licence, found.source


def test_a_photograph_has_the_licence_of_its_nearest_folder(tmp_path: Path) -> None:
    shoe, hall = tmp_path / "imagenet" / "train" / "shoe", tmp_path / "places" / "hall"
    for folder in (shoe / "mine", hall):
        folder.mkdir(parents=True)
    (shoe / "mine" / "a.jpg").touch()
    assert licence_of(tmp_path, "imagenet/train/shoe/b.jpg") == ("unknown", "")
    (tmp_path / "LICENSE").write_text("MIT License")
    (shoe / "mine" / "LICENSE.txt").write_text("Creative Commons Zero 1.0")
    assert licence_of(tmp_path, "imagenet/train/shoe/b.jpg")[0] == "MIT"
    assert licence_of(tmp_path, "imagenet/train/shoe/mine/a.jpg")[0] == "CC0-1.0"
    (tmp_path / "licences.yaml").write_text(
        "imagenet/train/shoe: CC-BY-4.0\n"
        "imagenet/train/shoe/mine/a.jpg: {licence: CC-BY-NC-4.0, source: my camera}\n"
    )
    assert licence_of(tmp_path, "imagenet/train/shoe/b.jpg")[0] == "CC-BY-4.0"
    assert licence_of(tmp_path, "imagenet/train/shoe/mine/b.jpg")[0] == "CC-BY-4.0"
    expected = ("CC-BY-NC-4.0", "my camera")
    assert licence_of(tmp_path, "imagenet/train/shoe/mine/a.jpg") == expected
    assert licence_of(tmp_path, "places/hall/c.jpg")[0] == "MIT"


def test_the_terms_of_known_data_sets(tmp_path: Path) -> None:
    folders = ["imagenet/train/n02769748", "imagenet/train/shoe", "places/kitchen", "places/hall"]
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    names = [licence_of(tmp_path, f"{folder}/a.jpg")[0] for folder in folders]
    assert names[0].startswith("ImageNet terms")
    assert names[2].startswith("Places terms")
    assert [licence_use(name) for name in names] == ["non-commercial", "unknown"] * 2
    (tmp_path / "stand_in.json").touch()
    assert {licence_of(tmp_path, f"{folder}/a.jpg")[0] for folder in folders} == {"MIT"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("places/hal: MIT", "places/hal is no folder or file of"),
        ("places: {license: MIT}", "license: unknown key"),
        ("places: 4", "places: licence: got 4"),
        ("- places", "expected `folder: licence` lines"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "places").mkdir()
    (tmp_path / "licences.yaml").write_text(text)
    with pytest.raises(ParameterError, match=message):
        PhotographLicences(tmp_path)
