"""Records of what notebooks were executed with, so that a batch executes only what has changed.

A record holds the digest of everything that a stage's notebooks read, and the digest of each file
that they left. A stage is current only if all of these are the same again. Nothing is taken from
the record but the decision not to repeat the stage.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import synthlib
from synthlib.classes import select_classes
from synthlib.params import Params
from synthlib.utils.files import digest, project_dir, write_atomic
from synthlib.utils.processes import SUPERVISOR_VARIABLE

NOT_READ = ("checkpoint.pt", "notebook.ipynb")
"""Files of a run's folder that no other notebook reads."""

_SETTINGS_OF_A_BATCH = ("SYNTHLIB_BATCH", SUPERVISOR_VARIABLE)


@dataclass(frozen=True)
class Stage:
    """A stage of a batch: notebooks that are executed together.

    Attributes:
        record: File with what the stage was last executed with.
        inputs: Digest of everything that its notebooks read now, from `inputs_digest`.
    """

    record: Path
    inputs: str

    def is_current(self) -> bool:
        """True if the stage was executed with the same inputs, and all its files are unchanged."""
        try:
            saved = json.loads(self.record.read_text(encoding="utf-8"))
            inputs, files = saved["inputs"], dict(saved["files"])
        except (OSError, ValueError, KeyError, TypeError):  # no record, or a damaged one
            return False
        folder = self.record.parent
        return (
            inputs == self.inputs
            and len(files) > 0
            and all(_file_digest(folder / name) == value for name, value in files.items())
        )

    def save(self, files: Iterable[Path]) -> None:
        """Record that the stage has been executed, and the files that it left."""
        folder = self.record.parent
        digests = {os.path.relpath(file, folder): _file_digest(file) for file in sorted(files)}
        content = {"inputs": self.inputs, "files": digests}
        write_atomic(self.record, json.dumps(content, indent=1))


def inputs_digest(params: Params, notebooks: Sequence[str], data: Any) -> str:
    """Digest of everything that notebooks read.

    That is the stored notebooks, the parameters and their files, the classes, this package's code,
    the installed packages, the environment variables of synthlib, and `data`.

    Args:
        params: The parameters that the notebooks receive.
        notebooks: Their names, without `.ipynb`.
        data: JSON values that describe the data and the runs that they read.
    """
    project = project_dir()
    package = Path(synthlib.__file__).parent
    code = [file for file in sorted(package.rglob("*")) if "__pycache__" not in file.parts]
    files = [project / "notebooks" / f"{name}.ipynb" for name in notebooks]
    files += sorted((project / "params").rglob("*.yaml")) + [f for f in code if f.is_file()]
    variables = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("SYNTHLIB_") and name not in _SETTINGS_OF_A_BATCH
    }
    installed = {f"{found.name} {found.version}" for found in distributions()}
    content = [
        [[str(file), _file_digest(file)] for file in files],
        params.model_dump(),
        [repr(cls) for cls in select_classes(params.classes)],
        [sys.version, sorted(installed)],
        variables,
        data,
    ]
    return digest(content)


def runs_state(params: Params) -> list[list[Any]]:
    """Path, size and time of every file of a scale's runs that other notebooks read."""
    folder = params.output_dir / "runs" / params.scale
    state = []
    for file in sorted(folder.glob("*/*/seed*/*")):
        if file.name not in NOT_READ and not file.name.startswith("."):
            stat = file.stat()
            state.append([str(file.relative_to(folder)), stat.st_size, stat.st_mtime_ns])
    return state


def _file_digest(file: Path) -> str:
    """SHA-256 of a file; "" if it cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""
