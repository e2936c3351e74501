"""One sample at large: what two runs make of it, what it is like and made of, what is wrong."""

from collections.abc import Callable
from pathlib import Path

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
"""Side in px of a sample made again at full size, as displayed."""

PLACEHOLDER_TEXT = "click a picture above to open it here"


class SampleView:
    """`box` to display; `show` opens a row of run A in it, beside run B where there is one."""

    def __init__(self, flag_path: Path, status: StatusLine) -> None:
        self._flag_path, self._status = flag_path, status
        self._a: RunInspector | None = None
        self._b: RunInspector | None = None
        self._row = self._row_b = -1
        self.title, self.images, self.bars = HTML(), HTML(), HTML()
        self.facts, self.more = HTML(), HTML()
        self.nearest = self._button("nearest training samples", "th", self._show_nearest)
        self.composite = self._button(
            "composite at full size", "object-group", self._show_composite
        )
        self.render = self._button(f"render again, {RERENDER_SIDE} px", "cube", self._show_render)
        self.reason = Dropdown(
            options=flags.FLAG_REASONS, description="problem", layout=Layout(width="272px")
        )
        self.note = Text(
            description="note", placeholder="what is wrong, in your words",
            continuous_update=False, layout=Layout(width="360px"),
        )  # fmt: skip
        self.flag = self._button("flag this sample", "flag", self._flag)
        self.unflag = self._button("take the flag back", "eraser", self._unflag)
        self.flagged = HTML()
        wrap = Layout(flex_flow="row wrap", align_items="center")
        self._rest = [
            self.images,
            self.bars,
            self.facts,
            HBox([self.nearest, self.composite, self.render], layout=wrap),
            self.more,
            HBox([self.reason, self.note, self.flag, self.unflag], layout=wrap),
            self.flagged,
        ]
        self.box = VBox([self.title])
        self.title.value = html.message_html(PLACEHOLDER_TEXT)

    def show(self, a: RunInspector, b: RunInspector | None, row: int, row_b: int | None) -> None:
        """Opens row `row` of run A, which is row `row_b` of run B."""
        self._a, self._b, self._row = a, b if row_b is not None else None, row
        self._row_b = -1 if row_b is None else row_b
        sample = a.sample(row)
        true, name = sample["true"], sample["sample"]
        where = DOMAIN_LABELS.get(sample["test_set"], readable_name(sample["test_set"]))
        self.title.value = html.message_html(f"{name} · true class {readable_name(true)} · {where}")
        self.more.value = self.facts.value = ""
        image = a.image(row)
        tested = html.image_html(jpeg_data_uri(image), "as tested")
        self.images.value = tested
        self.bars.value = "".join(
            html.probability_bars(run.class_probabilities(place), true, f"run {letter} says")
            for letter, run, place in self._runs()
        )
        synthetic = sample["domain"] != "real"
        self.composite.disabled = self.render.disabled = not synthetic
        self._show_flag()
        if len(self.box.children) == 1:
            self.box.children = [self.title, *self._rest]
        self._status.guard("where the model looked", lambda: self._show_saliency(tested, image))
        if synthetic:
            self._status.guard("what it is made of", self._show_facts)

    def close(self) -> None:
        """As before any sample was opened: the runs that spoke of it are others now."""
        self._a = self._b = None
        self.box.children = [self.title]
        self.title.value = html.message_html(PLACEHOLDER_TEXT)

    def _button(self, name: str, icon: str, act: Callable[[], None]) -> Button:
        button = Button(description=name, icon=icon, layout=Layout(width="auto"), tooltip=name)
        button.on_click(lambda _: self._press(name, act))
        return button

    def _press(self, name: str, act: Callable[[], None]) -> None:
        self._status.show_message("")
        self._status.guard(name, act)

    def _runs(self) -> list[tuple[str, RunInspector, int]]:
        assert self._a is not None  # `show` came first
        found = [("A", self._a, self._row)]
        return found if self._b is None else [*found, ("B", self._b, self._row_b)]

    def _show_saliency(self, tested: str, image) -> None:
        pictures = [tested]
        for letter, run, row in self._runs():
            predicted = readable_name(run.sample(row)["predicted"])
            looked = run.saliency_overlay(row, image)
            title = saliency_title(looked, f"run {letter}", f" for {predicted}")
            pictures.append(html.image_html(jpeg_data_uri(looked), title))
            self.images.value = "".join(pictures)

    def _show_facts(self) -> None:
        assert self._a is not None  # `show` came first
        self.facts.value = html.facts_table(self._a.origin(self._row).facts())

    def _show_nearest(self) -> None:
        parts = []
        for letter, run, row in self._runs():
            self.more.value = html.message_html(f"looking through what run {letter} trained on ...")
            found = run.nearest_training_samples(run.image(row), html.GRID_COLUMNS)
            shown = [_neighbour_thumbnail(record) for record in found.to_dict("records")]
            parts.append(html.message_html(f"nearest training samples of run {letter} by feature"))
            parts.append(html.thumbnail_grid(shown))
        self.more.value = "".join(parts)

    def _show_composite(self) -> None:
        assert self._a is not None  # `show` came first
        made_of = self._a.origin(self._row)
        image = provenance.recomposite(self._a.params, made_of)
        title = f"composited again from the store's render, {image.shape[0]} px"
        self.more.value = html.image_html(jpeg_data_uri(image), title, FULL_SIZE_SIDE)

    def _show_render(self) -> None:
        assert self._a is not None  # `show` came first
        self.more.value = html.message_html("Blender renders it again: some seconds ...")
        made_of = self._a.origin(self._row)
        render = provenance.rerender(self._a.params, made_of)
        image = provenance.recomposite(self._a.params, made_of, render)
        title = f"rendered and composited again, {image.shape[0]} px"
        self.more.value = html.image_html(jpeg_data_uri(image), title, FULL_SIZE_SIDE)

    def _flag(self) -> None:
        assert self._a is not None  # `show` came first
        sample = self._a.sample(self._row)
        flags.add_flag(
            self._flag_path,
            sample=sample["sample"],
            test_set=sample["test_set"],
            true=sample["true"],
            reason=str(self.reason.value),
            note=self.note.value,
            run=self._a.run.folder.name,
        )
        self._show_flag()

    def _unflag(self) -> None:
        assert self._a is not None  # `show` came first
        flags.remove_flag(self._flag_path, self._a.sample(self._row)["sample"])
        self._show_flag()

    def _show_flag(self) -> None:
        assert self._a is not None  # `show` came first
        table = flags.read_flags(self._flag_path)
        here = table[table["sample"] == self._a.sample(self._row)["sample"]]
        self.unflag.disabled = here.empty
        self.note.value = "" if here.empty else here["note"].iloc[0]
        where = f"{'/'.join(self._flag_path.parts[-3:])} has {len(table):,} flagged"
        text = f"not flagged; {where}"
        if not here.empty:
            self.reason.value = here["reason"].iloc[0]
            note = f" ({self.note.value})" if self.note.value else ""
            text = f"flagged: {self.reason.value}{note}; {where}"
        self.flagged.value = html.message_html(text)


def _neighbour_thumbnail(record: dict) -> html.Thumbnail:
    name, likeness = readable_name(record["class"]), f"{record['similarity']:.2f}"
    kind = "photograph" if record["domain"] == "real" else "render"
    says = f"{name}, {kind}, similarity {likeness}"
    return html.Thumbnail(jpeg_data_uri(record["image"]), [name, f"{kind} {likeness}"], says)
