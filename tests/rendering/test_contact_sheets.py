"""Contact sheets, photographed poses and random textures, on two tiny models."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from synthlib import rendering
from synthlib.cli import main
from synthlib.rendering import contact_sheets
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import ParameterError
from tests.helpers.shapes_obj import CUBE, coloured_mtl, write_box

SIDE = 24


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    write_box(root / "crate/plain/plain.obj", CUBE)
    write_box(root / "crate/paint/paint.obj", CUBE * [1, 2, 1], mtl=coloured_mtl())
    (root / "wreck/bad").mkdir(parents=True)
    (root / "wreck/bad/bad.obj").write_text("not a model\n")
    return root


def sheet_plan(
    out: Path, models: Path, cls: str, instances: int, views: int
) -> rendering.RenderPlan:
    """A plan of small and cheap renders."""
    settings = rendering.RenderSettings(size=SIDE, samples=1, views=views)
    return rendering.plan_renders(
        out, [cls], instances, assets="models", models_root=models, settings=settings
    )


def rendered(out: Path, models: Path, **settings) -> tuple[dict, dict]:
    """Pixels by (model, view), and the manifest's textures by model."""
    plan = rendering.plan_renders(
        out,
        ["crate"],
        2,
        assets="models",
        models_root=models,
        settings=rendering.RenderSettings(size=SIDE, samples=2, views=2, **settings),
    )
    assert rendering.render(plan, rendering.RenderOptions(progress=False)).failed == []
    table = rendering.read_manifest(plan)
    names = table["instance"].str.split("-").str[0]
    files = zip(names, table["view"], table["file"], strict=True)
    pixels = {(n, v): np.asarray(Image.open(plan.store / f)) for n, v, f in files}
    return pixels, dict(zip(names, table["textures"], strict=True))


def test_a_sheet_has_one_column_per_instance_and_one_row_per_view(tmp_path, models):
    sheet = contact_sheets.instance_sheet(sheet_plan(tmp_path, models, "crate", 2, views=2))
    assert sheet.mode == "RGB"
    assert sheet.size == (2 * (SIDE + 4), 2 * (SIDE + 4) + 14)
    views = contact_sheets.view_sheet(sheet_plan(tmp_path, models, "crate", 1, views=26))
    assert views.size == (9 * (SIDE + 4), 3 * (SIDE + 4 + 14))


def test_the_command_writes_both_sheets(tmp_path, models):
    words = f"assets sheet --class crate --seeds 1 --assets models --size {SIDE}".split()
    given = ["--models-root", str(models), "--outputs", str(tmp_path / "out")]
    done = CliRunner().invoke(main, [*words, *given])
    assert done.exit_code == 0, done.output
    for name in ("crate.png", "crate_views.png"):
        path = tmp_path / "out/reports/assets" / name
        assert str(path) in done.output
        assert Image.open(path).width > SIDE


@pytest.fixture
def faulty_models(tmp_path):
    root = tmp_path / "models"
    write_box(root / "crate/plain/plain.obj", CUBE)
    mtl = "newmtl skin\nmap_Kd skin.png\n"
    write_box(root / "crate/bare/bare.obj", CUBE * [1, 2, 1], mtl=mtl, usemtl="skin")
    doubled = write_box(root / "crate/twice/twice.obj", CUBE * [1, 3, 1])
    doubled.write_text(doubled.read_text() + "f 8 7 6 5\n")
    (root / "crate/bad").mkdir()
    (root / "crate/bad/bad.obj").write_text("not a model\n")
    return root


SUMMARY = "4 model files: 1 with changed geometry, 1 failed, 1 with lost texture, 1 with no problem"


def test_a_sheet_says_what_a_render_says(tmp_path, faulty_models, capsys):
    plan = sheet_plan(tmp_path, faulty_models, "crate", 4, views=1)
    assert contact_sheets.instance_sheet(plan).width == 3 * (SIDE + 4)
    output = capsys.readouterr().out
    assert "not rendered: crate/bad" in output
    assert "rendered with a warning, lost texture: skin.png is missing" in output
    assert SUMMARY in output


def test_models_are_checked_before_anything_is_rendered(faulty_models):
    (faulty_models / "notes").mkdir()
    done = CliRunner().invoke(main, ["assets", "check", str(faulty_models)])
    assert done.exit_code == 1
    assert "crate/bad/bad.obj: failed: has no faces that Blender can read" in done.stdout
    assert "crate/bare/bare.obj: lost texture: skin.png is missing" in done.stdout
    assert "crate/twice/twice.obj: changed geometry: 1 of 7 faces" in done.stdout
    assert done.stderr.endswith(SUMMARY + "\n")
    assert not list(faulty_models.rglob("*.png"))
    done = CliRunner().invoke(main, ["assets", "check", str(faulty_models / "notes")])
    assert "has no model files" in done.output


def test_a_class_that_cannot_be_rendered_is_named(tmp_path, models):
    with pytest.raises(RenderError, match=r"no instance of wreck could be rendered: .*bad\.obj"):
        contact_sheets.instance_sheet(sheet_plan(tmp_path, models, "wreck", 1, views=1))
    done = CliRunner().invoke(main, ["assets", "sheet", "--class", "no_such_thing"])
    assert done.exit_code == 2
    assert "unknown class 'no_such_thing'" in done.output


def test_random_textures_change_colours_and_keep_the_shape(tmp_path, models):
    own, own_textures = rendered(tmp_path, models)
    drawn, drawn_textures = rendered(tmp_path, models, random_textures=1.0)
    again, _ = rendered(tmp_path / "again", models, random_textures=1.0)
    assert set(own_textures.values()) == {"own"}
    assert set(drawn_textures.values()) == {"random"}
    for key, image in own.items():
        solid = (image[:, :, 3] == 255) & (drawn[key][:, :, 3] == 255)
        assert np.abs(image[:, :, 3].astype(int) - drawn[key][:, :, 3]).max() <= 8
        assert np.abs(image.astype(int) - drawn[key])[solid].max() > 20
        np.testing.assert_array_equal(drawn[key], again[key])


def test_photographed_poses_are_other_views(tmp_path, models):
    front, _ = rendered(tmp_path, models)
    other, _ = rendered(tmp_path, models, poses="photographed")
    assert any((front[key] != other[key]).any() for key in front)


def test_poses_and_random_textures_are_part_of_the_store_s_name():
    base = rendering.RenderSettings().digest
    others = [
        rendering.RenderSettings(poses="photographed").digest,
        rendering.RenderSettings(random_textures=0.5).digest,
        rendering.RenderSettings(random_textures=1.0).digest,
    ]
    assert len({base, *others}) == 4
    with pytest.raises(ParameterError, match=r"poses: got 'frontal'; .*'thesis' or 'photographed'"):
        rendering.RenderSettings(poses="frontal")  # pyright: ignore[reportArgumentType]
