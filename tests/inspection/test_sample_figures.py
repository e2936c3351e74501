"""Figures of single samples: drawn for every input, with room for the mark of stand-in data."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.sample_figures import (
    gallery_figure,
    nearest_samples_figure,
    outcomes_figure,
    sample_confusion_figure,
    sample_figure,
)
from synthlib.inspection.sample_table import Selection, compare_samples
from synthlib.reporting.figures.style import mark_stand_in
from tests.helpers.text_overlap import overlapping_texts


def all_text(figure: Figure) -> str:
    texts = figure.findobj(match=lambda artist: hasattr(artist, "get_text"))
    return " ".join(text.get_text() for text in texts)


def test_every_figure_is_drawn_and_can_be_marked_as_stand_in(
    inspector: RunInspector, real_row: int
) -> None:
    image = inspector.image(real_row)
    images, table = inspector.test_images, inspector.table
    probabilities = inspector.class_probabilities(real_row)
    nearest = inspector.nearest_training_samples(image, 3)
    nothing = Selection(confidence=(2, 3))
    figures = {
        "confusion": sample_confusion_figure(table, "title"),
        "gallery": gallery_figure(images, table, Selection(), n=6),
        "empty": gallery_figure(images, table, nothing),
        "outcomes": outcomes_figure(images, compare_samples(table, table)),
        "sample": sample_figure(image, [probabilities] * 2, [image] * 2, true="banana"),
        "nearest": nearest_samples_figure(image, nearest),
    }
    for figure in figures.values():
        assert "STAND-IN" in all_text(mark_stand_in(figure, True))
    assert "no samples here" in all_text(figures["empty"])
    assert "true class: banana" in all_text(figures["sample"])
    assert len(figures["gallery"].axes) == 6  # no empty places
    plt.close("all")


def test_the_true_class_is_shown_however_unlikely_it_is() -> None:
    names = ["cup", "vase", "soccer", "laptop", "toaster", "pc_mouse", "banana"]
    probabilities = pd.Series([0.4, 0.2, 0.1, 0.1, 0.1, 0.06, 0.04], names)
    image = np.zeros((8, 8, 3), np.uint8)
    figure = sample_figure(image, [probabilities], [image], true="banana")
    assert figure.axes[0].get_title() == "true class: banana"
    bars = figure.axes[-1]
    shown = [label.get_text() for label in bars.get_yticklabels()]
    assert shown == ["cup", "vase", "soccer", "laptop", "toaster", "banana"]
    assert "cup (wrong)" in bars.get_title()
    assert not overlapping_texts(figure)
    plt.close(figure)
