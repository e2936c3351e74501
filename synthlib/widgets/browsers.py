"""Browsers of notebook 02: one render at a time around its object, and composites under sliders."""

from pathlib import Path

import pandas as pd
from ipywidgets import (
    HTML,
    Button,
    Dropdown,
    FloatRangeSlider,
    FloatSlider,
    HBox,
    IntSlider,
    Layout,
    Play,
    VBox,
    jslink,
)

from synthlib.compositing.augmentation import PRESETS, Preset
from synthlib.data.samples import SyntheticImages
from synthlib.inspection import augmentation_preview
from synthlib.inspection.test_images import jpeg_data_uri
from synthlib.params import Params
from synthlib.reporting.figures.image_grids import on_chequerboard
from synthlib.reporting.figures.style import readable_name
from synthlib.reporting.sheets.run_images import read_image
from synthlib.widgets import html
from synthlib.widgets.status_line import StatusLine

RENDER_SIDE = 320
"""Side in px of a render, as displayed."""


class RenderBrowser:
    """Class, instance and view of a manifest; `orbit` plays all views of an instance."""

    def __init__(self, renders: pd.DataFrame, store: Path) -> None:
        self._renders, self._store = renders, store
        self._names: list[str] = []
        classes = list(dict.fromkeys(renders["class"]))
        self.cls = Dropdown(options=[(readable_name(c), c) for c in classes], description="class")
        slim = Layout(width="420px")
        keys = {"continuous_update": False, "layout": slim, "min": 0, "max": 0}
        self.instance = IntSlider(description="instance", **keys)
        self.view = IntSlider(description="view", **keys)
        self.orbit = Play(interval=250, min=0, max=0, repeat=True)
        jslink((self.orbit, "value"), (self.view, "value"))
        self.image, self.facts, self.status = HTML(), HTML(), StatusLine()
        self.cls.observe(lambda _: self._choose_class(), "value")
        self.instance.observe(lambda _: self._choose_instance(), "value")
        self.view.observe(lambda _: self._draw(), "value")
        orbit = HBox([HTML("orbit", layout=Layout(margin="0 8px 0 50px")), self.orbit])
        controls = VBox([self.cls, self.instance, self.view, orbit, self.facts, self.status.line])
        self.box = HBox([self.image, controls], layout=Layout(flex_flow="row wrap"))
        self._choose_class()

    @property
    def row(self) -> pd.Series:
        """The manifest's row of the render that is shown."""
        rows = self._renders[self._renders["class"] == self.cls.value]
        rows = rows[rows["instance"] == self._names[self.instance.value]]
        return rows.sort_values("view").iloc[min(self.view.value, len(rows) - 1)]

    def _choose_class(self) -> None:
        rows = self._renders[self._renders["class"] == self.cls.value]
        self._names = sorted(rows["instance"].unique())
        self.instance.max = len(self._names) - 1
        self._choose_instance()

    def _choose_instance(self) -> None:
        chosen = self._renders["instance"] == self._names[self.instance.value]
        n = int((chosen & (self._renders["class"] == self.cls.value)).sum())
        self.view.max = self.orbit.max = n - 1
        self._draw()

    def _draw(self) -> None:
        self.status.show_message("")
        self.status.guard("render", self._show)

    def _show(self) -> None:
        row = self.row
        image = (255 * on_chequerboard(read_image(self._store / str(row["file"])))).astype("uint8")
        title = f"{row['class']}/{row['instance']}/{row['view']:02d}"
        self.image.value = html.image_html(jpeg_data_uri(image), title, RENDER_SIDE)
        about = {name: f"{row[name]:.0f}°" for name in ("azimuth", "elevation", "roll")}
        about |= {"coverage": f"{100 * row['coverage']:.0f}%", "split": str(row["split"])}
        about |= {"asset": f"{row['asset']}: {row['source']}", "licence": str(row["licence"])}
        self.facts.value = html.facts_table(about)


class CompositeBrowser:
    """Composites of a class, made again whenever a strength of the augmentation is turned."""

    def __init__(self, synthetic: SyntheticImages, params: Params) -> None:
        self._synthetic, self._params = synthetic, params
        self.cls = Dropdown(
            options=[(readable_name(c), i) for i, c in enumerate(params.classes)],
            description="class",
        )
        self.seed = IntSlider(
            description="chance", min=0, max=99, continuous_update=False,
            layout=Layout(width="300px"),
        )  # fmt: skip
        self.reset = Button(description="as the preset", icon="undo")
        self.reset.on_click(lambda _: self._reset())
        self.grid, self.status, self._quiet = HTML(), StatusLine(), False
        self.cls.observe(lambda _: self._choose_class(), "value")
        self.seed.observe(lambda _: self._draw(), "value")
        wrap = Layout(flex_flow="row wrap")
        self._sliders = HBox(layout=wrap)
        top = HBox([self.cls, self.seed, self.reset], layout=wrap)
        self.box = VBox([top, self._sliders, self.grid, self.status.line])
        self.strengths: dict[str, FloatSlider | FloatRangeSlider] = {}
        self._choose_class()

    @property
    def preset(self) -> Preset:
        """The preset that the run trains the class with."""
        return PRESETS[self._synthetic.preset_of(int(self.cls.value or 0)).name]

    def _choose_class(self) -> None:
        given = augmentation_preview.preset_strengths(self.preset)
        if given.keys() != self.strengths.keys():  # objects on black are placed by fewer numbers
            self.strengths = {name: _strength_slider(name, value) for name, value in given.items()}
            for control in self.strengths.values():
                control.observe(lambda _: self._draw(), "value")
            self._sliders.children = list(self.strengths.values())
        self._draw()

    def _reset(self) -> None:
        self._quiet = True
        for name, value in augmentation_preview.preset_strengths(self.preset).items():
            self.strengths[name].value = value  # pyright: ignore[reportAttributeAccessIssue]
        self._quiet = False
        self._draw()

    def _draw(self) -> None:
        if not self._quiet:
            self.status.show_message("")
            self.status.guard("composites", self._show)

    def _show(self) -> None:
        given = {name: control.value for name, control in self.strengths.items()}
        chosen = {k: tuple(v) if isinstance(v, tuple | list) else v for k, v in given.items()}
        preset = augmentation_preview.with_strengths(self.preset, chosen)
        label = int(self.cls.value or 0)
        images = augmentation_preview.preview_composites(
            self._synthetic, preset, label, self._params.image_size, seed=self.seed.value
        )
        name = readable_name(self._params.classes[label])
        shown = [
            html.Thumbnail(jpeg_data_uri(image), [], f"a composite of {name}") for image in images
        ]
        self.grid.value = html.thumbnail_grid(shown)


def _strength_slider(
    name: str, value: float | tuple[float, float]
) -> FloatSlider | FloatRangeSlider:
    low, high = augmentation_preview.STRENGTH_LIMITS.get(name, (0.0, 1.0))
    kind = FloatRangeSlider if isinstance(value, tuple) else FloatSlider
    return kind(
        value=value, min=low, max=high, step=(high - low) / 100, description=readable_name(name),
        continuous_update=False, readout_format=".2f" if high < 10 else ".0f",
        layout=Layout(width="340px"), style={"description_width": "100px"},
    )  # fmt: skip
