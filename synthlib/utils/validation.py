"""Checks of values by pydantic, and a sentence for each value that they refuse."""

import functools
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar, dataclass_transform

from pydantic import BeforeValidator, ConfigDict, Strict, StringConstraints, ValidationError
from pydantic.dataclasses import dataclass

from synthlib.utils.errors import ParameterError

Range = Annotated[tuple[float, float], Strict(False)]
"""Least and most, as a tuple or as a YAML file's list."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def validated_dataclass(cls: type[T]) -> type[T]:
    """Makes a frozen dataclass that checks its values, strictly: no unknown key, no value of
    another type, no infinity. It raises ParameterError with a sentence for each that is wrong."""
    strict = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    made: Any = dataclass(cls, config=strict, frozen=True)
    init, known = made.__init__, made.__pydantic_fields__
    allowed = [info.alias or name for name, info in known.items()]

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **given: Any) -> None:
        try:
            init(self, *args, **given)
        except ValidationError as error:
            raise ParameterError("\n".join(validation_sentences(error, allowed))) from None

    made.__init__ = __init__
    return made


def number_list(form: str, low: float, high: float, apart: float | None = None) -> BeforeValidator:
    """A check of a list or tuple of numbers.

    Args:
        form: Their names, as "[least, most]".
        low: Least that each may be.
        high: Most that each may be.
        apart: If given, no number is below the one before it, and the last is this much above the
            first, or more.
    """
    more = f", the last {apart:g} or more above the first" if apart else ""
    words = f"expected {form}, numbers within {low:g} and {high:g}{more}"

    def check(given: Any) -> Any:
        whole = isinstance(given, list | tuple) and len(given) == form.count(",") + 1
        if not whole or not all(type(v) in (int, float) and low <= v <= high for v in given):
            raise ValueError(words)
        if apart is not None and (list(given) != sorted(given) or given[-1] - given[0] < apart):
            raise ValueError(words)
        return given

    return BeforeValidator(check)


def validation_sentences(
    error: ValidationError, allowed: Iterable[str] = (), unknown: str = "unknown key"
) -> list[str]:
    """One sentence for each key whose value pydantic refused.

    Args:
        error: What it raised.
        allowed: The keys that there are, named where one is unknown.
        unknown: Opening words where a key is not among `allowed`.
    """
    found: dict[str, str] = {}
    for problem in error.errors():
        key, value = str(next(iter(problem["loc"]), "")), problem["input"]
        message = problem["msg"].removeprefix("Value error, ").replace(" after validation", "")
        message = message.replace("tuple", "list").replace("Tuple", "list")  # YAML has lists alone
        if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            message = f"{unknown} (value {value!r}); allowed: {', '.join(allowed)}"
        elif problem["type"] == "missing":
            message = "missing, and it has no default"
        elif key:
            hint = "; digits in quotes are one" if problem["type"] == "string_type" else ""
            message = f"got {value!r}; {message[0].lower()}{message[1:]}{hint}"
        found.setdefault(key, f"{key}: {message}" if key else message)
    return list(found.values())
