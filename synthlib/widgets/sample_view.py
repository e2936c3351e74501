"""View of one sample: images, class probabilities, similar samples, its parts, and its flag."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ipywidgets import HTML, Button, Dropdown, HBox, Layout, Text, VBox

from synthlib.inspection import provenance
from synthlib.inspection.provenance import RERENDER_SIDE
from synthlib.inspection.run_inspector import RunInspector
from synthlib.inspection.sample_figures import saliency_title
from synthlib.inspection.test_images import jpeg_data_uri
from synthlib.photographs import flags
from synthlib.reporting.figures.style import DOMAIN_LABELS, readable_name
from synthlib.widgets import html
from synthlib.widgets.status_line import StatusLine

FULL_SIZE_SIDE = 384
"""Side in px at which a full-size composite is displayed."""

PLACEHOLDER_TEXT = "click an image above to open it here"


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
    """View of one sample; display its `box`, and call `show` to put a sample into it.

    Args:
        flag_path: CSV of flagged samples (`photographs.flags`).
        status: Line that shows errors.
    """

    def __init__(self, flag_path: Path, status: StatusLine) -> None:
        self._flag_path, self._status = flag_path, status
        self._opened: list[_RunRow] = []  # run A, and run B if two are compared
        self.title, self.images, self.bars = HTML(), HTML(), HTML()
        self.facts, self.details, self.flagged = HTML(), HTML(), HTML()
        self.nearest = self._button("nearest training samples", "th", self._show_nearest)
        self.composite = self._button(
            "composite at full size", "object-group", self._show_composite
        )
        self.render = self._button(f"render again, {RERENDER_SIDE} px", "cube", self._show_render)
        self.reason = Dropdown(
            options=flags.FLAG_REASONS, description="problem", layout=Layout(width="272px")
        )
        self.note = Text(
            description="note",
            placeholder="what is wrong, in your words",
            continuous_update=False,
            layout=Layout(width="360px"),
        )
        self.flag = self._button("flag this sample", "flag", self._flag)
        self.unflag = self._button("remove the flag", "eraser", self._unflag)
        wrap = Layout(flex_flow="row wrap", align_items="center")
        self._content = [
            self.images,
            self.bars,
            self.facts,
            HBox([self.nearest, self.composite, self.render], layout=wrap),
            self.details,
            HBox([self.reason, self.note, self.flag, self.unflag], layout=wrap),
            self.flagged,
        ]
        self.box = VBox()
        self.close()

    def show(self, a: RunInspector, b: RunInspector | None, row: int, row_b: int | None) -> None:
        """Show a sample.

        Args:
            a: Run A.
            b: Run B, if two runs are compared.
            row: Row of the sample in run A's table.
            row_b: Row of the sample in run B's table; None if run B was not tested on it.
        """
        self._opened = [_RunRow("A", a, row)]
        if b is not None and row_b is not None:
            self._opened.append(_RunRow("B", b, row_b))
        sample = a.sample(row)
        test_set = DOMAIN_LABELS.get(sample["test_set"], readable_name(sample["test_set"]))
        true = readable_name(sample["true"])
        title = f"{sample['sample']} · true class {true} · {test_set}"
        self.title.value = html.message_html(title)
        self.details.value = self.facts.value = ""
        image = a.image(row)
        self.images.value = html.image_html(jpeg_data_uri(image), "as tested")
        self.bars.value = "".join(
            html.probability_bars(
                run.class_probabilities(run_row), sample["true"], f"run {letter}: probabilities"
            )
            for letter, run, run_row in self._opened
        )
        is_synthetic = sample["domain"] != "real"
        self.composite.disabled = self.render.disabled = not is_synthetic
        self._show_flag()
        if len(self.box.children) == 1:  # the placeholder was shown
            self.box.children = [self.title, *self._content]
        self._status.guard("saliency", lambda: self._show_saliency(image))
        if is_synthetic:
            self._status.guard("parts of the composite", self._show_facts)

    def close(self) -> None:
        """Show a placeholder instead of a sample."""
        self._opened = []
        self.box.children = [self.title]
        self.title.value = html.message_html(PLACEHOLDER_TEXT)

    def _button(self, name: str, icon: str, action: Callable[[], None]) -> Button:
        button = Button(description=name, icon=icon, layout=Layout(width="auto"), tooltip=name)

        def press(_: Button) -> None:
            self._status.show_message("")
            self._status.guard(name, action)

        button.on_click(press)
        return button

    def _show_saliency(self, image: np.ndarray) -> None:
        for letter, run, row in self._opened:
            predicted = readable_name(run.sample(row)["predicted"])
            overlay = run.saliency_overlay(row, image)
            title = saliency_title(overlay, f"run {letter}", f" for {predicted}")
            self.images.value += html.image_html(jpeg_data_uri(overlay), title)

    def _show_facts(self) -> None:
        _, run, row = self._opened[0]
        self.facts.value = html.facts_table(run.origin(row).facts())

    def _show_nearest(self) -> None:
        sections = []
        for letter, run, row in self._opened:
            progress = f"comparing with the training samples of run {letter} ..."
            self.details.value = html.message_html(progress)
            nearest = run.nearest_training_samples(run.image(row), html.GRID_COLUMNS)
            thumbnails = [_neighbour_thumbnail(record) for record in nearest.to_dict("records")]
            sections.append(
                html.message_html(f"nearest training samples of run {letter} by feature")
            )
            sections.append(html.thumbnail_grid(thumbnails))
        self.details.value = "".join(sections)

    def _show_composite(self) -> None:
        _, run, row = self._opened[0]
        image = provenance.recomposite(run.params, run.origin(row))
        self._show_full_size(image, "composited again from the store's render")

    def _show_render(self) -> None:
        _, run, row = self._opened[0]
        self.details.value = html.message_html("rendering with Blender, a few seconds ...")
        origin = run.origin(row)
        render = provenance.rerender(run.params, origin)
        image = provenance.recomposite(run.params, origin, render)
        self._show_full_size(image, "rendered and composited again")

    def _show_full_size(self, image: np.ndarray, title: str) -> None:
        title = f"{title}, {image.shape[0]} px"
        self.details.value = html.image_html(jpeg_data_uri(image), title, FULL_SIZE_SIDE)

    def _flag(self) -> None:
        _, run, row = self._opened[0]
        sample = run.sample(row)
        flags.add_flag(
            self._flag_path,
            sample=sample["sample"],
            test_set=sample["test_set"],
            true=sample["true"],
            reason=str(self.reason.value),
            note=self.note.value,
            run=run.run.folder.name,
        )
        self._show_flag()

    def _unflag(self) -> None:
        _, run, row = self._opened[0]
        flags.remove_flag(self._flag_path, run.sample(row)["sample"])
        self._show_flag()

    def _show_flag(self) -> None:
        _, run, row = self._opened[0]
        table = flags.read_flags(self._flag_path)
        sample_flags = table[table["sample"] == run.sample(row)["sample"]]
        self.unflag.disabled = sample_flags.empty
        self.note.value = "" if sample_flags.empty else sample_flags["note"].iloc[0]
        text = "not flagged"
        if not sample_flags.empty:
            self.reason.value = sample_flags["reason"].iloc[0]
            note = f" ({self.note.value})" if self.note.value else ""
            text = f"flagged: {self.reason.value}{note}"
        path = "/".join(self._flag_path.parts[-3:])
        self.flagged.value = html.message_html(f"{text}; {path} has {len(table):,} flagged")


def _neighbour_thumbnail(record: dict) -> html.Thumbnail:
    name, similarity = readable_name(record["class"]), f"{record['similarity']:.2f}"
    kind = "photograph" if record["domain"] == "real" else "render"
    alt_text = f"{name}, {kind}, similarity {similarity}"
    caption = [name, f"{kind} {similarity}"]
    return html.Thumbnail(jpeg_data_uri(record["image"]), caption, alt_text)
