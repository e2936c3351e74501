"""Unpacking of model libraries: selection, licences, turns, and hostile archives."""

import struct
import zipfile
from pathlib import Path

import pytest
import yaml

from synthlib.assets import unpack
from synthlib.assets.library import LibraryError, list_models
from synthlib.assets.unpack import ArchiveError, unpack_library
from synthlib.classes import CLASSES
from synthlib.utils import archives
from synthlib.utils.errors import ParameterError
from tests.helpers.shapes_obj import CUBE, write_box

CATALOGUE = r"""# a comment
id=Test#Library
name=Test catalogue
version=2
license=Creative Commons Zero
provider=example.org

id#1=Test#mug
name#1=Coffee m\u00fcg
model#1=/things/mug/mug.obj
creator#1=Ann

id#2=Test#vase1
name#2 = Vase, \
    tall
model#2=/things/vase/vase.obj
modelRotation#2=0 0 1 0 1 0 -1 0 0
creator#2=Bob

id#3=Test#lost
name#3=Lost
model#3=/things/lost/lost.obj

id#4=Test#sofa
name#4=Sofa
model#4=/things/sofa/sofa.obj
"""
MAPPING = "cup: [Test#mug, Test#lost]\nvase: ['Test#vase?']\n"


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING)
    return path


def library(path: Path, catalogue: str = CATALOGUE, **files: bytes | str) -> Path:
    model = write_box(path.parent / "box.obj", CUBE).read_text()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PluginFurnitureCatalog.properties", catalogue)
        archive.writestr("LICENSE.TXT", "Creative Commons Attribution 3.0")
        archive.writestr("things/mug/", "")
        for name in ("mug", "vase", "sofa"):
            archive.writestr(f"things/{name}/{name}.obj", model)
        archive.writestr("things/mug/maps/wood.jpg", b"oak")
        archive.writestr("things/vase/License.html", "Creative Commons Zero")
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_selected_models_come_with_licence_source_and_turn(tmp_path, mapping):
    root = tmp_path / "models"
    report = unpack_library(library(tmp_path / "a.sh3f"), root, mapping)
    assert report.unpacked == [root / "cup/test-mug", root / "vase/test-vase1"]
    assert [name for name, _ in report.failed] == ["Test#lost"]
    assert "things/lost/lost.obj is not in" in report.failed[0][1]
    (mug,), (vase,) = list_models("cup", root), list_models("vase", root)
    assert (root / "cup/test-mug/maps/wood.jpg").read_bytes() == b"oak"
    assert mug.origin == "Sweet Home 3D, Test catalogue 2 (example.org): Coffee müg by Ann"
    assert vase.origin.endswith("Vase, tall by Bob")
    assert (mug.licence, vase.licence) == ("CC-BY-3.0", "CC0-1.0")
    assert (mug.turn, vase.turn) == ((0, 0, 0), (0, 0, 90))
    assert sorted(path.name for path in root.iterdir()) == ["cup", "models.yaml", "vase"]


def test_existing_models_are_not_changed(tmp_path, mapping):
    root, archive = tmp_path / "models", library(tmp_path / "a.sh3f")
    unpack_library(archive, root, mapping)
    (root / "cup/test-mug/mug.obj").write_text("mine")
    (root / "models.yaml").write_text("# mine\nvase/test-vase1: {turn: [1, 2, 3]}\n")
    report = unpack_library(archive, root, mapping)
    assert (report.unpacked, len(report.existing)) == ([], 2)
    assert (root / "cup/test-mug/mug.obj").read_text() == "mine"
    assert (root / "models.yaml").read_text() == "# mine\nvase/test-vase1: {turn: [1, 2, 3]}\n"


def test_turns_are_appended_to_the_users_entries(tmp_path, mapping):
    root, archive = tmp_path / "models", library(tmp_path / "a.sh3f")
    root.mkdir()
    (root / "models.yaml").write_text("# mine\ncup/x: {skip: true}")
    unpack_library(archive, root, mapping)
    text = (root / "models.yaml").read_text()
    assert text.startswith("# mine\ncup/x: {skip: true}\n")
    assert yaml.safe_load(text)["vase/test-vase1"] == {"turn": [0.0, 0.0, 90.0]}
    (root / "models.yaml").write_text("{cup/x: {skip: true}}")
    with pytest.raises(LibraryError, match=r"add these lines by hand.*vase/test-vase1"):
        unpack_library(archive, root, mapping)


def test_models_of_a_plain_zip_are_selected_by_path(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("pack/red mug/model.glb", b"glTF")
        archive.writestr("pack/red mug/LICENSE", "MIT License")
        archive.writestr("pack/sofa/model.glb", b"glTF")
    (tmp_path / "mapping.yaml").write_text("cup: ['*mug*']\n")
    unpack_library(tmp_path / "a.zip", tmp_path / "models", tmp_path / "mapping.yaml")
    (model,) = list_models("cup", tmp_path / "models")
    assert model.path == tmp_path / "models/cup/pack-red-mug-model/model.glb"
    assert (model.licence, model.origin) == ("MIT", "a.zip: pack/red mug/model.glb")


@pytest.mark.parametrize(
    "name", ["things/mug/../../../../evil.txt", "things/mug/..\\..\\evil.txt", "things/mug/C:evil"]
)
def test_no_path_leads_outside(tmp_path, mapping, name):
    root = tmp_path / "deep/er/models"
    archive = library(tmp_path / "a.sh3f", **{name: b"evil"})
    with pytest.raises(ArchiveError, match=r"a\.sh3f names a path outside itself"):
        unpack_library(archive, root, mapping)
    assert list(tmp_path.rglob("*evil*")) == []
    assert list(tmp_path.rglob("*.part")) == []


def test_a_link_next_to_a_model_is_left_out(tmp_path, mapping):
    archive = library(tmp_path / "a.sh3f")
    with zipfile.ZipFile(archive, "a") as opened:
        link = zipfile.ZipInfo("things/mug/passwd")
        link.external_attr = 0o120777 << 16
        opened.writestr(link, "/etc/passwd")
    unpack_library(archive, tmp_path / "models", mapping)
    assert not (tmp_path / "models/cup/test-mug/passwd").exists()
    assert (tmp_path / "models/cup/test-mug/mug.obj").exists()


def test_a_hostile_catalogue_reaches_no_other_path(tmp_path, mapping):
    hostile = CATALOGUE.replace("/things/mug/mug.obj", "/../../etc/passwd.obj")
    hostile = hostile.replace("id#2=Test#vase1", "id#2=Test#vase/")
    mapping.write_text("cup: [Test#mug]\nvase: ['Test#vase*']\n")
    report = unpack_library(library(tmp_path / "a.sh3f", hostile), tmp_path / "models", mapping)
    assert [name for name, _ in report.failed] == ["Test#mug"]
    assert report.unpacked == [tmp_path / "models/vase/test-vase"]


def test_a_bomb_stops_at_the_limit_and_leaves_nothing(tmp_path, mapping, monkeypatch):
    archive = library(tmp_path / "a.sh3f", **{"things/mug/big.bin": bytes(5 << 20)})
    assert archive.stat().st_size < 50_000
    monkeypatch.setitem(archives.unpack_files.__kwdefaults__, "max_bytes", 3 << 20)
    with pytest.raises(ArchiveError, match=r"a\.sh3f unpacks to over 3145728 bytes"):
        unpack_library(archive, tmp_path / "models", mapping)
    assert [path for path in (tmp_path / "models").rglob("*") if path.is_file()] == []
    monkeypatch.setattr(unpack, "MAX_FILES", 5)
    with pytest.raises(ArchiveError, match="lists over 5 files"):
        unpack_library(archive, tmp_path / "models", mapping)


def test_a_broken_archive_is_named(tmp_path, mapping):
    content = library(tmp_path / "a.sh3f").read_bytes()
    spoilt = bytearray(content)
    start = content.index(b"things/mug/mug.obj") + 30
    spoilt[start : start + 20] = bytes(20)
    locked = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # every entry's flags: encrypted
        at = -1
        while (at := locked.find(mark, at + 1)) >= 0:
            (flags,) = struct.unpack_from("<H", locked, at + place)
            struct.pack_into("<H", locked, at + place, flags | 1)
    cases = {"half": content[: len(content) // 2], "empty": b"", "junk": b"PK\3\4" * 99}
    for name, broken in (cases | {"spoilt": bytes(spoilt), "locked": bytes(locked)}).items():
        (tmp_path / f"{name}.sh3f").write_bytes(broken)
        with pytest.raises(ArchiveError, match=rf"{name}\.sh3f cannot be unpacked: \w+"):
            unpack_library(tmp_path / f"{name}.sh3f", tmp_path / name, mapping)
    with pytest.raises(ArchiveError, match=r"absent\.sh3f cannot be unpacked.*No such file"):
        unpack_library(tmp_path / "absent.sh3f", tmp_path / "models", mapping)


@pytest.mark.parametrize("text", ["cup: mug", "Cup Board: [mug]", "- cup", "cup: [1]", "cup: ["])
def test_a_wrong_mapping_is_refused(tmp_path, text):
    (tmp_path / "mapping.yaml").write_text(text)
    with pytest.raises(ParameterError, match=r"mapping\.yaml"):
        unpack_library(library(tmp_path / "a.sh3f"), tmp_path / "models", tmp_path / "mapping.yaml")


def test_the_packages_own_mapping_names_our_classes():
    mapping = yaml.safe_load(unpack.SWEET_HOME_3D_MAPPING.read_text())
    assert set(mapping) <= set(CLASSES)
    patterns = [pattern for patterns in mapping.values() for pattern in patterns]
    assert len(set(patterns)) == len(patterns)
    assert all(pattern.count("#") == 1 for pattern in patterns)
