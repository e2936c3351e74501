"""The user's models: which files are used, entries of models.yaml, licence and origin."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthlib import assets, rendering
from synthlib.assets.library import LibraryError, append_turns, list_models, read_overrides
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import ParameterError
from tests.helpers.shapes_obj import CUBE, WEDGE, coloured_mtl, write_box


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())


def names(cls: str, root: Path) -> list[str]:
    return [str(model.path.relative_to(root)) for model in list_models(cls, root)]


def write_yaml(root: Path, text: str) -> None:
    (root / "models.yaml").write_text(text)


def test_a_folder_is_a_model_and_its_best_format_is_taken_and_said(tmp_path):
    touch(*(tmp_path / f"cup/mug/mug{kind}" for kind in (".stl", ".blend", ".fbx", ".glb")))
    touch(tmp_path / "cup/two/a.obj", tmp_path / "cup/two/b.obj", tmp_path / "cup/two/a.GLB")
    touch(tmp_path / "cup/deep/source/x.fbx", tmp_path / "cup/deep/textures/x.png")
    touch(tmp_path / "cup/flat.glb", tmp_path / "cup/flat.stl", tmp_path / "cup/other.PLY")
    touch(tmp_path / "cup/._flat.glb", tmp_path / "cup/__MACOSX/flat.obj", tmp_path / "cup/x.txt")
    touch(*(tmp_path / f"cup/usd/{name}.usda" for name in ("geometry", "looks", "usd")))
    assert names("cup", tmp_path) == [
        "cup/deep/source/x.fbx",
        "cup/flat.glb",
        "cup/mug/mug.glb",
        "cup/other.PLY",
        "cup/two/a.obj",
        "cup/two/b.obj",
        "cup/usd/usd.usda",
    ]
    with pytest.warns(UserWarning, match="skipped") as caught:
        assets.list_instances("cup", 9, assets="models", models_root=tmp_path, seed=0)
    texts = [str(warning.message) for warning in caught]
    assert f"{tmp_path}/cup/mug/mug.glb is used; skipped: mug.blend, mug.fbx, mug.stl" in texts


def test_a_model_whose_name_is_not_utf8_is_left_out_and_named(tmp_path):
    touch(tmp_path / "cup/a/a.fbx", tmp_path / "cup/b/b.fbx", tmp_path / "cup/c/c.fbx")
    cups = os.fsencode(tmp_path) + b"/cup"
    os.rename(cups + b"/b/b.fbx", cups + b"/b/caf\xe9.fbx")
    os.rename(cups + b"/c", cups + b"/caf\xe9")
    (tmp_path / os.fsdecode(b"cup/a/caf\xe9.png")).touch()  # of an image any name will do
    with pytest.warns(UserWarning, match="not UTF-8") as caught:
        found = assets.list_instances("cup", 1, assets="models", models_root=tmp_path, seed=0)
    assert [instance.asset for instance in found] == ["a/a.fbx"]
    said = [str(warning.message) for warning in caught]
    assert said == [
        f"{tmp_path}/cup/{name} is left out: its name is not UTF-8; rename it"
        for name in ("b/caf\\xe9.fbx", "caf\\xe9/c.fbx")
    ]


@pytest.fixture
def mugs(tmp_path, monkeypatch) -> None:
    """Classes mug and glass, which share the generator and the folder of models of cups."""
    path = tmp_path / "mine.yaml"
    path.write_text("mug: {generator: cup, models: cups}\nglass: {generator: cup, models: cups}\n")
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(path))


def test_classes_share_a_folder_of_models(tmp_path, mugs):
    touch(tmp_path / "cups/a.obj", tmp_path / "cups/b.obj", tmp_path / "mug/c.obj")
    assert names("mug", tmp_path) == names("glass", tmp_path) == ["cups/a.obj", "cups/b.obj"]
    write_yaml(tmp_path, "cups/a: {class: mug}\ncups/b: {class: glass}\nmug/c: {class: mug}\n")
    assert names("mug", tmp_path) == ["cups/a.obj", "mug/c.obj"]
    assert names("glass", tmp_path) == ["cups/b.obj"]
    (tmp_path / "none").mkdir()
    with pytest.raises(assets.AssetError, match=rf"below {tmp_path}/none/cups; add one"):
        assets.list_instances("mug", 1, assets="models", models_root=tmp_path / "none", seed=0)


def test_classes_share_a_generator_and_show_different_objects(tmp_path, mugs):
    names = ["mug", "glass", "cup"]
    settings = rendering.RenderSettings(size=32, samples=1, views=1)
    plan = rendering.plan_renders(
        tmp_path, names, 1, assets="procedural", models_root=None, settings=settings
    )
    [digest] = {instance.asset_digest for instance in plan.instances}
    assert rendering.render(plan, rendering.RenderOptions(workers=1, progress=False)).failed == []
    table = rendering.read_manifest(plan)
    images = {(plan.store / file).read_bytes() for file in table["file"]}
    assert (len(images), set(table["instance"])) == (3, {f"p0000-{digest[:8]}"})
    with pytest.raises(assets.AssetError, match=r"hat has no generator hat.py .the nearest is "):
        assets.list_instances("hat", 1, assets="procedural", models_root=None, seed=0)


def test_hidden_folders_are_no_models_and_no_companions(tmp_path):
    touch(tmp_path / "cup/mug/mug.fbx", tmp_path / "cup/mug/skin.png")
    before = assets.model_digest(tmp_path / "cup/mug/mug.fbx", tmp_path / "cup/mug")
    for name in (".Trash-0", "@eaDir", "__MACOSX", ".ipynb_checkpoints"):
        touch(tmp_path / "cup" / name / "x.obj", tmp_path / f"cup/mug/{name}/skin.png")
        touch(tmp_path / name / "thing" / "y.obj")
    assert names("cup", tmp_path) == ["cup/mug/mug.fbx"]
    for folder in (tmp_path / "cup/mug", None):
        assert assets.model_digest(tmp_path / "cup/mug/mug.fbx", folder) == before
    write_yaml(tmp_path, "cup/mug: {class: teapot}")
    with pytest.raises(LibraryError, match=r"allowed: alarm_clock, [^@.]*, wall_clock\.$"):
        names("cup", tmp_path)


def test_what_is_no_regular_file_is_named_and_not_read(tmp_path):
    touch(tmp_path / "cup/mug/mug.obj")
    os.mkfifo(tmp_path / "cup/mug/source.txt")
    os.mkfifo(tmp_path / "cup/pipe.obj")
    (tmp_path / "cup/endless.stl").symlink_to("/dev/zero")
    (tmp_path / "cup/gone.glb").symlink_to(tmp_path / "nowhere.glb")
    with pytest.warns(UserWarning, match="left out") as caught:
        assert names("cup", tmp_path) == ["cup/mug/mug.obj"]
    assert [str(w.message).removeprefix(f"{tmp_path}/cup/") for w in caught] == [
        "endless.stl is left out: it is a device, not a file",
        "gone.glb is left out: No such file or directory",
        "pipe.obj is left out: it is a named pipe, not a file",
    ]


def test_a_linked_folder_is_a_model(tmp_path):
    touch(tmp_path / "elsewhere/mug.obj")
    (tmp_path / "models/cup").mkdir(parents=True)
    (tmp_path / "models/cup/mug").symlink_to(tmp_path / "elsewhere")
    assert names("cup", tmp_path / "models") == ["cup/mug/mug.obj"]


def test_models_yaml_turns_moves_skips_and_names_sources(tmp_path):
    for name in ("a", "b", "c"):
        touch(tmp_path / f"cup/{name}/model.glb")
    touch(tmp_path / "vase/v.stl")
    assert names("vase", tmp_path) == ["vase/v.stl"]
    write_yaml(
        tmp_path,
        "cup/a: {turn: [90, 0, -45.5], source: https://example.org, licence: CC0-1.0}\n"
        "cup/b: {class: vase}\ncup/c: {skip: true}\nvase/v: {class: toaster}\n",
    )
    (cup,) = list_models("cup", tmp_path)
    assert (cup.path.parent.name, cup.turn) == ("a", (90.0, 0.0, -45.5))
    assert (cup.origin, cup.licence) == ("https://example.org", "CC0-1.0")
    assert names("vase", tmp_path) == ["cup/b/model.glb"]
    assert names("toaster", tmp_path) == ["vase/v.stl"]


def test_licence_and_source_files_are_found_up_to_the_models_folder(tmp_path):
    touch(tmp_path / "cup/a/source/a.fbx", tmp_path / "cup/b/b.fbx")
    (tmp_path / "cup/a/License.txt").write_text("Creative Commons Attribution 4.0")
    (tmp_path / "cup/a/source.txt").write_text("\n https://example.org/a \nmore\n")
    (tmp_path / "cup/LICENSE").write_text("MIT License")  # of no model
    a, b = list_models("cup", tmp_path)
    assert (a.licence, a.origin) == ("CC-BY-4.0", "https://example.org/a")
    assert (b.licence, b.origin) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "cup/a: {turm: [0, 0, 90]}",
            r"turm: unknown key .*; did you mean turn\? allowed: turn, class, skip",
        ),
        ("cup/a: {turn: 90}", r"cup/a: turn: got 90; expected \[x, y, z\], numbers"),
        ("cup/a: {turn: [0, 0, .nan]}", "turn: got .*nan.*within -360 and 360"),
        ("cup/a: {turn: [0, 0, true]}", "turn: got .*True"),
        ("cup/a: {skip: 1}", "skip: got 1; .*valid boolean"),
        ("cup/a: {class: tea pot}", "class: got 'tea pot'; .*pattern"),
        ("cup/a: {class: teapot}", "class is 'teapot'; allowed: alarm_clock, .*vase"),
        ("cup/a: {licence: ''}", "licence: got ''; .*at least 1 character"),
        ("cup/a: {class: }", "class: got None; .*valid string"),
        ("cup/a: yes please", "cup/a is 'yes please'; expected keys"),
        ("cup/z: {skip: true}", "cup/z is no model below"),
        ("../cup: {skip: true}", "../cup is no model below"),
        ("cup: {skip: true}", "cup is no model below"),
        ("- cup/a", "expected `<class>/<name>"),
        ("cup/a: {", "is not YAML"),
    ],
)
def test_a_wrong_models_yaml_is_refused_in_a_sentence(tmp_path, text, said):
    touch(tmp_path / "cup/a/a.glb")
    write_yaml(tmp_path, text)
    with pytest.raises(RenderError, match=f"models.yaml.*{said}"):
        rendering.plan_renders(
            tmp_path,
            ["cup"],
            1,
            assets="models",
            models_root=tmp_path,
            settings=rendering.RenderSettings(),
        )


def test_a_models_yaml_that_is_not_utf8_is_named(tmp_path):
    touch(tmp_path / "cup/a/a.glb")
    (tmp_path / "models.yaml").write_bytes(b"cup/a: {source: caf\xe9}\n")
    with pytest.raises(LibraryError, match=r"models.yaml is not UTF-8"):
        names("cup", tmp_path)
    with pytest.raises(ParameterError, match=r"models.yaml is not UTF-8"):
        append_turns(tmp_path / "models.yaml", {"cup/b": (0.0, 0.0, 90.0)})


def test_an_empty_models_yaml_says_nothing(tmp_path):
    write_yaml(tmp_path, "# nothing yet\n")
    assert read_overrides(tmp_path) == {}


def test_a_turn_changes_the_name_and_a_licence_does_not(tmp_path):
    write_box(tmp_path / "cup/a/a.obj", CUBE)

    def instance() -> assets.Instance:
        (found,) = assets.list_instances("cup", 1, assets="models", models_root=tmp_path, seed=0)
        return found

    plain = instance()
    assert plain.name == f"a-v0-{assets.model_digest(plain.model_file)[:8]}"
    write_yaml(tmp_path, "cup/a: {licence: CC0-1.0, source: me}")
    told = instance()
    assert asdict(told) == asdict(plain) | {"licence": "CC0-1.0", "origin": "me"}
    write_yaml(tmp_path, "cup/a: {turn: [0, 0, 90]}")
    turned = instance()
    assert turned.name != plain.name
    assert turned.split_group == plain.split_group  # the same content: one side of the split


@pytest.mark.parametrize(("kind", "companion"), [(".gltf", "b.bin"), (".fbx", "textures/x.png")])
def test_a_changed_companion_makes_a_new_digest(tmp_path, kind, companion):
    model = tmp_path / f"m{kind}"
    touch(model, tmp_path / companion)
    before = assets.model_digest(model)
    touch(tmp_path / "readme.txt")
    assert assets.model_digest(model) == before
    (tmp_path / companion).write_bytes(b"other")
    assert assets.model_digest(model) != before


def test_a_companion_behind_a_linked_folder_counts(tmp_path):
    model = tmp_path / "m/m.fbx"
    touch(model, tmp_path / "m/y.png", tmp_path / "elsewhere/deep/x.png")
    alone = assets.model_digest(model)
    assert alone.startswith("8a2dd3bd5443")  # as before links were followed
    (tmp_path / "m/textures").symlink_to(tmp_path / "elsewhere")
    linked = assets.model_digest(model)
    (tmp_path / "elsewhere/deep/x.png").write_bytes(b"other")
    assert len({alone, linked, assets.model_digest(model)}) == 3


def test_turned_upright_and_told_of_in_the_manifest(tmp_path):
    """About x by 90 degrees and then about z takes (x, y, z) to (z, x, y); an OBJ's -z is our y."""
    x, y, z = WEDGE.T
    write_box(tmp_path / "m/crate/good/good.obj", WEDGE, mtl=coloured_mtl())
    lying = np.stack([-z, x, -y], axis=1)  # in the scene (y, z, x) of the upright one
    write_box(tmp_path / "m/crate/lying/lying.obj", lying, mtl=coloured_mtl())
    write_yaml(tmp_path / "m", "crate/lying: {turn: [90, 0, 90], source: me, licence: mine}")
    plan = rendering.plan_renders(
        tmp_path,
        ["crate"],
        2,
        assets="models",
        models_root=tmp_path / "m",
        settings=rendering.RenderSettings(size=32, samples=4, views=4),
    )
    assert rendering.render(plan, rendering.RenderOptions(workers=1, progress=False)).failed == []
    table = rendering.read_manifest(plan)
    good, turned = (table[table.instance.str.startswith(name)] for name in ("good", "lying"))
    assert set(turned.source) == {"me"}
    assert set(turned.licence) == {"mine"}
    for one, two in zip(good.file, turned.file, strict=True):
        images = [np.asarray(Image.open(plan.store / file)).astype(int) for file in (one, two)]
        assert np.abs(images[0] - images[1]).mean() < 1.0
    kept = json.loads(
        (plan.store / "crate" / turned.instance.iloc[0] / "instance.json").read_text()
    )
    assert kept["turn"] == [90.0, 0.0, 90.0]
