"""OBJ models with faults (broken, huge, tiny, without textures) are repaired or reported."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthlib.assets.formats import find_licence
from tests.helpers.model_cases import SETTINGS, render_model_cases
from tests.helpers.shapes_obj import CUBE, FACES, coloured_mtl, write_box

FRONT, SIDE, TOP = 0, 3, 10  # views


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """All cases rendered by one worker: {name: instance.json}, {name: reason}, the folder."""
    root = tmp_path_factory.mktemp("models")
    write_box(root / "plain.obj", CUBE, mtl=coloured_mtl())
    write_box(root / "varied.obj", CUBE, mtl=coloured_mtl())
    write_box(root / "huge.obj", CUBE * 3e12 + 1e12, mtl=coloured_mtl())
    write_box(root / "micron.obj", CUBE * 1e-9 + 1e-9, mtl=coloured_mtl())
    textured = "newmtl paint\nKd 0 1 0\nmap_Kd no such image.png\n"
    write_box(root / "untextured.obj", CUBE, mtl=textured, usemtl="paint")
    write_box(root / "no_mtl.obj", CUBE, mtl="newmtl paint\n", usemtl="paint")
    (root / "no_mtl.mtl").unlink()
    write_box(root / "pane.obj", CUBE * [1, 1, 0.02], mtl="newmtl g\nKd 1 1 1\nd 0.5\n", usemtl="g")
    write_box(root / "hidden.obj", CUBE, mtl="newmtl g\nKd 1 1 1\nd 0\n", usemtl="g")
    smoked = "newmtl g\nKd 1 1 1\nTr 0.5\n"
    write_box(root / "smoked.obj", CUBE * [1, 1, 0.02], mtl=smoked, usemtl="g")
    doubled = write_box(root / "doubled.obj", CUBE)
    faces = [line for line in doubled.read_text().splitlines() if line.startswith("f ")]
    doubled.write_text(doubled.read_text() + "\n".join("f " + f[:1:-1] for f in faces) + "\n")
    write_two_sided(root)
    stray = write_box(root / "stray.obj", CUBE)
    stray.write_text(stray.read_text() + "v 50 50 50\n")
    (root / "empty.obj").write_text("")
    (root / "points.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n")
    (root / "zero_size.obj").write_text("v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n")
    (root / "junk.obj").write_bytes(np.random.default_rng(0).bytes(20_000))
    (root / "dangling.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n" + "f 7 8 9\n" * 30)
    names = sorted(path.stem for path in root.glob("*.obj"))
    sources = {name: root / f"{name}.obj" for name in [*names, "absent"]}
    return render_model_cases(tmp_path_factory.mktemp("store"), sources, varied=["varied"])


def write_two_sided(root: Path) -> None:
    """Write a cube and a sheet whose two sides are faces with vertices of their own.

    The inside of the cube comes first, is black, and is displaced a little, as by rounding.
    """
    vertices = np.concatenate([CUBE + 5e-5, CUBE])
    lines = ["mtllib two_sided.mtl", *(f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in vertices)]
    lines += ["o inside", "usemtl inside", *(f"f {d} {c} {b} {a}" for a, b, c, d in FACES.values())]
    lines.append("o outside")
    for name, corners in FACES.items():
        lines += [f"usemtl {name}", "f " + " ".join(str(corner + 8) for corner in corners)]
    (root / "two_sided.obj").write_text("\n".join(lines) + "\n")
    (root / "two_sided.mtl").write_text(coloured_mtl() + "newmtl inside\nKd 0 0 0\n")
    sheet = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n" * 2
    faces = "f 1//1 2//1 3//1 4//1\nf 8//2 7//2 6//2 5//2\n"
    (root / "sheet.obj").write_text(f"{sheet}vn 0 0 1\nvn 0 0 -1\n{faces}")


def pixels(folder: Path, name: str, view: int) -> np.ndarray:
    return np.asarray(Image.open(folder / name / f"{view:02d}.png")).astype(int)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("empty", "no faces"),
        ("points", "no faces"),
        ("junk", "no faces"),
        ("dangling", "faces"),
        ("zero_size", "faces|size"),
        ("absent", "does not exist"),
    ],
)
def test_a_broken_model_is_reported_with_its_fault(imported, name, fault):
    rendered, failed, folder = imported
    assert name not in rendered
    assert f"{name}.obj" in failed[name]
    assert any(words in failed[name] for words in fault.split("|"))
    assert not (folder / name / "instance.json").exists()


def test_all_other_models_are_rendered(imported):
    rendered, failed, _ = imported
    assert len(failed) == 6
    assert sorted(rendered) == sorted(
        (
            "plain varied huge micron untextured no_mtl pane smoked hidden doubled stray "
            "two_sided sheet"
        ).split()
    )


@pytest.mark.parametrize("name", ["huge", "micron"])
def test_size_and_position_in_the_file_do_not_matter(imported, name):
    folder = imported[2]
    for view in (FRONT, SIDE, TOP):
        plain, other = (pixels(folder, case, view) for case in ("plain", name))
        assert np.abs(plain - other).mean() < 1.0


def test_a_missing_texture_is_reported_and_not_pink(imported):
    rendered, _, folder = imported
    assert any("image.png is missing" in w for w in rendered["untextured"]["warnings"])
    red, green, blue, alpha = pixels(folder, "untextured", FRONT)[24, 24]
    assert alpha == 255
    assert green > max(red, blue) + 50  # its plain colour


def test_a_missing_material_library_is_reported(imported):
    rendered, _, folder = imported
    assert any("no_mtl.mtl is missing" in w for w in rendered["no_mtl"]["warnings"])
    red, green, blue, _ = pixels(folder, "no_mtl", FRONT)[24, 24]
    assert red == green == blue > 150


def test_a_pane_is_half_transparent_and_nothing_is_invisible(imported):
    rendered, _, folder = imported
    for name in ("pane", "smoked"):  # d 0.5 and Tr 0.5
        alpha = pixels(folder, name, FRONT)[8:40, 8:40, 3].mean() / 255
        assert alpha == pytest.approx(0.5, abs=0.06)
    assert any("fully transparent" in w for w in rendered["hidden"]["warnings"])
    assert pixels(folder, "hidden", FRONT)[24, 24, 3] == 255


def test_doubled_faces_are_removed_and_not_black(imported):
    rendered, _, folder = imported
    assert any("6 of 12 faces" in w for w in rendered["doubled"]["warnings"])
    image = pixels(folder, "doubled", FRONT)
    assert image[image[:, :, 3] == 255][:, :3].min() > 100


def test_of_faces_in_the_same_place_the_outer_one_is_shown(imported):
    rendered, _, folder = imported
    said = "changed geometry: {} faces lie exactly on other ones and are left out"
    assert rendered["two_sided"]["warnings"] == [said.format(6)]
    assert rendered["sheet"]["warnings"] == [said.format(1)]
    for view in (FRONT, SIDE, TOP):
        plain, other = (pixels(folder, case, view) for case in ("plain", "two_sided"))
        assert np.abs(plain - other).mean() < 1.0
    image = pixels(folder, "sheet", FRONT)
    assert image[image[:, :, 3] == 255][:, :3].min() > 100


def test_stray_vertices_do_not_shrink_the_object(imported):
    left, top, right, bottom = imported[0]["stray"]["views"][FRONT]["box"]
    assert max(right - left, bottom - top) >= 0.93 * SETTINGS["size"] - 1


def test_a_variation_differs_slightly_in_colour_and_shape(imported):
    rendered, _, folder = imported
    plain, varied = (pixels(folder, case, FRONT)[24, 24, :3] for case in ("plain", "varied"))
    assert 3 < np.abs(plain - varied).max() < 160
    assert varied.argmax() == plain.argmax()
    boxes = [rendered[case]["views"][TOP]["box"] for case in ("plain", "varied")]
    assert boxes[0] != boxes[1]


@pytest.mark.parametrize(
    ("name", "text", "licence"),
    [
        ("LICENSE.txt", "Released under\nCreative Commons Attribution 3.0\nhttp", "CC-BY-3.0"),
        ("a - License.html", "<b>Creative Commons Zero</b> (Public Domain)", "CC0-1.0"),
        ("COPYING", "MIT License\n\nCopyright", "MIT"),
        ("licence.txt", "ask me first", "see licence.txt"),
        ("readme.txt", "Creative Commons Zero", "unknown"),
    ],
)
def test_licence_is_read_from_a_file_next_to_the_model(tmp_path, name, text, licence):
    (tmp_path / name).write_text(text)
    assert find_licence(tmp_path) == licence
