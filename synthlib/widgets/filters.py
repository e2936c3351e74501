"""The controls that say which samples are shown, and in which order."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, get_args

from ipywidgets import Button, Dropdown, FloatRangeSlider, HBox, Layout, VBox

from synthlib.inspection.sample_table import (
    OUTCOMES,
    SampleKind,
    Selection,
    SortOrder,
    test_set_domain,
)
from synthlib.reporting.figures.style import DOMAIN_LABELS, readable_name

ANY = ("any", "")


class Filters:
    """`box` to display; `selection` is what is chosen; `changed()` is called when it changes."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change, self._quiet = on_change, False
        self.test_set = _dropdown("test set", [ANY])
        self.domain = _dropdown("domain", [ANY])
        self.kind = _dropdown("show", [(name, name) for name in get_args(SampleKind)])
        self.true = _dropdown("true class", [ANY])
        self.predicted = _dropdown("predicted", [ANY])
        self.outcome = _dropdown("outcome", [ANY, *((name, name) for name in OUTCOMES)])
        self.sort = _dropdown("sort by", [(f"{name} first", name) for name in get_args(SortOrder)])
        self.confidence = FloatRangeSlider(
            value=(0.0, 1.0), min=0.0, max=1.0, step=0.01, description="confidence",
            continuous_update=False, readout_format=".2f", layout=Layout(width="272px"),
        )  # fmt: skip
        self.reset = Button(
            description="reset filters", icon="undo", layout=Layout(width="128px"),
            tooltip="show all samples again",
        )  # fmt: skip
        self.reset.on_click(lambda _: self.clear())
        self._named = {
            "test_set": self.test_set, "domain": self.domain, "kind": self.kind,
            "true": self.true, "predicted": self.predicted, "outcome": self.outcome,
            "sort": self.sort,
        }  # fmt: skip
        controls = [*self._named.values(), self.confidence]
        for control in controls:
            control.observe(self._tell, "value")
        wrap = Layout(flex_flow="row wrap", align_items="center")
        self.box = VBox([HBox([*controls, self.reset], layout=wrap)])

    @property
    def selection(self) -> Selection:
        """What the controls say."""
        said: dict[str, Any] = {name: control.value for name, control in self._named.items()}
        low, high = self.confidence.value
        return Selection(**said, confidence=(float(low), float(high)))

    def set_options(self, classes: list[str], test_sets: list[str], *, two_runs: bool) -> None:
        """What there is to choose from; choices that are still possible stay."""
        domains = list(dict.fromkeys(map(test_set_domain, test_sets)))
        named = [(readable_name(name), name) for name in classes]
        with self._silently():
            _replace_options(self.true, named)
            _replace_options(self.predicted, named)
            _replace_options(
                self.test_set, [(DOMAIN_LABELS.get(n, readable_name(n)), n) for n in test_sets]
            )
            _replace_options(self.domain, [(readable_name(name), name) for name in domains])
            self.outcome.disabled = not two_runs
            if not two_runs:
                self.outcome.value = ""

    def select_cell(self, true: str, predicted: str) -> None:
        """One cell of the matrix: both classes, right and wrong samples."""
        with self._silently():
            self.true.value, self.predicted.value, self.kind.value = true, predicted, "all"
        self._on_change()

    def clear(self) -> None:
        """Everything as at the start."""
        with self._silently():
            for control in (self.test_set, self.domain, self.true, self.predicted, self.outcome):
                control.value = ""
            self.kind.value, self.sort.value = get_args(SampleKind)[0], get_args(SortOrder)[0]
            self.confidence.value = (0.0, 1.0)
        self._on_change()

    @contextmanager
    def _silently(self):
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def _tell(self, _change: object) -> None:
        if not self._quiet:
            self._on_change()


def _dropdown(name: str, options: list[tuple[str, str]]) -> Dropdown:
    return Dropdown(
        options=options, value=options[0][1], description=name, layout=Layout(width="272px")
    )


def _replace_options(control: Dropdown, options: list[tuple[str, str]]) -> None:
    kept = control.value
    control.options = [ANY, *options]
    control.value = kept if kept in {value for _, value in options} else ""
