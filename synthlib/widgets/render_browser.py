"""Browser of a render store: one render at a time, by class, instance and view (notebook 02)."""

from pathlib import Path

import pandas as pd
from ipywidgets import HTML, Dropdown, HBox, IntSlider, Layout, Play, VBox, jslink

from synthlib.inspection.test_images import jpeg_data_uri
from synthlib.reporting.figures.image_grids import on_chequerboard
from synthlib.reporting.figures.style import readable_name
from synthlib.reporting.sheets.run_images import read_image
from synthlib.widgets import html
from synthlib.widgets.status_line import StatusLine

RENDER_SIDE = 320
"""Side of a displayed render in px."""


class RenderBrowser:
    """Browser of a render store; display its `box`.

    Args:
        renders: Rows of the manifest.
        store: Folder of the renders.

    Examples:
        >>> show_widget(RenderBrowser(rendering.read_manifest(plan), plan.store).box)
    """

    def __init__(self, renders: pd.DataFrame, store: Path) -> None:
        self._renders, self._store = renders, store
        self._instances: list[str] = []
        classes = list(dict.fromkeys(renders["class"]))
        self.cls = Dropdown(options=[(readable_name(c), c) for c in classes], description="class")
        slider = {"continuous_update": False, "layout": Layout(width="420px"), "min": 0, "max": 0}
        self.instance = IntSlider(description="instance", **slider)
        self.view = IntSlider(description="view", **slider)
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
        """The manifest's row of the displayed render."""
        views = self._views().sort_values("view")
        return views.iloc[min(self.view.value, len(views) - 1)]

    def _views(self) -> pd.DataFrame:
        """The manifest's rows of the chosen instance."""
        instance = self._instances[self.instance.value]
        is_chosen = self._renders["instance"] == instance
        return self._renders[is_chosen & (self._renders["class"] == self.cls.value)]

    def _choose_class(self) -> None:
        rows = self._renders[self._renders["class"] == self.cls.value]
        self._instances = sorted(rows["instance"].unique())
        self.instance.max = len(self._instances) - 1
        self._choose_instance()

    def _choose_instance(self) -> None:
        self.view.max = self.orbit.max = len(self._views()) - 1
        self._draw()

    def _draw(self) -> None:
        self.status.show_message("")
        self.status.guard("render", self._show)

    def _show(self) -> None:
        row = self.row
        image = (255 * on_chequerboard(read_image(self._store / str(row["file"])))).astype("uint8")
        title = f"{row['class']}/{row['instance']}/{row['view']:02d}"
        self.image.value = html.image_html(jpeg_data_uri(image), title, RENDER_SIDE)
        facts = {name: f"{row[name]:.0f}°" for name in ("azimuth", "elevation", "roll")}
        facts["coverage"] = f"{100 * row['coverage']:.0f}%"
        facts["split"] = str(row["split"])
        facts["asset"] = f"{row['asset']}: {row['source']}"
        facts["licence"] = str(row["licence"])
        self.facts.value = html.facts_table(facts)
