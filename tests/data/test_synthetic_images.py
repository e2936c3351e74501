"""Synthetic images by domain (backgrounds, black, by class, controls), and refused data."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from synthlib.classes import CLASSES as CLASSES_BY_NAME
from synthlib.compositing.augmentation import apply_after_crop, denormalise, preset_crop
from synthlib.data import datasets, synthetic_images
from synthlib.data.backgrounds import BACKGROUND_DRAWS
from synthlib.data.pack_builder import RGBA_AND_MASK
from synthlib.data.prepare import StudyData, pack_table, render_sides
from synthlib.data.preprocess import crop_to_alpha
from synthlib.photographs.photographs import DataError
from synthlib.rendering.view_files import mask_file
from synthlib.seeding import uniforms
from synthlib.utils.errors import ParameterError
from tests.helpers.fake_data import CLASSES, make_study_data, micro_params

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("synthetic")


@pytest.fixture(scope="module")
def study_data(folder: Path) -> StudyData:
    return make_study_data(folder, micro_params(folder))


def images(folder: Path, study_data: StudyData, **overrides) -> dict[str, torch.Tensor]:
    """Every image of the first epoch of a synthetic run, float in [0, 1], by its sample's name."""
    params = micro_params(folder, real_fraction=0.0, **overrides)
    data = datasets.training_set(params, study_data)
    by_name = {}
    for step in range(data.batch_sampler.steps_per_round):
        batch = data.batch(step, CPU)
        by_name |= dict(zip(batch.names, denormalise(batch.images), strict=True))
    return by_name


def test_bg_only_shows_the_same_backgrounds_without_the_objects(folder, study_data) -> None:
    whole = images(folder, study_data)
    empty = images(folder, study_data, synthetic_domain="bg_only")
    assert whole.keys() == empty.keys()
    changed = torch.stack([(whole[n] - empty[n]).abs().amax(0) > 2 / 255 for n in whole])
    assert changed.any((1, 2)).float().mean() > 0.9  # an object is visible
    assert changed.float().mean() < 0.5  # and the background around it is the same


@pytest.mark.parametrize("protocol", ["thesis", "matched"])
def test_hybrid_is_each_class_as_in_its_own_domain(folder, study_data, protocol) -> None:
    overrides = {"protocol": protocol, "matched_steps": 12}
    with_bg = images(folder, study_data, **overrides)
    without = images(folder, study_data, synthetic_domain="synthetic_nobg", **overrides)
    hybrid = images(
        folder, study_data, synthetic_domain="hybrid", hybrid_nobg=["banana"], **overrides
    )
    for name, image in hybrid.items():
        expected = (without if name.startswith("banana/") else with_bg)[name]
        torch.testing.assert_close(image, expected, atol=1e-4, rtol=0)
    assert any(name.startswith("banana/") for name in hybrid)


def test_hybrid_without_a_choice_is_refused(folder, study_data) -> None:
    with pytest.raises(ParameterError, match=r"hybrid_nobg is not given.*resolve_hybrid_classes"):
        images(folder, study_data, synthetic_domain="hybrid")
    chosen = images(folder, study_data, synthetic_domain="hybrid", hybrid_nobg=[])
    assert all(float(image.amin()) >= 0 for image in chosen.values())


def test_the_affine_on_black_moves_and_shrinks_the_object(folder, study_data) -> None:
    plain = images(folder, study_data, synthetic_domain="synthetic_nobg")
    moved = images(folder, study_data, synthetic_domain="synthetic_nobg", nobg_affine=True)
    areas = [
        np.mean([float((image.amax(0) > 0.1).float().mean()) for image in part.values()])
        for part in (plain, moved)
    ]
    assert 0.02 < areas[1] < 0.6 * areas[0]
    corners = torch.stack([image[:, 0, 0] for image in moved.values()])
    assert float(corners.abs().median()) < 1e-5
    again = images(folder, study_data, synthetic_domain="synthetic_nobg", nobg_affine=True)
    assert all(torch.equal(moved[name], again[name]) for name in moved)


def test_render_subset_is_taken_from_the_training_renders(folder, study_data, monkeypatch) -> None:
    asked = {}

    def subset(
        manifest: pd.DataFrame, name: str, *, photographs_per_class: int, seed: int
    ) -> pd.DataFrame:
        asked.update(name=name, n=photographs_per_class, seed=seed, splits=set(manifest["split"]))
        return manifest.groupby("class").head(4)

    monkeypatch.setattr(datasets.render_subsets, "render_subset", subset)
    params = micro_params(folder, render_subset="1200", data_seed=0)
    data = datasets.training_set(params, study_data)
    assert data.synthetic is not None
    counts = pd.Series([n.split("/")[0] for n in data.synthetic.renders.names]).value_counts()
    assert counts.to_dict() == dict.fromkeys(CLASSES, 4)
    # 12 training photographs per class, of which 2 are dev
    assert asked == {"name": "1200", "n": 10, "seed": 0, "splits": {"train"}}


def test_parts_of_processes_make_up_the_batch(folder, study_data) -> None:
    for protocol in ("thesis", "matched"):
        data = datasets.training_set(micro_params(folder, protocol=protocol), study_data)
        for step in (0, data.batch_sampler.steps - 1):
            one = data.batch(step, CPU)
            parts = [data.batch(step, CPU, rank=k, world_size=3) for k in range(3)]
            real, rest = range(one.n_real), range(one.n_real, len(one.names))
            for k, part in enumerate(parts):
                index = [*real[k::3], *rest[k::3]]
                assert part.names == [one.names[i] for i in index]
                assert part.labels.tolist() == one.labels[index].tolist()
                assert part.n_real == len(real[k::3])
                torch.testing.assert_close(part.images, one.images[index], atol=1e-4, rtol=0)
    with pytest.raises(ValueError, match="rank is 3; allowed: 0 to 2"):
        data.batch(0, CPU, rank=3, world_size=3)


def test_a_class_without_renders_or_photographs_is_named(folder, study_data) -> None:
    renders = study_data.renders.assign(
        split=np.where(
            study_data.renders["class"] == "basketball", "test", study_data.renders["split"]
        )
    )
    incomplete = replace(study_data, renders=renders)
    with pytest.raises(DataError, match="class basketball has no synthetic training sample"):
        datasets.training_set(micro_params(folder), incomplete)
    table = study_data.photographs.table
    table = table[(table["class"] != "banana") | (table["split"] != "train")]
    incomplete = replace(study_data, photographs=replace(study_data.photographs, table=table))
    with pytest.raises(DataError, match="class banana has no real training sample"):
        datasets.training_set(micro_params(folder), incomplete)


def test_no_sample_of_a_domain_is_refused(folder, study_data) -> None:
    none = replace(study_data, renders=study_data.renders.assign(split="test"))
    with pytest.raises(DataError, match=r"synthetic_fraction is 1\.0, but there is no synthetic"):
        datasets.training_set(micro_params(folder), none)


@pytest.mark.parametrize("domain", ["photographs", "renders", "backgrounds"])
def test_a_test_image_that_is_trained_on_is_refused(folder, study_data, domain) -> None:
    params = micro_params(folder)
    datasets.test_sets(params, study_data)
    part = getattr(study_data, domain)
    table = (part if domain == "renders" else part.table).copy()
    is_test = table["split"].isin(["val", "test"])
    table.loc[is_test, "sha256"] = table.loc[table["split"] == "train", "sha256"].iloc[0]
    shared = replace(
        study_data, **{domain: table if domain == "renders" else replace(part, table=table)}
    )
    with pytest.raises(DataError, match=r"images are trained on, the first is .*delete one"):
        datasets.test_sets(params, shared)


def test_empty_renders_are_not_leakage(folder, study_data) -> None:
    """All frames without a visible object are the same file."""
    table = study_data.renders.copy()
    for split in ("train", "test"):
        table.loc[table.index[table["split"] == split][0], "sha256"] = "empty"
    params = micro_params(folder)
    with pytest.raises(DataError, match="1 of its images are trained on"):
        datasets.test_sets(params, replace(study_data, renders=table))
    table["coverage"] = table["coverage"].where(table["sha256"] != "empty", 0.0)
    sets = datasets.test_sets(params, replace(study_data, renders=table))
    assert len(sets["synthetic_bg"].image_set) == 9


@pytest.mark.parametrize("name", ["real_rest", "real_1", "real_3"])
def test_sets_of_unused_photographs(folder, study_data, name) -> None:
    params = micro_params(folder, real_fraction=0.4, test_sets=[name, "real"])
    sets, data = datasets.test_sets(params, study_data), datasets.training_set(params, study_data)
    samples = set(sets[name].table["sample"])
    assert data.real is not None
    assert not samples & set(data.real.names)
    assert all("/train/" in sample for sample in samples)
    assert len(samples) == 3 * (6 if name == "real_rest" else 1)
    assert next(iter(sets[name].batches(CPU))).shape == (len(samples), 3, 32, 32)


def test_balanced_classes_come_equally_often(folder, study_data) -> None:
    table = study_data.photographs.table
    few = table[(table["class"] != "banana") | (table["split"] != "train")]
    kept = table[(table["class"] == "banana") & (table["split"] == "train")].head(3)
    uneven = replace(
        study_data,
        photographs=replace(study_data.photographs, table=pd.concat([few, kept]).sort_index()),
    )
    params = micro_params(folder, balanced=True, protocol="matched", steps=30, batch_size=12)
    data = datasets.training_set(params, uneven)
    labels = torch.cat([b.labels[: b.n_real] for b in (data.batch(s, CPU) for s in range(30))])
    counts = torch.bincount(labels, minlength=3)
    assert counts.sum() == 180
    assert int(counts.max() - counts.min()) <= 8


# --- sizes of objects, close-ups, and crops that keep the object ----------------------------------


def synthetic_of(folder, study_data, **overrides):
    params = micro_params(folder, real_fraction=0.0, **overrides)
    synthetic = datasets.training_set(params, study_data).synthetic
    assert synthetic is not None
    return synthetic, params


def drawn(synthetic, n=60):
    index = np.arange(len(synthetic.renders)).repeat(n)
    u = uniforms(0, "test", ids=np.arange(len(index)), n=synthetic.n_draws)
    return index, u


def test_the_size_of_objects_is_their_class_s(folder, study_data, monkeypatch) -> None:
    known = dict(CLASSES_BY_NAME)
    known["banana"] = replace(known["banana"], size=(0.2, 0.3))
    known["basketball"] = replace(known["basketball"], size=(0.9, 1.0))
    chosen = tuple(known[name] for name in micro_params(folder).classes)
    monkeypatch.setattr(synthetic_images, "select_classes", lambda names: chosen)
    plain, _ = synthetic_of(folder, study_data)
    sized, params = synthetic_of(folder, study_data, object_sizes="class")
    index, u = drawn(sized)
    scales = sized.placements(index, u).scale.numpy()
    labels = sized.renders.labels[index]
    for name, (low, high) in {"banana": (0.2, 0.3), "basketball": (0.9, 1.0)}.items():
        of_class = scales[labels == params.classes.index(name)]
        assert of_class.min() == pytest.approx(low, abs=0.02)
        assert of_class.max() == pytest.approx(high, abs=0.02)
    before, after = plain.placements(index, u), sized.placements(index, u)
    assert torch.equal(before.rotation, after.rotation)
    assert torch.equal(before.x, after.x)


def test_a_render_that_its_frame_cuts_off_fills_the_composite(folder, study_data) -> None:
    synthetic, params = synthetic_of(folder, study_data)
    assert not synthetic.renders.cut_off(np.arange(len(synthetic.renders))).any()
    first = study_data.renders.index[0]
    assert study_data.renders.loc[first, "split"] == "train"
    table = study_data.renders.copy()
    table.loc[first, "right"] = params.render_size
    synthetic, _ = synthetic_of(folder, replace(study_data, renders=table))
    index, u = drawn(synthetic, n=2)
    placements = synthetic.placements(index, u)
    is_cut_off = synthetic.renders.cut_off(index)
    assert is_cut_off.sum() == 2
    assert (placements.scale.numpy()[is_cut_off] == 1).all()
    assert (placements.rotation.numpy()[is_cut_off] == 0).all()
    assert (placements.affine_scale.numpy()[is_cut_off] == 1).all()
    assert (placements.scale.numpy()[~is_cut_off] < 1).all()


def test_own_masks_of_renders_reach_the_composites(folder, study_data) -> None:
    """With masks that are the left half of alpha: the same images, smaller masks."""
    table = study_data.renders.assign(mask_sha256="left half")
    for file in table["file"]:
        with Image.open(folder / "store" / file) as render:
            mask = np.array(render)[..., 3]
        mask[:, mask.shape[1] // 2 :] = 0
        Image.fromarray(mask).save(folder / "store" / mask_file(file))
    packs = tuple(
        pack_table(
            folder / "packed",
            folder / "store",
            table,
            crop_to_alpha(side),
            f"cutout{side}",
            RGBA_AND_MASK,
            "renders",
        )
        for side in render_sides(micro_params(folder))
    )
    masked_data = replace(study_data, renders=table, render_packs=packs)
    plain, params = synthetic_of(folder, study_data, protocol="matched", object_in_crop=0.6)
    masked, _ = synthetic_of(folder, masked_data, protocol="matched", object_in_crop=0.6)
    index, u = drawn(plain, n=6)
    sets = (plain, masked)
    before, after = (s.composites(index, u, params.image_size, CPU, with_masks=True) for s in sets)
    assert torch.equal(before[:, :3], after[:, :3])
    assert (after[:, 3] <= before[:, 3] + 1e-6).all()
    shares = after[:, 3].sum(dim=(1, 2)) / before[:, 3].sum(dim=(1, 2))
    assert ((shares > 0.4) & (shares < 0.6)).all()
    images = [s.images(index, u, params.image_size, CPU) for s in sets]
    assert not torch.equal(*images)  # crops keep another part


def test_upright_objects_stand_on_the_lower_part_of_the_scene(folder, study_data) -> None:
    plain, params = synthetic_of(folder, study_data)
    table = study_data.renders.assign(left=100, right=300, top=80, bottom=400)
    upright, _ = synthetic_of(
        folder, replace(study_data, renders=table), object_placement="upright"
    )
    index, u = drawn(upright, n=8)
    assert upright.renders.feet is not None
    assert np.allclose(upright.renders.feet[index], [200 / 512, 400 / 512])
    placements = upright.placements(index, u)
    assert (placements.affine_angle == 0).all()
    assert (placements.rotation.abs() <= 10).all()
    assert torch.equal(placements.scale, plain.placements(index, u).scale)
    height = placements.y * (1 - placements.scale) + placements.scale / 2  # of the canvas's middle
    assert (height + 0.1 * placements.scale > 0.4).all()
    assert upright.images(index, u, params.image_size, CPU).shape[0] == len(index)


def test_the_place_of_objects_is_their_class_s(folder, study_data, monkeypatch, tmp_path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("banana: {foot: [0.3, 0.4], across: [0.9, 1.0]}\n")
    table = study_data.renders.assign(left=100, right=300, top=80, bottom=512 * 0.6)
    data = replace(study_data, renders=table)
    upright, params = synthetic_of(folder, data, object_placement="upright")
    unchanged, _ = synthetic_of(folder, data, object_placement="class")
    monkeypatch.setenv("SYNTHLIB_CLASSES", str(file))
    placed, _ = synthetic_of(folder, data, object_placement="class")
    index, u = drawn(placed)
    before, after = upright.placements(index, u), placed.placements(index, u)
    is_banana = placed.renders.labels[index] == params.classes.index("banana")
    assert after.x[is_banana].min() >= 0.9
    assert torch.equal(after.x[~is_banana], before.x[~is_banana])
    assert torch.equal(after.scale, before.scale)
    # the foot is 0.1 below the canvas's middle; a large canvas cannot be so high
    is_free = is_banana & (after.y > 0).numpy()
    side = after.scale / (after.rotation.deg2rad().cos() + after.rotation.deg2rad().abs().sin())
    foot = after.y * (1 - after.scale) + after.scale / 2 + 0.1 * side * after.affine_scale
    assert is_free.sum() > 10
    assert ((foot[is_free] > 0.27) & (foot[is_free] < 0.43)).all()
    assert (foot[is_banana & ~is_free] > 0.27).all()
    is_backpack = placed.renders.labels[index] == params.classes.index("backpack")
    assert not torch.equal(before.y[is_backpack], unchanged.placements(index, u).y[is_backpack])


def test_crops_of_training_images_keep_the_object(folder, study_data) -> None:
    kept = {}
    for least in (0.0, 0.6):
        synthetic, params = synthetic_of(
            folder, study_data, protocol="matched", object_in_crop=least
        )
        index, u = drawn(synthetic, n=10)
        size = params.image_size
        composites = synthetic.composites(index, u, size, CPU, with_masks=True)
        images, masks = composites[:, :3], composites[:, 3]
        assert torch.equal(images, synthetic.composites(index, u, size, CPU))
        u_augment, preset = u[:, BACKGROUND_DRAWS:], synthetic.preset
        sizes = np.tile(np.array(masks.shape[1:]), (len(masks), 1))
        crop = preset_crop(u_augment, preset, sizes, size, masks)
        kept[least] = [
            float(mask[int(y) : int(y + h), int(x) : int(x + w)].sum() / mask.sum())
            for mask, (y, x, h, w) in zip(masks, crop.box, strict=True)
        ]
        expected = apply_after_crop(images, crop, u_augment, preset, size)
        assert torch.equal(synthetic.images(index, u, size, CPU), expected)
    assert min(kept[0.0]) < 0.1
    assert min(kept[0.6]) >= 0.6 - 1e-3


def test_each_domain_has_its_augmentation_and_both_the_same_crop_areas(folder, study_data) -> None:
    params = micro_params(
        folder, protocol="matched", synthetic_augmentation="strong", crop_area=[0.5, 0.9]
    )
    data = datasets.training_set(params, study_data)
    assert data.synthetic is not None
    presets = (data.real_preset, data.synthetic.preset, data.synthetic.black_preset)
    assert [preset.name for preset in presets] == ["matched", "strong", "strong_nobg"]
    assert [preset.crop_area for preset in presets] == [(0.5, 0.9)] * 3
    tuned = datasets.training_set(micro_params(folder, protocol="tuned"), study_data)
    assert tuned.synthetic is not None
    assert (tuned.real_preset.name, tuned.synthetic.preset.name) == ("matched", "matched")
    assert tuned.real_preset.crop_area == (0.08, 1.0)
    mixture = micro_params(folder, augmentation="matched", synthetic_augmentation="thesis")
    data = datasets.training_set(mixture, study_data)
    assert data.synthetic is not None
    assert (data.real_preset.name, data.synthetic.preset.name) == ("matched", "thesis_synthetic")


def test_a_curriculum_begins_with_large_objects(folder, study_data) -> None:
    given = {"protocol": "tuned", "tuned_steps": 10, "real_fraction": 0.0}
    params = micro_params(folder, curriculum_until=0.5, **given)
    data, plain = (
        datasets.training_set(p, study_data) for p in (params, micro_params(folder, **given))
    )
    synthetic = data.synthetic
    assert synthetic is not None
    assert synthetic.with_sizes(1.0) is synthetic
    index, u = drawn(synthetic, n=40)
    sizes = {
        share: synthetic.with_sizes(share).placements(index, u).scale.numpy()
        for share in (0.0, 0.5, 1.0)
    }
    assert (sizes[0.0] == 1).all()
    assert sizes[0.5].min() >= 0.75
    assert sizes[1.0].min() < 0.6
    assert np.allclose(sizes[0.5], 0.5 + sizes[1.0] / 2)
    early, late = (
        torch.equal(data.batch(step, CPU).images, plain.batch(step, CPU).images) for step in (1, 5)
    )
    assert (early, late) == (False, True)


def test_a_curriculum_starts_from_the_sizes_of_each_class(folder, study_data) -> None:
    synthetic, _ = synthetic_of(folder, study_data, object_sizes="class")
    assert synthetic.scale_ranges is not None
    halved = synthetic.with_sizes(0.5).scale_ranges
    assert halved is not None
    assert np.allclose(halved[:, 1], synthetic.scale_ranges[:, 1])
    assert np.allclose(halved[:, 0], synthetic.scale_ranges.mean(axis=1))
