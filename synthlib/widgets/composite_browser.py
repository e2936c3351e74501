"""Composites of a class under sliders for the strengths of the augmentation (notebook 02)."""

from dataclasses import replace
from typing import Any

from ipywidgets import (
    HTML,
    Button,
    Dropdown,
    FloatRangeSlider,
    FloatSlider,
    HBox,
    IntSlider,
    Layout,
    VBox,
)

from synthlib.compositing.augmentation import Preset
from synthlib.compositing.blending import METHODS
from synthlib.data.synthetic_images import SyntheticImages
from synthlib.inspection import augmentation_preview
from synthlib.inspection.augmentation_preview import Strength
from synthlib.inspection.test_images import jpeg_data_uri
from synthlib.params import Params
from synthlib.reporting.figures.style import readable_name
from synthlib.widgets import html
from synthlib.widgets.status_line import StatusLine


class CompositeBrowser:
    """Composites of a class, made again when a strength changes; display its `box`.

    Args:
        synthetic: Synthetic training images.
        params: The run's parameters.

    Examples:
        >>> train = datasets.training_set(params, data)
        >>> show_widget(CompositeBrowser(train.synthetic, params).box)
    """

    def __init__(self, synthetic: SyntheticImages, params: Params) -> None:
        self._synthetic, self._params = synthetic, params
        self._is_resetting = False
        options = [(readable_name(name), i) for i, name in enumerate(params.classes)]
        self.cls = Dropdown(options=options, description="class")
        self.seed = IntSlider(
            description="seed",
            min=0,
            max=99,
            continuous_update=False,
            layout=Layout(width="300px"),
        )
        self.blending = Dropdown(
            options=[*METHODS, "random"], value=synthetic.blending, description="blending"
        )
        self.reset = Button(description="as the preset", icon="undo")
        self.grid, self.status = HTML(), StatusLine()
        self.strengths: dict[str, FloatSlider | FloatRangeSlider] = {}
        self.cls.observe(lambda _: self._choose_class(), "value")
        for choice in (self.seed, self.blending):
            choice.observe(lambda _: self._draw(), "value")
        self.reset.on_click(lambda _: self._reset())
        wrap = Layout(flex_flow="row wrap")
        self._sliders = HBox(layout=wrap)
        top = HBox([self.cls, self.seed, self.blending, self.reset], layout=wrap)
        self.box = VBox([top, self._sliders, self.grid, self.status.line])
        self._choose_class()

    @property
    def preset(self) -> Preset:
        """The preset that the run trains the class with."""
        return self._synthetic.preset_of(int(self.cls.value or 0))

    def _choose_class(self) -> None:
        strengths = augmentation_preview.preset_strengths(self.preset)
        if strengths.keys() != self.strengths.keys():  # placement on black has fewer strengths
            self.strengths = {name: _strength_slider(name, v) for name, v in strengths.items()}
            for slider in self.strengths.values():
                slider.observe(lambda _: self._draw(), "value")
            self._sliders.children = list(self.strengths.values())
        self._draw()

    def _reset(self) -> None:
        self._is_resetting = True  # draw once, not once per slider
        for name, value in augmentation_preview.preset_strengths(self.preset).items():
            self.strengths[name].value = value  # pyright: ignore[reportAttributeAccessIssue]
        self.blending.value = self._synthetic.blending
        self._is_resetting = False
        self._draw()

    def _draw(self) -> None:
        if not self._is_resetting:
            self.status.show_message("")
            self.status.guard("composites", self._show)

    def _show(self) -> None:
        values = {name: slider.value for name, slider in self.strengths.items()}
        strengths = {k: tuple(v) if isinstance(v, tuple | list) else v for k, v in values.items()}
        preset = augmentation_preview.with_strengths(self.preset, strengths)
        label = int(self.cls.value or 0)
        blending: Any = self.blending.value  # one of the options
        synthetic = replace(self._synthetic, blending=blending)
        images = augmentation_preview.preview_composites(
            synthetic, preset, label, self._params.image_size, seed=self.seed.value
        )
        alt_text = f"a composite of {readable_name(self._params.classes[label])}"
        thumbnails = [html.Thumbnail(jpeg_data_uri(image), [], alt_text) for image in images]
        self.grid.value = html.thumbnail_grid(thumbnails)


def _strength_slider(name: str, value: Strength) -> FloatSlider | FloatRangeSlider:
    low, high = augmentation_preview.STRENGTH_LIMITS.get(name, (0.0, 1.0))
    slider_type = FloatRangeSlider if isinstance(value, tuple) else FloatSlider
    return slider_type(
        value=value,
        min=low,
        max=high,
        step=(high - low) / 100,
        description=readable_name(name),
        continuous_update=False,
        readout_format=".2f" if high < 10 else ".0f",
        layout=Layout(width="340px"),
        style={"description_width": "100px"},
    )
