"""Reading and validation of users' values, with one sentence for each fault."""

import dataclasses
import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar, dataclass_transform

import yaml
from pydantic import BeforeValidator, ConfigDict, Strict, StringConstraints, ValidationError
from pydantic.dataclasses import dataclass

from synthlib.utils.errors import ParameterError
from synthlib.utils.files import read_text
from synthlib.utils.suggestions import allowed_names, did_you_mean

Range = Annotated[tuple[float, float], Strict(False)]
"""A range [minimum, maximum], given as a tuple or as a list of a YAML file."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""A text that is not empty; blanks around it are removed."""

T = TypeVar("T")


def read_yaml_mapping(path: Path, form: str) -> dict[Any, Any]:
    """Read a YAML file that must be a mapping; an empty file gives an empty one.

    Args:
        path: The file.
        form: Form of the entries, for the message about another content.

    Raises:
        ParameterError: The file is not UTF-8, not YAML or not a mapping, or has a repeated key.
        FileError: The file cannot be read.
    """
    text = read_text(path)
    try:
        mapping = yaml.safe_load(text)
        node = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible number or date
        raise ParameterError(f"{path} is not YAML: {error}") from error
    if mapping is None:
        return {}
    if not isinstance(mapping, dict):
        raise ParameterError(f"{path}: expected {form}, got a {type(mapping).__name__}")
    # the mapping itself has only the last of repeated keys
    keys = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    if repeated := [key for key in keys if keys.count(key) > 1]:
        raise ParameterError(f"{path}: {repeated[0]} is there twice")
    return mapping


@dataclass_transform(frozen_default=True)
def validated_dataclass(cls: type[T]) -> type[T]:
    """Make a class a frozen dataclass that validates its values.

    Validation is strict: no unknown key, no value of another type, no infinity. The constructor
    raises ParameterError with one line for each wrong value.

    Examples:
        >>> @validated_dataclass
        ... class Lens:
        ...     focal_length: float = 50.0
    """
    strict = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    validated: Any = dataclass(cls, config=strict, frozen=True)
    init = validated.__init__
    allowed = [info.alias or name for name, info in validated.__pydantic_fields__.items()]

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            init(self, *args, **kwargs)
        except ValidationError as error:
            raise ParameterError("\n".join(validation_sentences(error, allowed))) from None

    validated.__init__ = __init__
    return validated


@dataclasses.dataclass(frozen=True)
class NumberList(BeforeValidator):
    """A pydantic validator of a list of numbers, from `number_list`.

    Attributes:
        allowed: The lists that it allows, as text.
    """

    allowed: str = ""


def number_list(form: str, low: float, high: float, min_width: float | None = None) -> "NumberList":
    """A pydantic validator of a list or tuple of numbers.

    Args:
        form: Names of the numbers, as "[least, most]"; they also fix how many there are.
        low: Least allowed value of each number.
        high: Greatest allowed value of each number.
        min_width: If given, the numbers must ascend, and the last must exceed the first by at
            least this much; 0 allows equal numbers.
    """
    width = f", the last {min_width:g} or more above the first" if min_width else ""
    allowed = f"{form}, numbers within {low:g} and {high:g}{width}"
    expected = f"expected {allowed}"

    def check(numbers: Any) -> Any:
        if not isinstance(numbers, list | tuple) or len(numbers) != form.count(",") + 1:
            raise ValueError(expected)
        if not all(type(v) in (int, float) and low <= v <= high for v in numbers):
            raise ValueError(expected)
        if min_width is not None and (
            list(numbers) != sorted(numbers) or numbers[-1] - numbers[0] < min_width
        ):
            raise ValueError(expected)
        return numbers

    return NumberList(check, allowed=allowed)


def validation_sentences(
    error: ValidationError,
    allowed: Iterable[str] = (),
    unknown: str = "unknown key",
    reference: str = "",
) -> list[str]:
    """Write one sentence for each key whose value pydantic refused.

    Args:
        error: The error that pydantic raised.
        allowed: All known keys, for the sentence about an unknown one.
        unknown: First words of the sentence about an unknown key.
        reference: Where the known keys are listed, if they are too many for a sentence.

    Returns:
        The sentences, each beginning with its key; of a key with several faults only the first.
    """
    sentences: dict[str, str] = {}
    for problem in error.errors():
        key, value = str(next(iter(problem["loc"]), "")), problem["input"]
        message = problem["msg"].removeprefix("Value error, ").replace(" after validation", "")
        message = message.replace("tuple", "list").replace("Tuple", "list")  # YAML has no tuples
        if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            known = did_you_mean(key, allowed) + reference if reference else None
            message = f"{unknown} (value {value!r}); {known or allowed_names(key, allowed)}"
        elif problem["type"] == "missing":
            message = "missing, and it has no default"
        elif key:
            hint = "; digits in quotes are one" if problem["type"] == "string_type" else ""
            message = f"got {value!r}; {message[0].lower()}{message[1:]}{hint}"
            if problem["type"] == "literal_error" and isinstance(value, str):
                values = re.findall(r"'([^']*)'", problem["msg"])
                message = f"{message}; {did_you_mean(value, values)}".rstrip("; ")
        sentences.setdefault(key, f"{key}: {message}" if key else message)
    return list(sentences.values())
