"""View of one sample: images, class probabilities, similar samples, its parts, and its flag.

A training sample that a test sample resembles can be opened in it and flagged as well.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthlib.inspection import provenance
from synthlib.inspection.provenance import RERENDER_SIDE
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.sample_figures import saliency_title
from synthlib.inspection.test_images import jpeg_data_uri
from synthlib.photographs import flags
from synthlib.reporting.figures.style import DOMAIN_LABELS, readable_name
from synthlib.widgets import html
from synthlib.widgets.status_line import StatusLine

N_NEIGHBOURS = 8
"""Number of nearest training samples of each run."""

TRAINING_SET = "training"
"""Name under which a flagged training sample is listed in place of a test set."""

ACTIONS = {
    "nearest": "nearest training samples",
    "composite": "composite at full size",
    "render": f"render again, {RERENDER_SIDE} px",
}
"""Buttons of a sample."""


class Flaggable(NamedTuple):
    """A sample that can be flagged: columns of a flag (`photographs.flags`) that identify it."""

    sample: str
    test_set: str
    true: str
    run: str


class _RunRow(NamedTuple):
    """The sample shown, in one run.

    Attributes:
        letter: Name of the run in titles, A or B.
        run: The run.
        row: Row of the sample in the run's table.
    """

    letter: str
    run: RunInspector
    row: int


class SampleView:
    """View of one sample; `show` opens it and `html` is its HTML.

    Args:
        flag_path: CSV of flagged samples (`photographs.flags`).
        status: Line that shows errors and progress.

    Attributes:
        title: Its name, class and test set.
        images: `data:` URI and title of each image.
        bars: HTML of the class probabilities of each run.
        facts: HTML of the parts of a composite.
        details: HTML of what an action shows.
        neighbours: The nearest training samples of the sample, of all runs; empty until asked for.
        reason: Reason that the next flag gets.
        note: Note that the next flag gets.
    """

    def __init__(self, flag_path: Path, status: StatusLine) -> None:
        self._flag_path, self._status = flag_path, status
        self._opened: list[_RunRow] = []  # run A, and run B if two are compared
        self.reason: str = flags.FLAG_REASONS[0]
        self.close()

    @property
    def row(self) -> int | None:
        """Row of the opened sample in run A's table; None if there is none."""
        return self._opened[0].row if self._opened else None

    @property
    def is_composite(self) -> bool:
        """True if the opened sample is synthetic."""
        return self._sample()["domain"] != "real"

    @property
    def flaggable(self) -> Flaggable:
        """The sample that a flag is for: the opened training sample or test sample."""
        _, run, _ = self._opened[0]
        if self.neighbour is not None:
            record = self.neighbour
            name = (
                run.run.folder.name if record["run"] == "A" else self._opened[1].run.run.folder.name
            )
            return Flaggable(record["sample"], TRAINING_SET, record["class"], name)
        return sample_flaggable(run, self._opened[0].row)

    @property
    def flag(self) -> dict[str, Any] | None:
        """The flag of the opened sample, or None."""
        table = flags.read_flags(self._flag_path)
        rows = table[table["sample"] == self.flaggable.sample].to_dict("records")
        return {str(name): value for name, value in rows[0].items()} if rows else None

    def show(self, a: RunInspector, b: RunInspector | None, row: int, row_b: int | None) -> None:
        """Show a sample.

        Args:
            a: Run A.
            b: Run B, if two runs are compared.
            row: Row of the sample in run A's table.
            row_b: Row of the sample in run B's table; None if run B was not tested on it.
        """
        image = a.image(row)
        self.close()
        self._opened = [_RunRow("A", a, row)]
        if b is not None and row_b is not None:
            self._opened.append(_RunRow("B", b, row_b))
        sample = a.sample(row)
        test_set = DOMAIN_LABELS.get(sample["test_set"], readable_name(sample["test_set"]))
        true = readable_name(sample["true"])
        self.title = f"{sample['sample']} · true class {true} · {test_set}"
        self.images = [(jpeg_data_uri(image), "as tested")]
        self.bars = "".join(
            html.probability_bars(
                run.class_probabilities(run_row), sample["true"], f"run {letter}: probabilities"
            )
            for letter, run, run_row in self._opened
        )
        self._read_flag()
        self._status.guard("saliency", lambda: self._add_saliency(image))
        if self.is_composite:
            self._status.guard("parts of the composite", self._add_facts)

    def close(self) -> None:
        """Close the sample."""
        self._opened = []
        self.title = self.bars = self.facts = self.details = self.note = ""
        self.images: list[tuple[str, str]] = []
        self.neighbours: list[dict[str, Any]] = []
        self.neighbour: dict[str, Any] | None = None

    def act(self, action: str) -> None:
        """Do what a button of `ACTIONS` says."""
        {"nearest": self._nearest, "composite": self._composite, "render": self._render}[action]()

    def open_neighbour(self, index: int | None) -> None:
        """Open one of `neighbours`, or with None the sample again."""
        self.neighbour = None if index is None else self.neighbours[index]
        self._read_flag()

    def add_flag(self) -> None:
        """Flag the opened sample."""
        write_flag(self._flag_path, self.flaggable, self.reason, self.note)

    def remove_flag(self) -> None:
        """Remove the flag of the opened sample."""
        flags.remove_flag(self._flag_path, self.flaggable.sample)
        self.note = ""

    def html(self, place: int | None, n: int, back: str) -> str:
        """The view.

        Args:
            place: Place of the sample in the gallery, from 0; None if it is not in it.
            n: Number of samples in the gallery.
            back: Name of what the Esc key returns to.
        """
        macro = "sample" if self.neighbour is None else "neighbour"
        actions = {k: v for k, v in ACTIONS.items() if k == "nearest" or self.is_composite}
        arguments = self, place, n, back, actions, self.flag, flags.FLAG_REASONS
        return html.render("explorer.html.j2", macro, *arguments)

    def _sample(self) -> dict[str, Any]:
        _, run, row = self._opened[0]
        return run.sample(row)

    def _read_flag(self) -> None:
        flag = self.flag
        self.note = flag["note"] if flag else ""
        if flag and flag["reason"] in flags.FLAG_REASONS:
            self.reason = flag["reason"]

    def _add_saliency(self, image: np.ndarray) -> None:
        for letter, run, row in self._opened:
            predicted = readable_name(run.sample(row)["predicted"])
            overlay = run.saliency_overlay(row, image)
            title = saliency_title(overlay, f"run {letter}", f" for {predicted}")
            self.images.append((jpeg_data_uri(overlay), title))

    def _add_facts(self) -> None:
        _, run, row = self._opened[0]
        self.facts = html.facts_table(run.origin(row).facts())

    def _nearest(self) -> None:
        neighbours = []
        for letter, run, row in self._opened:
            self._status.show_message(f"comparing with the training samples of run {letter} ...")
            nearest = run.nearest_training_samples(run.image(row), N_NEIGHBOURS)
            neighbours += [_neighbour(record, letter) for record in nearest.to_dict("records")]
        self._status.show_message("")
        self.neighbours, self.details = neighbours, ""

    def _composite(self) -> None:
        _, run, row = self._opened[0]
        image = provenance.recomposite(run.params, run.origin(row))
        self._show_full_size(image, "composited again from the store's render")

    def _render(self) -> None:
        _, run, row = self._opened[0]
        self._status.show_message("rendering with Blender, a few seconds ...")
        origin = run.origin(row)
        render = provenance.rerender(run.params, origin)
        image = provenance.recomposite(run.params, origin, render)
        self._status.show_message("")
        self._show_full_size(image, "rendered and composited again")

    def _show_full_size(self, image: np.ndarray, title: str) -> None:
        title = f"{title}, {image.shape[0]} px"
        self.neighbours = []
        self.details = html.render("explorer.html.j2", "full_size", jpeg_data_uri(image), title)


def sample_flaggable(run: RunInspector, row: int) -> Flaggable:
    """A test sample of a run, as a flag identifies it."""
    sample = run.sample(row)
    return Flaggable(sample["sample"], sample["test_set"], sample["true"], run.run.folder.name)


def write_flag(path: Path, sample: Flaggable, reason: str, note: str = "") -> pd.DataFrame:
    """Flag a sample in a CSV (`photographs.flags.add_flag`)."""
    return flags.add_flag(path, **sample._asdict(), reason=reason, note=note)


def _neighbour(record: dict, letter: str) -> dict[str, Any]:
    kind = "photograph" if record["domain"] == "real" else "render"
    similarity = f"{record['similarity']:.2f}"
    return {
        "run": letter,
        "sample": record["sample"],
        "class": record["class"],
        "uri": jpeg_data_uri(record["image"]),
        "caption": [readable_name(record["class"]), kind, similarity],
        "alt_text": f"{readable_name(record['class'])}, {kind}, similarity {similarity}",
        "title": f"{record['sample']} · {kind} of {readable_name(record['class'])} that run "
        f"{letter} trained on · similarity {similarity}",
    }
