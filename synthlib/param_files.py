"""Parameters as people write them: the lines of a YAML file, the names of a notebook."""

from collections.abc import Container, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import yaml

from synthlib.classes import yaml_mapping_keys
from synthlib.utils.errors import ParameterError, file_errors


def read_params_yaml(path: Path) -> dict[str, Any]:
    """A params file as a flat dict. Raises SynthlibError on anything else."""
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml"))) or "none"
        raise ParameterError(f"no params file {path}; there are: {known}")
    with file_errors(path, "read"):
        content = path.read_bytes()
    try:
        text = content.decode()
        values, names = yaml.safe_load(text) or {}, yaml_mapping_keys(text)
    except (yaml.YAMLError, ValueError) as error:  # of a number or date that there is not, too
        raise ParameterError(f"{path} is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise ParameterError(f"{path}: expected `key: value` lines, got a {type(values).__name__}")
    if wrong := [key for key in values if not isinstance(key, str)]:
        raise ParameterError(f"{path}: a key is {wrong[0]!r}, which is no parameter's name")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ParameterError(f"{path}: {twice[0]} is there twice")
    nested = [key for key, value in values.items() if isinstance(value, dict)]
    if nested:
        raise ParameterError(f"{path}: {nested[0]} is nested; params are flat scalars or lists")
    return values


def params_in_namespace(
    namespace: Mapping[str, Any], known_names: Container[str]
) -> dict[str, Any]:
    """What a notebook's `globals()` say of parameters: every public scalar or list, so that a
    mistyped name is noticed, and under a `known` name whatever stands there, so that a value of
    a wrong type is refused and not passed over. Modules, functions and classes are no values."""
    return {
        key: _to_yaml_value(value)
        for key, value in namespace.items()
        if not key.startswith("_")
        and key not in {"In", "Out", "exit", "quit"}
        and (isinstance(value, str | int | float | bool | list | type(None)) or key in known_names)
        and not (isinstance(value, ModuleType) or callable(value))
    }


def _to_yaml_value(value: Any) -> Any:
    """A value as YAML would have it: a tuple's list, a path's text, a numpy scalar's number."""
    if isinstance(value, tuple | list):
        return [_to_yaml_value(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, Path) else value
