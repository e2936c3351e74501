"""Curation: rows that are never dropped, rows that always are, and independence of their order.

Hypothesis generates manifests; hashes and the command are tested on drawn and rendered images.
"""

import functools
import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageDraw

from synthlib import data, params, rendering
from synthlib.cli import main
from synthlib.data import prepare, render_subsets, study_tables
from synthlib.rendering.curation.curate import drop_instances
from synthlib.rendering.curation.near_duplicates import HASH_CHANNELS, view_hash
from synthlib.rendering.viewpoints import views_for
from synthlib.rendering.worker_process import RenderError
from synthlib.utils.errors import ParameterError
from tests.helpers.shapes_obj import CUBE, WEDGE, write_box

CLASSES = ["banana", "computer_desk", "food_table"]


def without_near_duplicates(
    manifest: pd.DataFrame, table: pd.DataFrame, bits: float
) -> pd.DataFrame:
    return drop_instances(manifest, rendering.find_near_duplicates(manifest, table, bits))


@functools.cache
def poses(cls: str, name: str):
    return views_for(0, cls, name)


def make_manifest(sizes: dict[str, int], views: int = 26, seed: int = 0) -> pd.DataFrame:
    """A manifest of `sizes` instances per class, every fifth for testing, random coverages."""
    rng = np.random.default_rng(seed)
    rows = []
    for cls, size in sizes.items():
        for i in range(size):
            name = f"p{i:04d}"
            for view in poses(cls, name)[:views]:
                file = f"{cls}/{name}/{view.index:02d}.png"
                about = {"class": cls, "instance": name, "view": view.index, "file": file}
                about |= {"kind": view.kind, "elevation": view.elevation, "sha256": file}
                about |= {"split": "test" if i % 5 == 4 else "train"}
                rows.append(about | {"coverage": round(float(rng.uniform(0, 0.8)), 3)})
    return pd.DataFrame(rows)


def make_hashes(manifest: pd.DataFrame, words: dict[tuple[str, str], int]) -> pd.DataFrame:
    """A table of hashes in which all views and channels of an instance have the same hash."""
    keys = zip(manifest["class"], manifest["instance"], strict=True)
    found = np.array([words[key] for key in keys], np.uint64)
    return manifest[["sha256"]].assign(**dict.fromkeys(HASH_CHANNELS, found))


def counts(manifest: pd.DataFrame) -> dict[str, int]:
    train = manifest[manifest["split"] == "train"]
    return {str(cls): len(part) for cls, part in train.groupby("class")}


def instances(manifest: pd.DataFrame, split: str = "train") -> set[tuple[str, str]]:
    half = manifest[manifest["split"] == split]
    return set(zip(half["class"], half["instance"], strict=True))


def rows_of(manifest: pd.DataFrame) -> set[str]:
    return set(manifest["file"])


manifests = st.builds(
    make_manifest,
    st.fixed_dictionaries({cls: st.integers(2, 9) for cls in CLASSES}),
    views=st.integers(1, 26),
    seed=st.integers(0, 9),
)


# --- subsets --------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(manifests, st.integers(1, 300), st.integers(0, 5))
def test_1200_keeps_every_instance_and_the_number_of_renders_asked_for(manifest, n, seed):
    chosen = data.render_subset(manifest, "1200", photographs_per_class=n, seed=seed)
    assert instances(chosen) == instances(manifest)
    for cls, available in counts(manifest).items():
        of_class = sum(1 for name, _ in instances(manifest) if name == cls)
        assert counts(chosen)[cls] == min(available, max(n, of_class))
    rounds = chosen[chosen["split"] == "train"].groupby(["class", "instance"]).size()
    spread = rounds.groupby("class").agg(lambda sizes: sizes.max() - sizes.min())
    assert (spread <= 1).all()
    assert rows_of(chosen[chosen["split"] == "test"]) == rows_of(
        manifest[manifest["split"] == "test"]
    )
    pd.testing.assert_frame_equal(chosen, manifest.loc[chosen.index])


@settings(max_examples=20)
@given(manifests, st.integers(1, 200), st.integers(0, 100), st.integers(0, 5))
def test_subsets_are_nested_and_independent_of_the_order_of_rows(manifest, n, added, seed):
    small, large = (
        data.per_class_subset(manifest, photographs_per_class=size, seed=seed)
        for size in (n, n + added)
    )
    assert rows_of(small) <= rows_of(large)
    reversed_rows = manifest.iloc[::-1].reset_index(drop=True)
    for name in ("1200", "1200_dense"):
        again = data.render_subset(reversed_rows, name, photographs_per_class=n, seed=seed)
        assert rows_of(again) == rows_of(
            data.render_subset(manifest, name, photographs_per_class=n, seed=seed)
        )
    alone = manifest[manifest["class"] == "banana"]
    remaining = data.per_class_subset(alone, photographs_per_class=n, seed=seed)
    assert rows_of(remaining) == rows_of(small[small["class"] == "banana"])


@settings(max_examples=20)
@given(manifests, st.integers(1, 300), st.integers(0, 5))
def test_dense_swaps_sparse_desks_and_tables_for_views_from_above(manifest, n, seed):
    plain = data.render_subset(manifest, "1200", photographs_per_class=n, seed=seed)
    chosen = data.render_subset(manifest, "1200_dense", photographs_per_class=n, seed=seed)
    assert counts(chosen) == counts(plain)
    assert instances(chosen) == instances(plain)
    out = plain[~plain["file"].isin(chosen["file"])]
    new = chosen[~chosen["file"].isin(plain["file"])]
    assert set(out["class"]) <= set(render_subsets.DENSE_CLASSES)
    assert (out["coverage"] < render_subsets.SPARSE_COVERAGE).all()
    assert ((new["elevation"] > 45) & (new["coverage"] >= render_subsets.SPARSE_COVERAGE)).all()
    keys = ["class", "instance"]
    assert out.groupby(keys).size().to_dict() == new.groupby(keys).size().to_dict()
    left = rows_of(manifest) - rows_of(chosen)
    for _, part in chosen[chosen["split"] == "train"].groupby(keys):
        sparse = part["coverage"] < render_subsets.SPARSE_COVERAGE
        if part["class"].iloc[0] not in render_subsets.DENSE_CLASSES or not sparse.any():
            continue
        others = manifest[(manifest["instance"] == part["instance"].iloc[0])]
        others = others[others["file"].isin(left) & (others["class"] == part["class"].iloc[0])]
        fresh = (others["elevation"] > 45) & (others["coverage"] >= render_subsets.SPARSE_COVERAGE)
        assert not fresh.any()  # a view stays sparse only if no better one is left
        dropped = out[(out["class"] == part["class"].iloc[0])]
        dropped = dropped[dropped["instance"] == part["instance"].iloc[0]]
        assert dropped["coverage"].max() <= part.loc[sparse, "coverage"].min() or dropped.empty


def test_a_thesis_sized_class_has_few_sparse_views_left_when_dense():
    manifest = make_manifest({"food_table": 100})
    plain = data.render_subset(manifest, "1200", photographs_per_class=240, seed=0)
    chosen = data.render_subset(manifest, "1200_dense", photographs_per_class=240, seed=0)
    before, after = (
        ((t["coverage"] < render_subsets.SPARSE_COVERAGE) & (t["split"] == "train")).sum()
        for t in (plain, chosen)
    )
    assert before > 20
    assert after < before / 10


@settings(max_examples=20)
@given(manifests, st.floats(0, 1), st.floats(0, 1), st.integers(0, 5))
def test_fractions_are_nested(manifest, one, other, seed):
    small, large = sorted((one, other))
    smaller, larger = (data.fraction_subset(manifest, share, seed=seed) for share in (small, large))
    assert rows_of(smaller) <= rows_of(larger)
    for cls, size in counts(manifest).items():
        assert counts(smaller).get(cls, 0) == int(np.floor(small * size + 0.5))


@settings(max_examples=20)
@given(manifests, st.integers(0, 5))
def test_split_by_view_tests_on_a_fifth_of_each_class(manifest, seed):
    split = data.split_by_view(manifest, seed=seed)
    pd.testing.assert_frame_equal(split.drop(columns="split"), manifest.drop(columns="split"))
    tested = split[split["split"] == "test"]["class"].value_counts()
    for cls, size in manifest["class"].value_counts().items():
        assert tested.get(cls, 0) == int(size / 5 + 0.5)
    again = data.split_by_view(manifest.iloc[::-1], seed=seed)
    assert again["split"].sort_index().equals(split["split"].sort_index())


def test_another_seed_chooses_other_views_and_invalid_arguments_are_refused():
    manifest = make_manifest({"banana": 9})
    choices = [
        rows_of(data.render_subset(manifest, "1200", photographs_per_class=50, seed=seed))
        for seed in (0, 0, 1)
    ]
    assert choices[0] == choices[1] != choices[2]
    assert data.render_subset(manifest, "all", photographs_per_class=50, seed=0) is manifest
    with pytest.raises(ValueError, match="'1300' of renders is unknown; allowed: all, 1200"):
        data.render_subset(manifest, "1300", photographs_per_class=50, seed=0)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="photographs_per_class is 0; allowed"):
        data.render_subset(manifest, "1200", photographs_per_class=0, seed=0)
    with pytest.raises(ValueError, match="index has duplicates"):
        data.per_class_subset(pd.concat([manifest, manifest]), photographs_per_class=5, seed=0)
    with pytest.raises(ValueError, match=r"fraction of renders is 1\.5"):
        data.fraction_subset(manifest, 1.5, seed=0)


# --- dropping -------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(manifests, st.floats(0, 1))
def test_sparse_training_views_go_and_test_views_stay(manifest, least):
    remaining = rendering.drop_sparse_views(manifest, least)
    train = remaining["split"] == "train"
    assert (remaining.loc[train, "coverage"] >= least).all()
    dropped = manifest[~manifest["file"].isin(remaining["file"])]
    assert (dropped["coverage"] < least).all()
    assert (dropped["split"] == "train").all()


words = st.integers(0, 2**64 - 1)


@settings(max_examples=20)
@given(st.data(), st.integers(0, 32))
def test_instances_that_stay_differ_and_dropped_ones_resemble_one_that_stays(data, bits):
    manifest = make_manifest({"banana": 9, "food_table": 6}, views=3)
    few = data.draw(st.lists(words, min_size=1, max_size=5))
    pairs = sorted(instances(manifest) | instances(manifest, "test"))
    hashes = {pair: data.draw(st.sampled_from(few)) for pair in pairs}
    table = make_hashes(manifest, hashes)
    remaining = without_near_duplicates(manifest, table, bits)
    assert instances(remaining, "test") == instances(manifest, "test")
    stay = instances(remaining) | instances(remaining, "test")

    def distance(one, other):
        return (hashes[one] ^ hashes[other]).bit_count()  # an independent count of bits

    for one in instances(remaining):
        for other in stay - {one}:
            assert one[0] != other[0] or distance(one, other) > bits
    for row in rendering.find_near_duplicates(manifest, table, bits).itertuples():
        dropped, near = (row[1], row.instance), (row[1], row.duplicate_of)
        assert dropped in instances(manifest) - instances(remaining)
        assert near in stay
        assert row.bits == distance(dropped, near) <= bits
    pd.testing.assert_frame_equal(without_near_duplicates(remaining, table, bits), remaining)
    reversed_rows = without_near_duplicates(manifest.iloc[::-1], table, bits)
    assert rows_of(reversed_rows) == rows_of(remaining)


def test_the_distance_is_the_mean_over_channels_and_over_views_that_both_have():
    manifest = make_manifest({"banana": 2}, views=3).drop(index=[2])  # p0000 has views 0 and 1
    table = make_hashes(manifest, {("banana", "p0000"): 0, ("banana", "p0001"): 0})
    last = table["sha256"].str.startswith("banana/p0001")
    table.loc[last & table["sha256"].str.endswith("00.png"), "red"] = np.uint64(0b111)
    table.loc[last & table["sha256"].str.endswith("01.png"), "blue"] = np.uint64(1 << 63)
    table.loc[last & table["sha256"].str.endswith("02.png"), "blue"] = np.uint64(2**64 - 1)
    [found] = rendering.find_near_duplicates(manifest, table, 1).itertuples()
    assert (found.instance, found.duplicate_of) == ("p0001", "p0000")
    assert found.bits == pytest.approx((3 + 1) / (2 * 3))
    assert rendering.find_near_duplicates(manifest, table, 0.66).empty
    assert len(rendering.find_near_duplicates(manifest, table, 0.67)) == 1


def test_near_duplicates_need_the_same_views_and_their_hashes():
    manifest = make_manifest({"banana": 3}, views=2)
    table = make_hashes(manifest, dict.fromkeys(instances(manifest), 0))
    with pytest.raises(ValueError, match="view 1 of banana/p0002 has no hash"):
        rendering.find_near_duplicates(manifest, table[:-1], 3)
    with pytest.raises(ParameterError, match="these renders have none"):
        rendering.find_near_duplicates(manifest.assign(kind="random"), table, 3)
    with pytest.raises(ValueError, match="near_duplicate_bits is 65; expected 0 to 64"):
        rendering.find_near_duplicates(manifest, table, 65)
    with pytest.raises(ValueError, match=r"min_coverage is -0\.1"):
        rendering.drop_sparse_views(manifest, -0.1)
    with pytest.raises(ValueError, match="a table of hashes is needed"):
        rendering.curate_manifest(manifest, near_duplicate_bits=3)
    assert rendering.find_near_duplicates(manifest[:0], table, 3).empty


# --- records --------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(manifests, st.floats(0.01, 0.3))
def test_a_record_counts_dropped_renders_and_names_what_is_left(manifest, least):
    after = rendering.drop_sparse_views(manifest, least)
    if set(counts(after)) < set(counts(manifest)):
        with pytest.raises(ParameterError, match="leaves no training render of class"):
            rendering.curate_manifest(manifest, min_coverage=least)
        return
    curated = rendering.curate_manifest(manifest, min_coverage=least)
    [record] = curated.records
    assert record.parameters == {"min_coverage": least}
    for row in record.classes:
        assert row["renders_kept"] == counts(after)[row["class"]]
        assert row["renders_kept"] + row["renders_dropped"] == counts(manifest)[row["class"]]
    last = curated.dropped_table().iloc[-1]
    assert (last["class"], last["renders_kept"]) == ("all", sum(counts(after).values()))
    assert last["instances_kept"] == len(instances(after))
    changed = manifest.assign(sha256=[*manifest["sha256"][:-1], "other"])
    again = rendering.curate_manifest(changed, min_coverage=least).digest
    same = changed["split"].iloc[-1] == "test" or changed["file"].iloc[-1] not in rows_of(after)
    assert (again == curated.digest) == same


def test_a_subset_can_be_recorded_too():
    manifest = make_manifest({"banana": 9, "food_table": 9})
    after = data.render_subset(manifest, "1200", photographs_per_class=50, seed=3)
    record = rendering.record_step("1200", manifest, after, n=50, seed=3)
    assert [row["renders_kept"] for row in record.classes] == [50, 50]
    assert [row["instances_dropped"] for row in record.classes] == [0, 0]
    assert record.digest != rendering.record_step("1200", manifest, after, n=50, seed=4).digest


# --- hashes, and the command ----------------------------------------------------------------------


def disc(radius: int, colour: tuple[int, int, int]) -> Image.Image:
    image = Image.new("RGBA", (64, 64))
    box = (32 - radius, 32 - radius, 32 + radius, 32 + radius)
    ImageDraw.Draw(image).ellipse(box, fill=(*colour, 255))
    return image


def apart(one: Image.Image, other: Image.Image) -> float:
    pairs = zip(view_hash(one), view_hash(other), strict=True)
    return sum((a ^ b).bit_count() for a, b in pairs) / 3


def test_hashes_depend_on_shape_and_colour_but_not_on_transparent_pixels():
    red, blue = (200, 40, 40), (40, 40, 200)
    assert apart(disc(28, red), disc(28, red)) == 0
    assert apart(disc(28, red), disc(28, (204, 42, 38))) <= 2
    assert apart(disc(28, red), disc(28, blue)) > 12
    assert apart(disc(28, red), disc(14, red)) > 6
    pixels = np.array(disc(28, red))
    pixels[pixels[..., 3] == 0, :3] = (0, 255, 0)
    assert apart(Image.fromarray(pixels), disc(28, red)) == 0


def write_store(store, manifest: pd.DataFrame, instances: dict[str, tuple]) -> None:
    for file in manifest["file"]:
        path = store / file
        path.parent.mkdir(parents=True, exist_ok=True)
        disc(20 + int(path.stem), instances[path.parent.name]).save(path)


def test_hashes_are_computed_once_and_again_for_changed_renders(tmp_path, monkeypatch):
    manifest = make_manifest({"banana": 3}, views=2)
    colours = {"p0000": (200, 40, 40), "p0001": (202, 40, 40), "p0002": (40, 40, 200)}
    write_store(tmp_path, manifest, colours)
    table = rendering.view_hashes(manifest, tmp_path, progress=False)
    assert len(table) == 6
    assert rendering.find_near_duplicates(manifest, table, 3)["instance"].tolist() == ["p0001"]
    (tmp_path / manifest["file"][0]).unlink()
    again = rendering.view_hashes(manifest, tmp_path, progress=False)
    pd.testing.assert_frame_equal(again, table)
    changed = manifest.assign(sha256=["new", *manifest["sha256"][1:]])
    with pytest.raises(RenderError, match=r"p0000/00\.png cannot be hashed"):
        rendering.view_hashes(changed, tmp_path, progress=False)
    (tmp_path / manifest["file"][0]).write_bytes(b"not an image")
    with pytest.raises(RenderError, match=r"p0000/00\.png cannot be hashed"):
        rendering.view_hashes(changed, tmp_path, progress=False)
    monkeypatch.setattr("synthlib.rendering.curation.near_duplicates._HASH_RECIPE", "another")
    with pytest.raises(RenderError, match="cannot be hashed"):
        rendering.view_hashes(
            manifest, tmp_path, progress=False
        )  # hashes of another recipe do not count
    (tmp_path / "hashes.parquet").write_bytes(b"no table")
    with pytest.raises(RenderError, match=r"hashes\.parquet is not a table of hashes .* remove it"):
        rendering.view_hashes(manifest, tmp_path, progress=False)


def test_the_command_and_the_parameters_drop_near_duplicates(tmp_path):
    """Three of a class's four models are the same box at sizes that framing makes equal."""
    for cls, model in (("vase", CUBE), ("cup", WEDGE)):
        for i in range(4):
            size = [1, 1 + (i == 3), 1]
            points = model * np.array(size) * (1 + i / 1000)  # another file, the same look
            write_box(tmp_path / f"models/{cls}/m{i}/m{i}.obj", points)
    settings = {"classes": ["vase", "cup"], "instances": 4, "views": 3, "render_size": 24}
    settings |= {"assets": "models", "models_root": str(tmp_path / "models"), "render_samples": 1}
    settings |= {"outputs": str(tmp_path / "out")}
    options = [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]

    def command(*words: str):
        return CliRunner().invoke(main, [*words, "--scale", "tiny", *options])

    none = command("render", "curate")
    assert none.exit_code == 1
    assert "no renders in" in none.output
    manifest, store = prepare.render_and_curate(
        params.load("tiny", "baseline", **settings), quiet=True
    )
    done = command("render", "curate", "--near-duplicate-bits=6", "--min-coverage=0.05")
    assert done.exit_code == 0, done.output
    remaining = pd.read_parquet(store / "curated.parquet")
    content = json.loads((store / "curation.json").read_text())
    assert 0 < len(content["near_duplicates"]) == len(manifest) // 3 - len(remaining) // 3
    assert [step["step"] for step in content["steps"]] == ["drop_near_duplicates", "drop_sparse"]
    lines = done.stdout.splitlines()
    assert lines[0].startswith("step,class,renders_kept,renders_dropped,instances_kept")
    assert lines[-1].startswith("drop_sparse,all,")
    before = [(store / name).read_bytes() for name in ("curated.parquet", "curation.json")]
    assert command("render", "curate").exit_code == 0
    assert [(store / n).read_bytes() for n in ("curated.parquet", "curation.json")] == before
    given = settings | {"near_duplicate_bits": 6.0, "min_coverage": 0.05}
    run = params.load("tiny", "baseline", **given)
    pd.testing.assert_frame_equal(prepare.render_and_curate(run, quiet=True)[0], remaining)
    assert study_tables.table_digest(manifest, "file") != study_tables.table_digest(
        remaining, "file"
    )
    too_strict = command("render", "curate", "--near-duplicate-bits=0", "--min-coverage=1")
    assert too_strict.exit_code == 2
    assert "leaves no training render of class cup" in too_strict.output
    assert [(store / n).read_bytes() for n in ("curated.parquet", "curation.json")] == before
