"""One sample at large: what two runs make of it, what it is like and made of, what is wrong."""

from collections.abc import Callable
from pathlib import Path

from ipywidgets import HTML, Button, Dropdown, HBox, Layout, Text, VBox

from synthlib import flags, provenance
from synthlib.closeups import looked_words
from synthlib.figures import DOMAIN_WORDS, words
from synthlib.opened import OpenRun
from synthlib.pictures import uri
from synthlib.provenance import AGAIN
from synthlib.widgets import html
from synthlib.widgets.status import Status

LARGE = 384
"""Side in px of a sample made again at full size, as displayed."""

NOTHING = "click a picture above to open it here"


class SampleView:
    """`box` to display; `show` opens a row of run A in it, beside run B where there is one."""

    def __init__(self, flag_file: Path, status: Status) -> None:
        self._flags, self._status = flag_file, status
        self._a: OpenRun | None = None
        self._b: OpenRun | None = None
        self._row = self._row_b = -1
        self.title, self.pictures, self.bars = HTML(), HTML(), HTML()
        self.facts, self.more = HTML(), HTML()
        self.nearest = self._button("nearest training samples", "th", self._show_nearest)
        self.composite = self._button(
            "composite at full size", "object-group", self._show_composite
        )
        self.render = self._button(f"render again, {AGAIN} px", "cube", self._show_render)
        self.reason = Dropdown(
            options=flags.REASONS, description="problem", layout=Layout(width="272px")
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
            self.pictures,
            self.bars,
            self.facts,
            HBox([self.nearest, self.composite, self.render], layout=wrap),
            self.more,
            HBox([self.reason, self.note, self.flag, self.unflag], layout=wrap),
            self.flagged,
        ]
        self.box = VBox([self.title])
        self.title.value = html.sentence(NOTHING)

    def show(self, a: OpenRun, b: OpenRun | None, row: int, row_b: int | None) -> None:
        """Opens row `row` of run A, which is row `row_b` of run B."""
        self._a, self._b, self._row = a, b if row_b is not None else None, row
        self._row_b = -1 if row_b is None else row_b
        sample = a.sample(row)
        true, name = sample["true"], sample["sample"]
        where = DOMAIN_WORDS.get(sample["test_set"], words(sample["test_set"]))
        self.title.value = html.sentence(f"{name} · true class {words(true)} · {where}")
        self.more.value = self.facts.value = ""
        image = a.image(row)
        tested = html.picture(uri(image), "as tested")
        self.pictures.value = tested
        self.bars.value = "".join(
            html.bars(run.probabilities(place), true, f"run {letter} says")
            for letter, run, place in self._runs()
        )
        synthetic = sample["domain"] != "real"
        self.composite.disabled = self.render.disabled = not synthetic
        self._show_flag()
        if len(self.box.children) == 1:
            self.box.children = [self.title, *self._rest]
        self._status.guard("where the model looked", lambda: self._show_looked(tested, image))
        if synthetic:
            self._status.guard("what it is made of", self._show_facts)

    def close(self) -> None:
        """As before any sample was opened: the runs that spoke of it are others now."""
        self._a = self._b = None
        self.box.children = [self.title]
        self.title.value = html.sentence(NOTHING)

    def _button(self, name: str, icon: str, act: Callable[[], None]) -> Button:
        button = Button(description=name, icon=icon, layout=Layout(width="auto"), tooltip=name)
        button.on_click(lambda _: self._press(name, act))
        return button

    def _press(self, name: str, act: Callable[[], None]) -> None:
        self._status.say("")
        self._status.guard(name, act)

    def _runs(self) -> list[tuple[str, OpenRun, int]]:
        assert self._a is not None  # `show` came first
        found = [("A", self._a, self._row)]
        return found if self._b is None else [*found, ("B", self._b, self._row_b)]

    def _show_looked(self, tested: str, image) -> None:
        pictures = [tested]
        for letter, run, row in self._runs():
            predicted = words(run.sample(row)["predicted"])
            looked = run.looked(row, image)
            title = looked_words(looked, f"run {letter}", f" for {predicted}")
            pictures.append(html.picture(uri(looked), title))
            self.pictures.value = "".join(pictures)

    def _show_facts(self) -> None:
        assert self._a is not None  # `show` came first
        self.facts.value = html.facts(self._a.origin(self._row).facts())

    def _show_nearest(self) -> None:
        parts = []
        for letter, run, row in self._runs():
            self.more.value = html.sentence(f"looking through what run {letter} trained on ...")
            found = run.nearest(run.image(row), html.COLUMNS)
            shown = [_neighbour(record) for record in found.to_dict("records")]
            parts.append(html.sentence(f"nearest training samples of run {letter} by feature"))
            parts.append(html.grid(shown))
        self.more.value = "".join(parts)

    def _show_composite(self) -> None:
        assert self._a is not None  # `show` came first
        made_of = self._a.origin(self._row)
        image = provenance.composite_again(self._a.params, made_of)
        title = f"composited again from the store's render, {image.shape[0]} px"
        self.more.value = html.picture(uri(image), title, LARGE)

    def _show_render(self) -> None:
        assert self._a is not None  # `show` came first
        self.more.value = html.sentence("Blender renders it again: some seconds ...")
        made_of = self._a.origin(self._row)
        render = provenance.render_again(self._a.params, made_of)
        image = provenance.composite_again(self._a.params, made_of, render)
        title = f"rendered and composited again, {image.shape[0]} px"
        self.more.value = html.picture(uri(image), title, LARGE)

    def _flag(self) -> None:
        assert self._a is not None  # `show` came first
        sample = self._a.sample(self._row)
        flags.add(
            self._flags,
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
        flags.remove(self._flags, self._a.sample(self._row)["sample"])
        self._show_flag()

    def _show_flag(self) -> None:
        assert self._a is not None  # `show` came first
        table = flags.read(self._flags)
        here = table[table["sample"] == self._a.sample(self._row)["sample"]]
        self.unflag.disabled = here.empty
        self.note.value = "" if here.empty else here["note"].iloc[0]
        where = f"{'/'.join(self._flags.parts[-3:])} has {len(table):,} flagged"
        text = f"not flagged; {where}"
        if not here.empty:
            self.reason.value = here["reason"].iloc[0]
            note = f" ({self.note.value})" if self.note.value else ""
            text = f"flagged: {self.reason.value}{note}; {where}"
        self.flagged.value = html.sentence(text)


def _neighbour(record: dict) -> html.Thumbnail:
    name, likeness = words(record["class"]), f"{record['similarity']:.2f}"
    kind = "photograph" if record["domain"] == "real" else "render"
    says = f"{name}, {kind}, similarity {likeness}"
    return html.Thumbnail(uri(record["image"]), [name, f"{kind} {likeness}"], says)
