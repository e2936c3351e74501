"""Sources of training backgrounds, their squares, blending and storage in whole runs' images."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st
from PIL import Image

from synthlib.compositing.augmentation import denormalise
from synthlib.data import datasets, prepare
from synthlib.data.backgrounds import square_boxes
from synthlib.data.datasets import TrainingSet
from synthlib.params import Params
from synthlib.photographs.photographs import DataError
from tests.helpers.fake_data import CLASSES, micro_params, write_photographs, write_renders

CPU = torch.device("cpu")
COLOUR = (250, 20, 130)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs, Places, and a folder of plain photographs and copies of other ones."""
    root = write_photographs(tmp_path_factory.mktemp("backgrounds") / "data")
    others = root / "others" / "deep"
    others.mkdir(parents=True)
    for i in range(4):
        plain = Image.new("RGB", (40 + i, 90), COLOUR)
        plain.save(others / f"{i}.jpg", quality=95)
    (others / "twin.jpg").write_bytes((others / "0.jpg").read_bytes())
    val = next((root / "imagenet" / "val").rglob("*.JPEG"))
    (others / "val.JPEG").write_bytes(val.read_bytes())
    for scene in (root / "places" / "kitchen").iterdir():
        (others / f"scene{scene.name}").write_bytes(scene.read_bytes())
    return root


@pytest.fixture(autouse=True)
def _drawn_renders(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn shapes in place of renders."""
    store = root / "store"
    renders = write_renders(store).assign(kind="deterministic")
    monkeypatch.setattr(prepare, "render_and_curate", lambda *_, **__: (renders, store))
    monkeypatch.setattr(prepare, "render_plan", lambda *_: SimpleNamespace(recipe="drawn"))


def _params(root: Path, **overrides) -> Params:
    given = {"data_root": str(root), "backgrounds_folder": "others"}
    return micro_params(root / "outputs", **(given | overrides))


def _training_set(root: Path, **overrides) -> TrainingSet:
    params = _params(root, **overrides)
    return datasets.training_set(params, prepare.prepare_data(params, quiet=True))


def _images(root: Path, **overrides) -> dict[str, torch.Tensor]:
    """Every image of the first epoch of a synthetic run, float in [0, 1], by its sample's name."""
    training_set = _training_set(root, **({"real_fraction": 0.0} | overrides))
    by_name = {}
    for step in range(training_set.batch_sampler.steps_per_round):
        batch = training_set.batch(step, CPU)
        images = denormalise(batch.images[batch.n_real :])
        by_name |= dict(zip(batch.names[batch.n_real :], images, strict=True))
    return by_name


# --- sources --------------------------------------------------------------------------------------


def test_a_folder_s_photographs_are_behind_objects_of_every_class(root: Path) -> None:
    """All but copies, the study's photographs, and the scenes of test composites."""
    data = prepare.prepare_data(_params(root, backgrounds="folder"), quiet=True)
    assert data.folder_backgrounds is not None
    assert data.backgrounds is not None
    names = set(data.folder_backgrounds["sample"])
    assert {f"others/deep/{i}.jpg" for i in range(4)} <= names
    assert not names & {"others/deep/twin.jpg", "others/deep/val.JPEG"}
    kitchen = data.backgrounds.table.query("category == 'kitchen' and split == 'train'")
    assert len(names) == 4 + len(kitchen)
    sampler = _training_set(root, backgrounds="folder").synthetic.backgrounds
    assert [len(rows) for (rows,) in sampler.rows_by_class] == [len(names)] * len(CLASSES)
    row = np.flatnonzero(sampler.names == "others/deep/2.jpg")
    image = sampler.load_images(row, 32, CPU)[0]
    assert (image * 255 - torch.tensor(COLOUR)[:, None, None]).abs().max() <= 3


def test_a_run_s_own_photographs_are_of_other_classes(root: Path) -> None:
    seen = {}
    for seed in (0, 1):
        training_set = _training_set(root, backgrounds="photographs", real_fraction=0.5, seed=seed)
        sampler, real = training_set.synthetic.backgrounds, training_set.real
        label_by_name = dict(zip(real.names, real.labels, strict=True))
        for label, groups in enumerate(sampler.rows_by_class):
            labels = [{label_by_name[name] for name in sampler.names[rows]} for rows in groups]
            assert labels == [{other} for other in range(len(CLASSES)) if other != label]
        used = np.unique(np.concatenate([rows for g in sampler.rows_by_class for rows in g]))
        assert set(sampler.names[used]) == set(real.names)
        seen[seed] = set(real.names)
    assert seen[0] != seen[1]


@pytest.mark.parametrize("source", ["folder", "photographs"])
def test_test_composites_are_those_of_every_run(root: Path, source: str) -> None:
    options = {"backgrounds": source, "background_crop_range": [0.3, 0.9], "blending": "random"}
    options |= {"composite_storage": "photographs"}
    sets = []
    for overrides in ({}, options):
        params = _params(root, **overrides)
        test_set = datasets.test_sets(params, prepare.prepare_data(params, quiet=True))
        sets.append(test_set["synthetic_bg"])
    assert sets[0].table.equals(sets[1].table)
    index = np.arange(len(sets[0].table))
    assert torch.equal(sets[0].images(index, CPU), sets[1].images(index, CPU))


def test_digests_name_the_folder_s_photographs_and_not_its_path(root: Path, tmp_path: Path) -> None:
    def digests(**overrides) -> dict[str, str]:
        return prepare.prepare_data(_params(root, **overrides), quiet=True).digests

    plain, folder = digests(), digests(backgrounds="folder")
    assert "background folder" not in plain
    moved = tmp_path / "others"
    (root / "others").rename(moved)
    try:
        elsewhere = digests(backgrounds="folder", backgrounds_folder=str(moved))
    finally:
        moved.rename(root / "others")
    assert folder == elsewhere == plain | {"background folder": folder["background folder"]}
    real_only = digests(backgrounds="folder", synthetic_fraction=0.0)
    assert real_only == plain


def test_without_places_a_run_can_train_on_a_folder(root: Path, tmp_path: Path) -> None:
    for name in ("imagenet", "others"):
        (tmp_path / name).symlink_to(root / name)
    params = _params(tmp_path, backgrounds="folder", test_sets=["real"])
    prepare.check_data(params.model_copy(update={"test_sets": ["real"]}))
    data = prepare.prepare_data(params, quiet=True)
    assert data.backgrounds is None
    assert len(datasets.training_set(params, data).batch(0, CPU).names)
    with pytest.raises(DataError, match="leave synthetic_bg out of test_sets"):
        datasets.test_sets(params.model_copy(update={"test_sets": ["synthetic_bg"]}), data)


@pytest.mark.parametrize(
    ("folder", "message"),
    [("nowhere", "no photographs in"), ("imagenet", "not one of the study's own")],
)
def test_a_folder_without_photographs_is_refused(root: Path, folder: str, message: str) -> None:
    params = _params(root, backgrounds="folder", backgrounds_folder=folder)
    with pytest.raises(DataError, match=message):
        prepare.check_data(params)


# --- squares of backgrounds -----------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(1, 400)), min_size=1, max_size=20),
    st.floats(0.01, 1.0),
    st.integers(0, 99),
)
def test_squares_are_inside_and_of_the_area_asked_for(sizes, least, seed) -> None:
    sizes = np.array(sizes)
    u = np.random.default_rng(seed).random((len(sizes), 3))
    boxes = square_boxes(sizes, (least, 0.5 + least / 2), u)
    assert (boxes[:, 2] == boxes[:, 3]).all()
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= sizes).all()
    wanted = sizes.min(axis=1) * np.sqrt(least + (0.5 - least / 2) * u[:, 0])
    assert (np.abs(boxes[:, 2] - np.maximum(wanted, 1)) <= 0.5 + 1e-9).all()


def test_the_whole_square_is_at_the_centre() -> None:
    sizes = np.array([[40, 60], [61, 40]])
    expected = [[0, 10, 40, 40], [10, 0, 40, 40]]
    assert square_boxes(sizes, (0.2, 1.0)).tolist() == expected
    assert square_boxes(sizes, (1.0, 1.0), np.full((2, 3), 0.9)).tolist() == expected


def test_a_square_is_that_part_of_the_photograph(root: Path) -> None:
    """Cut from the file and resized by Pillow."""
    sampler = _training_set(root, background_crop_range=[0.25, 0.25]).synthetic.backgrounds
    u = np.random.default_rng(0).random((len(sampler.names), 3))
    rows = np.arange(len(sampler.names))
    images = sampler.load_images(rows, 32, CPU, u).permute(0, 2, 3, 1).numpy() * 255
    boxes = square_boxes(np.array([[48, 40]] * len(rows)), (0.25, 0.25), u)
    for name, image, (top, left, side, _) in zip(
        sampler.names,
        images,
        boxes,
        strict=True,
    ):
        with Image.open(root / name) as file:
            part = file.convert("RGB").crop((left, top, left + side, top + side))
            expected = np.asarray(part.resize((32, 32), Image.Resampling.BILINEAR)).astype(int)
        assert np.abs(image - expected).max() <= 2


def test_a_smaller_square_is_packed_larger(root: Path) -> None:
    """Scenes of 48 x 40 px are not enlarged; those that are large keep the detail of a part."""
    data = prepare.prepare_data(_params(root, background_crop_range=[0.04, 0.5]), quiet=True)
    assert data.uncut_background_pack is not None
    assert data.uncut_background_pack.sizes.tolist() == [[48, 40]] * 12


# --- a run's images -------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["thesis", "matched"])
@pytest.mark.parametrize(
    "option",
    [
        {"backgrounds": "folder"},
        {"backgrounds": "photographs", "real_fraction": 1.0},
        {"background_crop_range": [0.2, 0.6]},
        {"blending": "feathered"},
        {"blending": "gaussian"},
        {"blending": "colour"},
        {"blending": "random"},
        {"object_contrast": 2.0},
        {"object_brightness": 0.7},
        {"composite_sharpening": 1.0},
        {"composite_storage": "photographs"},
    ],
    ids=str,
)
def test_each_option_changes_a_run_s_images(root: Path, option: dict, protocol: str) -> None:
    """And the same samples again are the same images."""
    given = {"protocol": protocol, "real_fraction": option.get("real_fraction", 0.0)}
    plain, changed = _images(root, **given), _images(root, **(given | option))
    assert plain.keys() == changed.keys()
    differences = [float((plain[name] - changed[name]).abs().max()) for name in plain]
    assert np.median(differences) > 3 / 255
    again = _images(root, **(given | option))
    assert all(torch.equal(changed[name], again[name]) for name in plain)


def test_all_options_together_do_not_depend_on_the_batch(root: Path) -> None:
    training_set = _training_set(
        root,
        protocol="matched",
        backgrounds="folder",
        background_crop_range=[0.2, 1.0],
        blending="random",
        object_contrast=1.6,
        composite_sharpening=0.8,
        composite_storage="photographs",
        object_in_crop=0.5,
    )
    synthetic = training_set.synthetic
    index = np.arange(12)
    u = training_set.uniform_draws("synthetic", index, np.zeros(12, int))
    together = synthetic.images(index, u, 32, CPU)
    for i in index:
        alone = synthetic.images(index[i : i + 1], u[i : i + 1], 32, CPU)
        torch.testing.assert_close(alone[0], together[i], atol=1e-4, rtol=0)


def test_composites_are_made_at_the_stored_size(root: Path) -> None:
    """Photographs are of 40 x 48 px; under `thesis`, inputs of 32 px have 37 px in packs."""
    sizes = {16: 18, 32: 37, 64: 40}
    for size, side in sizes.items():
        synthetic = _training_set(
            root, composite_storage="photographs", image_size=size, architecture="resnet18"
        ).synthetic
        index = np.arange(3)
        u = np.full((3, synthetic.n_draws), 0.3)
        assert synthetic.composites(index, u, size, CPU).shape == (3, 3, side, side)
        storage = synthetic.storage
        assert set(storage.sides) == {40}
        assert synthetic.images(index, u, size, CPU).shape == (3, 3, size, size)
        small = replace(storage, sides=np.full(len(storage), 11))
        assert replace(synthetic, storage=small).composites(index, u, size, CPU).shape[2] == 11


def test_objects_on_black_are_stored_alike(root: Path) -> None:
    plain = _images(root, synthetic_domain="synthetic_nobg")
    stored = _images(root, synthetic_domain="synthetic_nobg", composite_storage="photographs")
    differences = [float((plain[name] - stored[name]).abs().mean()) for name in plain]
    assert min(differences) > 0
