"""State of the controls that filter and sort the samples of an explorer, and their HTML."""

from dataclasses import dataclass
from typing import Any, get_args

from synthlib.inspection.sample_table import (
    OUTCOMES,
    FlagFilter,
    PredictedBy,
    SampleKind,
    Selection,
    SortOrder,
)
from synthlib.reporting.figures.style import DOMAIN_LABELS, readable_name
from synthlib.utils.errors import SynthlibError
from synthlib.widgets import html

ANY = ("any", "")
"""Label and value of the option without a filter."""

Options = list[tuple[str, str]]
"""Label and value of each option of a list."""

TWO_RUN_FILTERS = ("outcome", "predicted_by")
"""Filters that need a second run."""


@dataclass
class Control:
    """A list of options, or a text field if it has none.

    Attributes:
        label: Its name for people.
        options: Label and value of each option.
        value: Value of the chosen option, or the text.
        is_disabled: Whether it can be changed.
        kind: Type of an HTML input; empty: a list of options.
    """

    label: str
    options: Options
    value: str = ""
    is_disabled: bool = False
    kind: str = ""

    def replace_options(self, options: Options) -> None:
        """Replace the options; the current choice stays if it is among them."""
        self.options = options
        values = [value for _, value in options]
        self.value = self.value if self.value in values else values[0]


class Filters:
    """Controls of a `Selection`, by the names of its fields.

    Attributes:
        controls: The controls; `confidence` is one for each end of its range, in percent.
    """

    def __init__(self) -> None:
        sorts = [(f"{name} first", name) for name in get_args(SortOrder)]
        flagged = [(name or "any", name) for name in get_args(FlagFilter)]
        self.controls = {
            "test_set": Control("test set", [ANY]),  # until `set_options`
            "kind": _list("show", get_args(SampleKind)),
            "true": Control("true class", [ANY]),
            "predicted": Control("predicted", [ANY]),
            "predicted_by": _list("matrix of", get_args(PredictedBy)),
            "outcome": Control("outcome", [ANY, *((name, name) for name in OUTCOMES)]),
            "flagged": Control("flags", flagged),
            "low": Control("conf. ≥ %", [], "0", kind="number"),
            "high": Control("conf. ≤ %", [], "100", kind="number"),
            "name": Control("name contains", [], kind="search"),
            "sort": Control("sort by", sorts, sorts[0][1]),
        }
        self.controls["predicted_by"].options = [
            ("run A", "A"),
            ("run B", "B"),
            ("B minus A", "only one"),
        ]

    def __getitem__(self, name: str) -> str:
        """The value of a control."""
        return self.controls[name].value

    @property
    def selection(self) -> Selection:
        """The selection that the controls describe.

        Raises:
            SynthlibError: The confidence is not a number.
        """
        values: dict[str, Any] = {name: control.value for name, control in self.controls.items()}
        ends = values.pop("low"), values.pop("high")
        try:
            low, high = (float(end) / 100 for end in ends)
        except ValueError as error:
            raise SynthlibError(
                f"confidence from {ends[0]!r} to {ends[1]!r}: give two numbers from 0 to 100"
            ) from error
        return Selection(**values, confidence=(low, high))

    def set(self, **values: str) -> None:
        """Set controls.

        Raises:
            ValueError: A value is not among a list's options.
        """
        for name, value in values.items():
            control = self.controls[name]
            if control.options and value not in [option for _, option in control.options]:
                raise ValueError(f"{name}: {value!r} is not among {control.options}")
            control.value = value

    def set_options(self, classes: list[str], test_sets: list[str], *, two_runs: bool) -> None:
        """Replace the options; the current choices stay if they are among the new options.

        Args:
            classes: Class names.
            test_sets: Names of the test sets of the samples. One of them is always selected, by
                default the first, because samples of several are not to be pooled.
            two_runs: Whether two runs are compared; only then do samples have an outcome.
        """
        class_options = [ANY, *((readable_name(name), name) for name in classes)]
        self.controls["true"].replace_options(class_options)
        self.controls["predicted"].replace_options(class_options)
        self.controls["test_set"].replace_options(
            [(DOMAIN_LABELS.get(name, readable_name(name)), name) for name in test_sets]
        )
        for name in TWO_RUN_FILTERS:
            self.controls[name].is_disabled = not two_runs
        sorts = [s for s in get_args(SortOrder) if two_runs or s != "largest disagreement"]
        self.controls["sort"].replace_options([(f"{name} first", name) for name in sorts])
        if not two_runs:
            for name in TWO_RUN_FILTERS:
                self._reset(name)

    def select_cell(self, true: str, predicted: str) -> None:
        """Select one cell of the confusion matrix, whatever `kind` was chosen before."""
        self.set(true=true, predicted=predicted, kind="all")

    def clear(self) -> None:
        """Select all samples of the first test set in the default order."""
        for name in self.controls:
            self._reset(name)

    def html(self) -> str:
        """The controls, except for those next to the matrix."""
        shown = {name: c for name, c in self.controls.items() if name != "predicted_by"}
        return html.render("explorer.html.j2", "filters", shown)

    def _reset(self, name: str) -> None:
        control = self.controls[name]
        text = "100" if name == "high" else "0" if name == "low" else ""
        control.value = control.options[0][1] if control.options else text


def _list(label: str, names: tuple[str, ...]) -> Control:
    return Control(label, [(name, name) for name in names], names[0])
