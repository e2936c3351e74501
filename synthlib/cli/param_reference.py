"""Reference of the parameters: types and ranges, defaults, descriptions, the files that set them.

Types, ranges and defaults come from the fields of `params.Params`, descriptions from
`param_descriptions.yaml` in this folder.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from synthlib import params as parameters
from synthlib.params import Params
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import project_dir
from synthlib.utils.suggestions import did_you_mean
from synthlib.utils.validation import NumberList

_DESCRIPTIONS = Path(__file__).with_name("param_descriptions.yaml")


@dataclass(frozen=True)
class ParamInfo:
    """A parameter.

    Attributes:
        name: Its key.
        group: Title of its group.
        default: Its default as YAML; "" if it has none.
        allowed: Its type and range, as text.
        description: One or more sentences, of which the first is enough for a list.
        changes_results: True if runs with different values have different digests.
    """

    name: str
    group: str
    default: str
    allowed: str
    description: str
    changes_results: bool

    @property
    def summary(self) -> str:
        """The first sentence of the description."""
        return self.description.partition(". ")[0].removesuffix(".") + "."


@functools.cache
def describe_params() -> dict[str, ParamInfo]:
    """All parameters by name, in the order of their groups.

    Examples:
        >>> describe_params()["epochs"].allowed
        'integer, 1 or more'
    """
    groups = yaml.safe_load(_DESCRIPTIONS.read_text("utf-8"))
    schemas = Params.model_json_schema()["properties"]
    infos = {}
    for group, descriptions in groups.items():
        for name, description in descriptions.items():
            field = Params.model_fields[name]
            default = ""
            if not field.is_required():
                default = value_text(field.get_default(call_default_factory=True))
            lists = [rule.allowed for rule in field.metadata if isinstance(rule, NumberList)]
            allowed = lists[0] if lists else _allowed_text(schemas[name])
            changes_results = name not in parameters.NON_RESULT_PARAMETERS
            infos[name] = ParamInfo(name, group, default, allowed, description, changes_results)
    return infos


def describe_param(name: str) -> ParamInfo:
    """The parameter of a name.

    Raises:
        ParameterError: There is none; the message names similar ones.
    """
    infos = describe_params()
    if name not in infos:
        containing = [known for known in infos if name and name in known]
        advice = f"parameters with it in their name: {', '.join(containing)}; " * bool(containing)
        raise ParameterError(
            f"unknown parameter {name!r}; {did_you_mean(name, infos) or advice}"
            "`synthlib params` lists all"
        )
    return infos[name]


def files_that_set(name: str) -> dict[str, str]:
    """The files of the study that set a parameter.

    Returns:
        The value as YAML by file, named from the study's folder; scales come first, then protocols
        and experiments.

    Raises:
        ParameterError: A file is malformed, or there is no study folder.
        FileError: A file cannot be read.
    """
    return {
        file: value_text(values[name])
        for file, values in _values_by_file(project_dir()).items()
        if name in values
    }


@functools.cache
def _values_by_file(folder: Path) -> dict[str, dict[str, Any]]:
    """Values by parameter by file of a study, read once per process."""
    kinds = ("scales", "protocols", "experiments")
    paths = [path for kind in kinds for path in sorted((folder / "params" / kind).rglob("*.yaml"))]
    return {
        path.relative_to(folder).as_posix(): parameters.read_params_yaml(path) for path in paths
    }


def source_of(name: str, params: Params) -> str:
    """The file that gives a run the value of a parameter; "the default" if none does.

    A value that the user gave in place of all files is not noticed.

    Args:
        name: The parameter.
        params: The run's parameters.
    """
    experiment = params.experiment.partition("@")[0]
    domains = parameters.domains_of(params.model_dump())
    protocol = f"protocols/{params.protocol}"
    files = (
        f"experiments/{experiment}",
        *(
            f"{protocol}/{folder}{kind}"
            for kind in (experiment, domains, "all")
            for folder in (f"{params.scale}/", "")
        ),
        f"scales/{params.scale}",
    )
    setting = files_that_set(name)
    paths = [f"params/{file}.yaml" for file in files]
    return next((path for path in paths if path in setting), "the default")


def value_text(value: Any) -> str:
    """A value as `--set` and parameter files take it.

    Examples:
        >>> value_text(["real", "dev"]), value_text(1.0), value_text("")
        ('[real, dev]', '1.0', '""')
    """
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    return value if value and isinstance(value, str) else json.dumps(value)


def _allowed_text(schema: Mapping[str, Any]) -> str:
    """The type and range that a JSON schema allows, as text."""
    if "anyOf" in schema:  # a type or null
        return " or ".join(map(_allowed_text, schema["anyOf"]))
    if "enum" in schema:
        *others, last = schema["enum"]
        return f"{', '.join(others)} or {last}"
    kind = schema["type"]
    if kind == "array":
        item = _allowed_text(schema["items"])
        least = schema.get("minItems", 0)
        return f"list of {item}" + (f"; {least} or more" if least else "")
    names = {"boolean": "true or false", "string": "text"}
    return f"{names.get(kind, kind)}{_range_text(schema)}"


def _range_text(schema: Mapping[str, Any]) -> str:
    """The range of a number, beginning with a comma; "" if it has none."""
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    parts = [
        "" if low is None else f"{low:g} or more",
        "" if above is None else f"above {above:g}",
        "" if high is None else f"at most {high:g}",
        "" if below is None else f"below {below:g}",
    ]
    if low is not None and high is not None:
        parts = [f"{low:g} to {high:g}"]
    return "".join(f", {part}" for part in parts if part)
