"""Controls that filter and sort the samples of an explorer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, get_args

from ipywidgets import Button, Dropdown, FloatRangeSlider, HBox, Layout, VBox

from synthlib.inspection.sample_table import OUTCOMES, SampleKind, Selection, SortOrder
from synthlib.reporting.figures.style import DOMAIN_LABELS, readable_name

ANY = ("any", "")
"""Label and value of the option without a filter."""


class Filters:
    """Controls of a `Selection`; display their `box`.

    Args:
        on_change: Called when the selection changes.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change, self._is_silent = on_change, False
        self.test_set = _dropdown("test set", [ANY])  # until `set_options`
        self.kind = _dropdown("show", [(name, name) for name in get_args(SampleKind)])
        self.true = _dropdown("true class", [ANY])
        self.predicted = _dropdown("predicted", [ANY])
        self.outcome = _dropdown("outcome", [ANY, *((name, name) for name in OUTCOMES)])
        self.sort = _dropdown("sort by", [(f"{name} first", name) for name in get_args(SortOrder)])
        self.confidence = FloatRangeSlider(
            value=(0.0, 1.0),
            min=0.0,
            max=1.0,
            step=0.01,
            description="confidence",
            continuous_update=False,
            readout_format=".2f",
            layout=Layout(width="272px"),
        )
        self.reset = Button(
            description="reset filters",
            icon="undo",
            layout=Layout(width="128px"),
            tooltip="show all samples of the first test set again",
        )
        self.reset.on_click(lambda _: self.clear())
        names = ("test_set", "kind", "true", "predicted", "outcome", "sort")
        self._dropdowns: dict[str, Dropdown] = {name: getattr(self, name) for name in names}
        controls = [*self._dropdowns.values(), self.confidence]
        for control in controls:
            control.observe(lambda _: self._report_change(), "value")
        wrap = Layout(flex_flow="row wrap", align_items="center")
        self.box = VBox([HBox([*controls, self.reset], layout=wrap)])

    @property
    def selection(self) -> Selection:
        """The selection that the controls describe."""
        values: dict[str, Any] = {name: menu.value for name, menu in self._dropdowns.items()}
        low, high = self.confidence.value
        return Selection(**values, confidence=(float(low), float(high)))

    def set_options(self, classes: list[str], test_sets: list[str], *, two_runs: bool) -> None:
        """Replace the options; the current choices stay if they are among the new options.

        Args:
            classes: Class names.
            test_sets: Names of the test sets of the samples. One of them is always selected, by
                default the first, because samples of several are not to be pooled.
            two_runs: Whether two runs are compared; only then do samples have an outcome.
        """
        class_options = [ANY, *((readable_name(name), name) for name in classes)]
        with self._silently():
            _replace_options(self.true, class_options)
            _replace_options(self.predicted, class_options)
            _replace_options(
                self.test_set, [(DOMAIN_LABELS.get(n, readable_name(n)), n) for n in test_sets]
            )
            self.outcome.disabled = not two_runs
            if not two_runs:
                self.outcome.value = ""

    def select_cell(self, true: str, predicted: str) -> None:
        """Select one cell of the confusion matrix, whatever `kind` was chosen before."""
        with self._silently():
            self.true.value, self.predicted.value, self.kind.value = true, predicted, "all"
        self._on_change()

    def clear(self) -> None:
        """Select all samples of the first test set in the default order."""
        with self._silently():
            for dropdown in self._dropdowns.values():
                dropdown.index = 0
            self.confidence.value = (0.0, 1.0)
        self._on_change()

    @contextmanager
    def _silently(self) -> Iterator[None]:
        """Change several controls without calling `on_change` for each."""
        self._is_silent = True
        try:
            yield
        finally:
            self._is_silent = False

    def _report_change(self) -> None:
        if not self._is_silent:
            self._on_change()


def _dropdown(name: str, options: list[tuple[str, str]]) -> Dropdown:
    return Dropdown(
        options=options, value=options[0][1], description=name, layout=Layout(width="272px")
    )


def _replace_options(dropdown: Dropdown, options: list[tuple[str, str]]) -> None:
    previous = dropdown.value
    dropdown.options = options
    values = [value for _, value in options]
    dropdown.index = values.index(previous) if previous in values else 0
