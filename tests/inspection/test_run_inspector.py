"""An opened run: pictures on demand, where the model looked, what it is like and is made of."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from synthlib.data import datasets
from synthlib.inspection import nearest, provenance, run_inspector, saliency
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.sample_figures import (
    gallery_figure,
    outcomes_figure,
    saliency_title,
    sample_confusion_figure,
    sample_figure,
)
from synthlib.inspection.sample_table import Selection, compare_samples
from synthlib.inspection.test_images import ImageCache
from synthlib.photographs.photographs import DataError
from synthlib.rendering.worker_process import RenderError
from synthlib.runs import RunError
from synthlib.seeding import rng_for
from tests.helpers.inspected_run import finished_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunInspector:
    return finished_run(tmp_path_factory.mktemp("opened"))


def row_of(run: RunInspector, domain: str) -> int:
    return int(run.table.index[run.table["domain"] == domain][0])


# --- pictures -------------------------------------------------------------------------------------


def test_pictures_are_those_the_model_was_tested_on(run: RunInspector) -> None:
    for domain in ("real", "synthetic_bg"):
        row = row_of(run, domain)
        image = run.image(row)
        batch = torch.from_numpy(image).permute(2, 0, 1)[None] / 255.0
        with torch.no_grad():
            logits = run.model(nearest.normalise(batch)).float()[0].numpy()
        columns = [f"logit_{name}" for name in run.params.classes]
        stored = run.predictions.loc[row, columns].to_numpy(float)
        assert logits == pytest.approx(stored, abs=0.05 * np.abs(stored).max() + 0.05)


def test_nothing_is_loaded_before_a_picture_is_asked_for_and_few_are_kept(
    run: RunInspector,
) -> None:
    asked = []

    def load():
        asked.append(1)
        return datasets.test_sets(run.params, run.data)

    pictures = ImageCache(load, max_cached=3)
    assert not pictures.is_loaded
    assert asked == []
    names = run.table["sample"][run.table["test_set"] == "real"].tolist()[:8]
    found = pictures.data_uris("real", names)
    assert len(found) == 8
    assert all(uri.startswith("data:image/jpeg;base64,") for uri in found)
    assert len(pictures) == 3
    assert pictures.data_uris("real", names) == found
    assert asked == [1]


def test_a_sample_that_is_gone_is_a_sentence(run: RunInspector) -> None:
    with pytest.raises(DataError, match=r"no/such\.jpg is no longer in the data of test set real"):
        run.test_images.images("real", ["no/such.jpg"])
    with pytest.raises(DataError, match="test set dev is not among this run's: real, synthetic_bg"):
        run.test_images.images("dev", [])


# --- where the model looked -----------------------------------------------------------------------


class Corner(nn.Module):
    """A net of four stages whose class 1 is the brightness of where the picture is bright."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1 = nn.AvgPool2d(2)
        self.layer2, self.layer3 = nn.AvgPool2d(2), nn.AvgPool2d(2)
        self.layer4 = nn.AvgPool2d(2)
        self.weight = nn.Parameter(torch.tensor([[0.0], [1.0]]))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        seen = self.layer4(self.layer3(self.layer2(self.layer1(images.clamp(min=0)))))
        return seen.mean(dim=(1, 2, 3))[:, None] @ self.weight.T


def test_the_map_lies_where_the_evidence_is() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:16, 48:] = 255  # upper right
    looked = saliency.grad_cam(Corner(), image, 1)
    assert looked.shape == (64, 64)
    assert looked.max() == 1
    y, x = np.unravel_index(looked.argmax(), looked.shape)
    assert y < 20
    assert x > 44
    assert looked[40:].max() == 0
    nothing = saliency.grad_cam(Corner(), image, 0)  # nothing speaks for class 0
    assert nothing.max() == 0
    titles = [
        saliency_title(saliency.overlay_saliency(image, found), "run A")
        for found in (nothing, looked)
    ]
    assert titles == ["where run A looked: nowhere", "where run A looked"]


@pytest.mark.parametrize(("size", "stage"), [(224, "layer4"), (64, "layer3"), (32, "layer2")])
def test_the_stage_has_four_cells_a_side(run: RunInspector, size: int, stage: str) -> None:
    found = saliency._choose_stage(run.model, torch.zeros(1, 3, size, size))
    assert found is getattr(run.model, stage)


def test_a_map_is_laid_over_the_picture_and_leaves_the_model_as_it_was(run: RunInspector) -> None:
    row = row_of(run, "real")
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    image = run.image(row)
    over = run.saliency_overlay(row, image)
    assert over.shape == image.shape
    assert over.dtype == np.uint8
    assert all(torch.equal(value, before[name]) for name, value in run.model.state_dict().items())
    assert all(value.grad is None for value in run.model.parameters())


# --- nearest training samples ---------------------------------------------------------------------


def test_the_nearest_have_the_most_similar_features() -> None:
    rng = rng_for(0, "features")
    features = rng.normal(size=(20_000, 16))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    names = [f"{i}" for i in range(len(features))]
    table = pd.DataFrame({"domain": "real", "sample": names, "class": "banana"})
    near = nearest.TrainingSamples({}, table, features.astype(np.float16)).nearest(
        features[12_345], 5
    )
    expected = np.argsort(-features @ features[12_345])[:5]
    assert near["sample"].tolist() == [f"{i}" for i in expected]
    likeness = (features @ features[12_345])[expected]
    assert near["similarity"].to_numpy() == pytest.approx(likeness, abs=2e-3)


def test_training_samples_are_compared_as_the_run_saw_them(run: RunInspector) -> None:
    tested = set(run.table["sample"])
    for domain, found in run.training_samples.sets.items():
        name = found.table["sample"].iloc[3]
        image = ImageCache(lambda sets=run.training_samples.sets: sets).images(domain, [name])[0]
        features = nearest.extract_features(run.model, image[None])[0]
        place = run.training_samples.table.index[run.training_samples.table["sample"] == name][0]
        assert features @ run.training_samples.features[place].astype(float) == pytest.approx(
            1, abs=5e-3
        )
        near = run.nearest_training_samples(image, 4)
        assert near["similarity"].is_monotonic_decreasing
        assert near.loc[0, "similarity"] == pytest.approx(1, abs=5e-3)
        assert all(image.shape == (32, 32, 3) for image in near["image"])
        assert not set(near["sample"]) & tested
    assert (
        len(run.training_samples.table) == 3 * 10 + 3 * 4 * 3
    )  # less dev; 4 training instances, 3 views
    assert set(run.training_samples.table["domain"]) == {"real", "synthetic_bg"}


def test_features_are_kept_and_follow_the_weights(run: RunInspector, monkeypatch) -> None:
    first = run.training_samples
    monkeypatch.setattr(nearest, "_extract_all", None)  # would fail if it computed them again
    again = nearest.load_training_samples(run.run, run.model, run.data)
    assert (np.asarray(again.features) == np.asarray(first.features)).all()
    weights = run.run.folder / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content + b" ")
    with pytest.raises(TypeError):
        nearest.load_training_samples(run.run, run.model, run.data)
    weights.write_bytes(content)


# --- what a composite is made of ------------------------------------------------------------------


def test_the_parts_of_a_composite_are_named(run: RunInspector) -> None:
    row = row_of(run, "synthetic_bg")
    made_of = run.origin(row)
    name = run.sample(row)["sample"]
    assert f"{made_of.render['class']}/{made_of.render['instance']}" == name.rsplit("/", 1)[0]
    facts = made_of.facts()
    assert facts["background"].startswith("places/")
    assert facts["view"] == str(int(name.rsplit("/", 1)[1]))
    assert "turned" in facts["placement"]
    assert facts["seeds"].endswith("sample 0")
    with pytest.raises(DataError, match="is no synthetic sample of this run"):
        run.origin(row_of(run, "real"))


def test_a_composite_made_again_is_the_tested_one_only_larger(run: RunInspector) -> None:
    from PIL import Image

    store = run.params.output_dir.parent / "store"
    compared = 0
    for row in run.table.index[run.table["domain"] == "synthetic_bg"]:
        made_of = run.origin(int(row))
        render = np.asarray(Image.open(store / made_of.render["file"]))
        large = provenance.recomposite(run.params, made_of, render)
        assert large.shape == (48, 48, 3)
        size = run.params.image_size
        small = np.asarray(Image.fromarray(large).resize((size, size), Image.Resampling.BOX))
        apart = np.abs(small.astype(float) - run.image(int(row)).astype(float)).mean()
        shuffled = np.abs(small[::-1, ::-1].astype(float) - run.image(int(row))).mean()
        assert apart < 0.75 * shuffled
        compared += 1
    assert compared == 9


def test_files_that_are_gone_are_sentences(run: RunInspector, tmp_path: Path, monkeypatch) -> None:
    made_of = run.origin(row_of(run, "synthetic_bg"))
    render = np.zeros((16, 16, 4), np.uint8)
    elsewhere = run.params.model_copy(update={"data_root": str(tmp_path)})
    with pytest.raises(DataError, match="see that the data root is the run's"):
        provenance.recomposite(elsewhere, made_of, render)


# --- which runs -----------------------------------------------------------------------------------


def test_runs_are_found_by_their_parameters_or_a_sentence_says_how_to_make_one(
    run: RunInspector,
) -> None:
    assert run_inspector.newest_run(run.params).run.folder == run.run.folder
    assert run_inspector.comparison_run(run.params) is None
    for update in ({"experiment": "baseline"}, {"seed": 4}, {"protocol": "matched"}):
        asked = run.params.model_copy(update=update)
        with pytest.raises(RunError, match="make one: synthlib batch --scale micro --only"):
            run_inspector.newest_run(asked)
    assert (
        run_inspector.comparison_run(run.params.model_copy(update={"experiment": "new"}))
        is not None
    )


def test_a_run_looks_for_renders_and_flags_beside_itself_when_all_was_moved(tmp_path: Path) -> None:
    made = finished_run(tmp_path)
    moved = (tmp_path / "outputs").rename(tmp_path / "moved")
    again = run_inspector.newest_run(made.params.model_copy(update={"outputs": str(moved)}))
    assert again.params.outputs == str(moved)
    assert again.params.digest_parameters() == made.params.digest_parameters()
    with pytest.raises(RenderError, match=f"renders are not in {moved}/renders/"):
        _ = again.data


def test_looking_at_a_run_never_starts_to_render(run: RunInspector) -> None:
    missing = RunInspector(run.run)
    with pytest.raises(
        RenderError, match=r"renders are not in .*: make them with `synthlib render"
    ):
        _ = missing.data
    assert not (run.params.output_dir / "renders").exists()


# --- figures --------------------------------------------------------------------------------------


def test_every_figure_is_drawn_and_says_stand_in(run: RunInspector) -> None:
    row = row_of(run, "real")
    image = run.image(row)
    compared = compare_samples(run.table, run.table)
    drawn = [
        sample_confusion_figure(run.table, "title", True),
        gallery_figure(run.test_images, run.table, Selection(), n=6, stand_in=True),
        gallery_figure(run.test_images, run.table, Selection(confidence=(2, 3)), stand_in=True),
        outcomes_figure(run.test_images, compared, stand_in=True),
        sample_figure(
            image, [run.class_probabilities(row)] * 2, [image] * 2, true="banana", stand_in=True
        ),
    ]
    for figure in drawn:
        said = " ".join(text.get_text() for text in figure.findobj(match=figures_text))
        assert "STAND-IN" in said
    assert "no samples here" in " ".join(t.get_text() for t in drawn[2].findobj(figures_text))
    assert len(drawn[1].axes) == 8
    plt.close("all")


def figures_text(artist) -> bool:
    return hasattr(artist, "get_text")
