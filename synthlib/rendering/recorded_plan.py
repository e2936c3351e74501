"""The instances of a plan, recorded in its store, so that it can be planned without its models.

Which instances a plan has follows from the model files. A store that was fetched from elsewhere
(`synthlib fetch renders`) has a file `plan-<key>.json` that lists them instead, where the key is a
digest of the classes, their number of instances and the kind of assets.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from synthlib.assets.instances import Instance
from synthlib.utils.errors import file_errors
from synthlib.utils.files import digest

_LOCAL = ("model_file", "model_folder")
"""Attributes of an instance that are paths of the machine."""


def plan_file(classes: Sequence[str], instances: int, assets: str) -> str:
    """Name of the file with the instances of a plan; arguments as for `plan_renders`."""
    return f"plan-{digest([list(classes), instances, assets])}.json"


def plan_record(instances: Iterable[Instance]) -> bytes:
    """Content of the file with a plan's instances, without paths of this machine."""
    records = [
        {name: value for name, value in asdict(instance).items() if name not in _LOCAL}
        for instance in instances
    ]
    return (json.dumps(records, indent=1) + "\n").encode()


def recorded_plans(outputs: Path, name: str) -> Iterator[tuple[Path, tuple[Instance, ...]]]:
    """Iterate over the stores of an outputs folder that record a plan, with its instances.

    Args:
        outputs: The outputs folder.
        name: Name of the plan's file, from `plan_file`.

    Raises:
        FileError: If a file cannot be read.
    """
    for path in sorted((outputs / "renders").glob(f"*/{name}")):
        with file_errors(path, "read"):
            content = path.read_bytes()
        try:
            records = json.loads(content)
            instances = tuple(_instance(record) for record in records)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue  # damaged: the store is planned as if it had no such file
        yield path.parent, instances


def _instance(record: dict) -> Instance:
    """An instance of a file that is not trusted: its names are parts of paths.

    Raises:
        ValueError: If a name cannot be a folder's.
    """
    for name in (record["cls"], record["name"]):
        if not re.fullmatch(r"\w[\w.-]*", name):
            raise ValueError(f"name {name!r}")
    turn = tuple(float(angle) for angle in record["turn"])
    return Instance(**record | {"turn": turn, "model_file": None, "model_folder": None})
