"""Exported data sets, read by others' readers and compared with what a run trains on."""

import hashlib
import json
import math
import multiprocessing
import os
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from hypothesis import given, strategies as st
from PIL import Image
from torchvision.datasets import CocoDetection, ImageFolder

from synthlib.compositing.augmentation import augment
from synthlib.data import datasets, prepare
from synthlib.data.backgrounds import BACKGROUND_DRAWS
from synthlib.data.export import formats
from synthlib.data.export.export import ExportError, ExportSettings, export_dataset
from synthlib.data.export.masks import encode_mask
from synthlib.data.prepare import StudyData
from synthlib.photographs.licences import PLACES
from synthlib.utils.errors import FileError, ParameterError
from synthlib.utils.folders import FolderError
from tests.helpers.fake_data import CLASSES, make_study_data, micro_params
from tests.helpers.small_disks import temporary_disk

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="module")
def study_data(folder: Path) -> StudyData:
    """Instance p0001 of each class is a model that must not be used commercially."""
    data = make_study_data(folder, parameters(folder))
    assert data.renders is not None
    is_model = data.renders["instance"] == "p0001"
    renders = data.renders.assign(
        asset=np.where(is_model, "boot/boot.obj", "procedural"),
        licence=np.where(is_model, "CC-BY-NC-4.0", "MIT"),
        source=np.where(is_model, "https://example.org", "synthlib"),
        azimuth=30.0,
    )
    return replace(data, renders=renders)


def parameters(folder: Path, **overrides):
    return micro_params(folder / "outputs", data_root=str(folder / "data"), **overrides)


@pytest.fixture
def export(folder: Path, study_data: StudyData, tmp_path: Path, monkeypatch):
    """A function that exports the study and returns the folder: `export("coco", **settings)`."""
    monkeypatch.setattr(prepare, "prepare_data", lambda _: study_data)
    monkeypatch.setattr(
        prepare, "render_and_curate", lambda _: (study_data.renders, folder / "store")
    )

    def export(form: str, target: str = "exported", overrides: dict | None = None, **settings):
        params = parameters(folder, **(overrides or {}))
        path = tmp_path / target
        export.report = export_dataset(
            params, path, ExportSettings(form, **settings), progress=False
        )
        return path

    return export


def read_metadata(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metadata.jsonl").read_text().splitlines()]


def decode_mask(mask: dict) -> np.ndarray:
    """The pixels of an uncompressed run-length encoding, column by column."""
    height, width = mask["size"]
    flat = [run % 2 == 1 for run, count in enumerate(mask["counts"]) for _ in range(count)]
    return np.array(flat, bool).reshape(width, height).T


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- what is exported -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "overrides",
    [
        {"protocol": "matched"},
        {"protocol": "matched", "synthetic_domain": "hybrid", "hybrid_nobg": ["banana"]},
        {"protocol": "matched", "synthetic_domain": "synthetic_nobg", "nobg_affine": True},
        {"protocol": "thesis"},
        {"protocol": "thesis", "synthetic_domain": "synthetic_nobg"},
    ],
)
def test_training_images_follow_from_the_exported_bytes(export, folder, study_data, overrides):
    exported = export("coco", overrides=overrides | {"seed": 3}, epochs=2)
    params = parameters(folder, **overrides, seed=3)
    train = datasets.training_set(params, study_data)
    synthetic = train.synthetic
    assert synthetic is not None
    lines = read_metadata(exported / "images" / "train")
    by_sample = {(line["sample"], line["epoch"]): line for line in lines}
    assert len(by_sample) == len(lines) == 2 * len(synthetic.renders)
    is_on_black = synthetic.on_black[synthetic.renders.labels]
    for epoch, on_black in [(0, False), (0, True), (1, False), (1, True)]:
        # in the batches of the export, as float32 sums depend on the batch in their last digits
        index = np.flatnonzero(is_on_black == on_black)
        if not len(index):
            continue
        u = train.uniform_draws("synthetic", index, np.full(len(index), epoch))
        expected = synthetic.images(index, u, train.size, CPU)
        pixels = []
        for name in synthetic.renders.names[index]:
            line = by_sample[name, epoch]
            with Image.open(exported / "images" / "train" / line["file_name"]) as image:
                pixels.append(np.array(image))
        preset = synthetic.black_preset if on_black else synthetic.preset
        images = augment(
            torch.from_numpy(np.stack(pixels)), u[:, BACKGROUND_DRAWS:], preset, train.size
        )
        # the thesis's composites are not rounded to bytes, because no crop follows
        tolerance = 0.0 if params.protocol == "matched" else 0.5001 / 255
        torch.testing.assert_close(images, expected, atol=tolerance, rtol=0)


def test_test_images_are_those_of_the_test_set(export, folder, study_data) -> None:
    exported = export("imagefolder")
    test = datasets.test_sets(parameters(folder), study_data)["synthetic_bg"]
    images = test.images(np.arange(len(test.table)), CPU)
    lines = {line["sample"]: line for line in read_metadata(exported / "test")}
    assert list(lines) == test.table["sample"].tolist()
    for i, row in enumerate(test.table.itertuples()):
        line = lines[row.sample]
        assert (line["background"], line["placement"]) == (row.background, row.placement)
        assert line["epoch"] == -1
        pixels = np.asarray(Image.open(exported / "test" / line["file_name"]), float)
        expected = images[i].permute(1, 2, 0).numpy() * 255
        assert np.abs(pixels - expected).max() <= 0.501


UPRIGHT_AND_WHOLE = {
    **dict.fromkeys(("affine_angle", "affine_dx", "affine_dy", "rotation"), 0.0),
    **dict.fromkeys(("affine_scale", "scale", "x", "y"), 1.0),
}
"""The placement of a render that fills the image."""


def rasterised_alpha(alpha: np.ndarray, placement: dict, side: int, samples: int = 3) -> np.ndarray:
    """Alpha of a render at its placement, point by point: the object is turned clockwise, scaled
    and shifted on its canvas; then the canvas is turned anticlockwise, fitted into a square of
    `scale` and moved into the free space."""
    y, x = (np.mgrid[: side * samples, : side * samples] + 0.5) / (side * samples)
    p = placement
    turn, canvas_turn = math.radians(p["affine_angle"]), math.radians(p["rotation"])
    canvas = p["scale"] / (abs(math.cos(canvas_turn)) + abs(math.sin(canvas_turn)))
    x = x - (p["x"] * (1 - p["scale"]) + p["scale"] / 2)
    y = y - (p["y"] * (1 - p["scale"]) + p["scale"] / 2)
    x, y = (  # back from the canvas's anticlockwise turn; y points down
        (x * math.cos(canvas_turn) - y * math.sin(canvas_turn)) / canvas,
        (x * math.sin(canvas_turn) + y * math.cos(canvas_turn)) / canvas,
    )
    inside = (abs(x) <= 0.5) & (abs(y) <= 0.5)
    x, y = x - p["affine_dx"], y - p["affine_dy"]
    x, y = (
        (x * math.cos(turn) + y * math.sin(turn)) / p["affine_scale"],
        (-x * math.sin(turn) + y * math.cos(turn)) / p["affine_scale"],
    )
    u, v = (x + 0.5) * len(alpha) - 0.5, (y + 0.5) * len(alpha) - 0.5
    padded = np.pad(alpha, 1)
    u0, v0 = np.floor(u).astype(int), np.floor(v).astype(int)
    values = np.zeros_like(x)
    for dv in (0, 1):
        for du in (0, 1):
            rows = np.clip(v0 + dv + 1, 0, len(padded) - 1)
            columns = np.clip(u0 + du + 1, 0, len(padded) - 1)
            weights = (1 - abs(u - u0 - du)) * (1 - abs(v - v0 - dv))
            values += padded[rows, columns] * weights
    values *= inside
    return values.reshape(side, samples, side, samples).mean(axis=(1, 3))


def box_of(mask: np.ndarray) -> np.ndarray:
    """The pixels of a mask's bounding box."""
    ys, xs = np.nonzero(mask)
    box = np.zeros_like(mask)
    box[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] = True
    return box


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union."""
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize(
    ("overrides", "samples"),
    [
        ({"protocol": "thesis"}, 5),
        ({"protocol": "matched"}, 5),
        ({"protocol": "matched", "synthetic_domain": "synthetic_nobg"}, 1),
    ],
)
def test_masks_and_boxes_are_those_of_the_rasterised_alpha(
    folder, tmp_path, monkeypatch, overrides, samples
) -> None:
    """Pasted objects with 5 x 5 samples per pixel: with an even number, samples fall on the edges
    of canvases. Enlarged renders on black are read once per pixel."""
    params = parameters(folder, image_size=192, **overrides)
    data = make_study_data(folder, params)
    monkeypatch.setattr(prepare, "prepare_data", lambda _: data)
    export_dataset(params, tmp_path / "out", ExportSettings("coco"), progress=False)
    compared = 0
    for split in ("train", "test"):
        for line in read_metadata(tmp_path / "out" / "images" / split)[::3]:
            mask = decode_mask(line["mask"])
            with Image.open(folder / "store" / f"{line['sample']}.png") as render:
                alpha = np.asarray(render.getchannel("A"), float) / 255
            placement = json.loads(line["placement"]) if line["placement"] else UPRIGHT_AND_WHOLE
            expected = rasterised_alpha(alpha, placement, len(mask), samples) > 0.5
            if expected.sum() < 2000:
                continue  # a pixel of the edge counts too much
            assert overlap(mask, expected) > 0.99, line["sample"]
            [[left, top, width, height]] = line["objects"]["bbox"]
            box = np.zeros_like(mask)
            box[top : top + height, left : left + width] = True
            assert overlap(box, box_of(expected)) > 0.99, line["sample"]
            compared += 1
    assert compared > 2


def test_full_boxes_and_occluded_shares_are_those_of_the_whole_object(
    folder, study_data, tmp_path, monkeypatch
) -> None:
    """Compared with alpha that is rasterised on a canvas of 3 x 3 images around the image; a fifth
    of each basketball is hidden in its render, whose full box is the whole frame."""
    is_ball = study_data.renders["class"] == "basketball"
    hidden = study_data.renders.assign(
        occluded=np.where(is_ball, 0.2, 0.0),
        full_left=0, full_top=0, full_right=48, full_bottom=48,
    )  # fmt: skip
    params = parameters(folder, image_size=96, protocol="matched", object_placement="upright")
    params = params.model_copy(update={"render_size": 48})
    data = make_study_data(folder, params)
    data = replace(data, renders=hidden)
    monkeypatch.setattr(prepare, "prepare_data", lambda _: data)
    export_dataset(params, tmp_path / "out", ExportSettings("coco"), progress=False)
    for line in read_metadata(tmp_path / "out" / "images" / "test"):
        with Image.open(folder / "store" / f"{line['sample']}.png") as render:
            alpha = np.asarray(render.getchannel("A"), float) / 255
        placement, mask = json.loads(line["placement"]), decode_mask(line["mask"])
        side = len(mask)
        wide = placement | {"scale": placement["scale"] / 3}
        for axis in "xy":  # the same place, seen from a canvas three times as large
            corner = (1 + placement[axis] * (1 - placement["scale"])) / 3
            wide[axis] = corner / (1 - wide["scale"])
        whole = rasterised_alpha(alpha, wide, 3 * side, samples=5)
        left, top, width, height = line["full_box"]
        if line["class"] == "basketball":
            assert line["occluded"] >= 0.2
            assert (
                width * height
                > 0.9 * (placement["scale"] * placement["affine_scale"] * side) ** 2 / 2
            )
            continue
        ys, xs = np.nonzero(whole > 0.5)
        if len(xs) < 200:
            continue
        box = [xs.min() - side, ys.min() - side, np.ptp(xs) + 1, np.ptp(ys) + 1]
        assert [left, top, width, height] == pytest.approx(box, abs=1.6)
        assert line["occluded"] == pytest.approx(1 - mask.sum() / whole.sum(), abs=0.08)


def test_renders_are_the_files_of_the_store(export, folder, study_data) -> None:
    first = study_data.renders.iloc[0]
    mask_path = folder / "store" / first["file"].replace(".png", "_mask.png")
    own = np.zeros((48, 48), np.uint8)
    own[10:20, 5:9] = 255
    Image.fromarray(own).save(mask_path)
    try:
        exported = export("imagefolder", content="renders")
    finally:
        mask_path.unlink()
    rows = study_data.renders.set_index("file")
    lines = [
        line | {"split": split}
        for split in ("train", "test")
        for line in read_metadata(exported / split)
    ]
    assert len(lines) == len(rows)
    for line in lines:
        file = f"{line['sample']}.png"
        content = (exported / line["split"] / line["file_name"]).read_bytes()
        assert content == (folder / "store" / file).read_bytes()
        assert line["split"] == rows.loc[file, "split"]
        assert line["azimuth"] == 30.0
        mask = decode_mask(line["mask"])
        if file == first["file"]:
            assert line["objects"]["bbox"] == [[5, 10, 4, 10]]
            assert mask.sum() == 40
        else:
            alpha = np.asarray(Image.open(folder / "store" / file))[..., 3]
            assert np.array_equal(mask, alpha > 127)
    assert "background" not in lines[0]


# --- read by others -------------------------------------------------------------------------------


def test_imagefolder_is_read_by_torchvision(export) -> None:
    exported = export("imagefolder")
    for split, count in (("train", 36), ("test", 9)):
        read = ImageFolder(str(exported / split))
        assert read.classes == sorted(CLASSES)
        assert Counter(read.targets) == dict.fromkeys(range(3), count // 3)
        lines = {str(exported / split / m["file_name"]): m for m in read_metadata(exported / split)}
        assert {path: read.classes[target] for path, target in read.samples} == {
            path: line["class"] for path, line in lines.items()
        }


def test_the_columns_of_all_splits_have_the_same_types(export) -> None:
    """Else Hugging Face's `imagefolder` refuses them."""
    exported = export("imagefolder")
    types = [
        {name: type(value) for name, value in line.items()}
        for split in ("train", "test")
        for line in read_metadata(exported / split)
    ]
    assert all(columns == types[0] for columns in types)


def test_coco_is_read_by_torchvision_and_pycocotools(export) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    coco_mask = pytest.importorskip("pycocotools.mask")
    exported = export("coco", epochs=2)
    for split, count in (("train", 72), ("test", 9)):
        file = exported / "annotations" / f"instances_{split}.json"
        read = coco.COCO(str(file))
        assert {c["id"]: c["name"] for c in read.loadCats(read.getCatIds())} == dict(
            enumerate(CLASSES, start=1)
        )
        assert len(read.getImgIds()) == count
        lines = {line["file_name"]: line for line in read_metadata(exported / "images" / split)}
        for image in read.loadImgs(read.getImgIds()):
            line = lines[image["file_name"]]
            annotations = read.loadAnns(read.getAnnIds(image["id"]))
            assert len(annotations) == len(line["objects"]["bbox"])
            for annotation in annotations:
                encoded = read.annToRLE(annotation)
                assert coco_mask.toBbox(encoded).tolist() == annotation["bbox"]
                assert coco_mask.area(encoded) == annotation["area"]
                assert np.array_equal(coco_mask.decode(encoded), decode_mask(line["mask"]))
                assert CLASSES[annotation["category_id"] - 1] == line["class"]
        detection = CocoDetection(str(exported / "images" / split), str(file))
        assert len(detection) == count
        image, annotations = detection[0]
        assert image.size == (32, 32)
        assert all(annotation["image_id"] == detection.ids[0] for annotation in annotations)


def test_coco_licences_are_the_strictest_of_each_image(export) -> None:
    exported = export("coco")
    content = json.loads((exported / "annotations" / "instances_train.json").read_text())
    names = {licence["id"]: licence["name"] for licence in content["licenses"]}
    assert set(names) == {1, 2}
    for image in content["images"]:
        licences = {image["asset_licence"], image["background_licence"]}
        strictest = min(licences, key=["CC-BY-NC-4.0", PLACES.licence, "MIT"].index)
        assert names[image["license"]] == strictest
    assert content["info"]["description"]


def test_yolo_labels_are_boxes_as_shares_of_the_image(export) -> None:
    exported = export("yolo", overrides={"protocol": "matched"})
    settings = yaml.safe_load((exported / "data.yaml").read_text())
    assert settings["names"] == dict(enumerate(CLASSES))
    for key, split in (("train", "train"), ("val", "test")):
        assert settings[key] == f"images/{split}"
        lines = read_metadata(exported / settings[key])
        assert {path.stem for path in (exported / "labels" / split).iterdir()} == {
            Path(line["file_name"]).stem for line in lines
        }
        for line in lines:
            text = (exported / "labels" / split / line["file_name"]).with_suffix(".txt").read_text()
            rows = [[float(number) for number in row.split()] for row in text.splitlines()]
            assert [row[0] for row in rows] == line["objects"]["categories"]
            height, width = line["mask"]["size"]
            for (_, x, y, w, h), box in zip(rows, line["objects"]["bbox"], strict=True):
                corner = [(x - w / 2) * width, (y - h / 2) * height, w * width, h * height]
                assert corner == pytest.approx(box, abs=1e-3)


@given(st.integers(0, 7), st.integers(0, 7), st.integers(0, 2**49 - 1))
def test_an_encoded_mask_decodes_to_itself(height: int, width: int, bits: int) -> None:
    flat = [bits >> i & 1 == 1 for i in range(height * width)]
    mask = np.array(flat, bool).reshape(height, width)
    encoded = encode_mask(mask)
    assert sum(encoded["counts"]) == mask.size
    assert all(count > 0 for count in encoded["counts"][1:]) or not mask.size
    assert np.array_equal(decode_mask(encoded), mask)


# --- sources and licences -------------------------------------------------------------------------


def test_sources_and_card_name_all_that_is_shown(export) -> None:
    exported = export("imagefolder")
    lines = [line for split in ("train", "test") for line in read_metadata(exported / split)]
    sources = pd.read_csv(exported / "sources.csv", keep_default_na=False).set_index("name")
    shown = Counter(line["asset"] for line in lines) + Counter(line["background"] for line in lines)
    assert sources["images"].to_dict() == shown
    assert sources.loc["banana/boot/boot.obj", ["kind", "licence", "use"]].tolist() == [
        "model",
        "CC-BY-NC-4.0",
        "non-commercial",
    ]
    photographs = sources[sources["kind"] == "photograph"]
    assert set(photographs["use"]) == {"non-commercial"}
    assert export.report.restricted.startswith(
        f"under non-commercial or unknown licences: {len(photographs)} photographs, 3 models: "
        f"{photographs.index[0]} (Places terms"
    )
    card = (exported / "README.md").read_text()
    _, front_matter, text = card.split("---\n", 2)
    assert yaml.safe_load(front_matter)["license"] == "other"
    assert "| banana | 12 | 3 |" in text
    assert photographs.index[0] in text
    assert str(exported.parent) not in card


def test_licences_leave_out_images_and_change_no_other(export, folder) -> None:
    all_images = hashes(export("imagefolder", "all", epochs=2))
    (folder / "data" / "licences.yaml").write_text("places/kitchen: CC-BY-4.0\n")
    try:
        chosen = export("imagefolder", "chosen", epochs=2, licences=("open",))
    finally:
        (folder / "data" / "licences.yaml").unlink()
    lines = [line for split in ("train", "test") for line in read_metadata(chosen / split)]
    assert {line["background_licence"] for line in lines} == {"CC-BY-4.0"}
    assert {line["asset_licence"] for line in lines} == {"MIT"}
    assert export.report.restricted == ""
    assert export.report.images == len(lines)
    assert export.report.images + export.report.left_out == 36 * 2 + 9
    images = {name: value for name, value in hashes(chosen).items() if name.endswith(".png")}
    assert images.items() <= all_images.items()


def test_a_class_without_an_allowed_image_is_refused(export, tmp_path) -> None:
    with pytest.raises(ExportError, match=r"class banana would .* train: .* Places terms.*--licen"):
        export("coco", licences=("open",))
    assert not list(tmp_path.iterdir())


# --- refusals, and exports that end early ---------------------------------------------------------


def test_wrong_settings_are_refused(export) -> None:
    with pytest.raises(ParameterError, match="format is 'voc'; allowed: imagefolder, coco, yolo"):
        export("voc")
    with pytest.raises(ParameterError, match="epochs is 0; allowed: 1 or more"):
        export("coco", epochs=0)
    for overrides in ({"synthetic_fraction": 0.0}, {"synthetic_domain": "bg_only"}):
        with pytest.raises(ParameterError, match="trains on no composites that show objects"):
            export("coco", overrides=overrides)


def test_a_folder_that_is_not_empty_is_refused_and_kept(export, tmp_path) -> None:
    (tmp_path / "exported").mkdir()
    (tmp_path / "exported" / "mine.txt").touch()
    with pytest.raises(FolderError, match="exported is not empty: name another folder"):
        export("coco")
    assert [path.name for path in tmp_path.rglob("*.*")] == ["mine.txt"]
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="is a file: name a folder"):
        export("coco", "file")
    (tmp_path / "empty").mkdir()
    assert (export("coco", "empty") / "README.md").exists()


def test_the_same_seed_gives_the_same_bytes(export) -> None:
    for form in formats.WRITERS:
        first, second, other = (
            hashes(export(form, f"{form}{i}", overrides={"seed": seed}))
            for i, seed in enumerate((0, 0, 1))
        )
        assert first == second
        assert first != other


def test_a_killed_export_leaves_nothing_under_its_name(export, tmp_path, monkeypatch) -> None:
    def killed() -> None:
        monkeypatch.setattr(
            formats.CocoWriter, "file_name", lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        )
        export("coco")

    process = multiprocessing.get_context("fork").Process(target=killed)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == [f".exported.{process.pid}.part"]
    export("coco")
    assert [path.name for path in tmp_path.iterdir()] == ["exported"]


def test_a_full_disk_is_said_and_nothing_remains(export, tmp_path) -> None:
    with temporary_disk(tmp_path / "disk", "128k"):
        with pytest.raises(FileError, match=r"cannot be written \(No space left on device\)"):
            export("imagefolder", "disk/exported", epochs=3)
        assert not list((tmp_path / "disk").iterdir())


def test_an_unreadable_render_is_named(export, study_data, folder) -> None:
    path = folder / "store" / study_data.renders["file"].iloc[0]
    hidden = path.rename(path.with_suffix(".away"))
    try:
        with pytest.raises(FileError, match="cannot be read"):
            export("coco", content="renders")
    finally:
        hidden.rename(path)
