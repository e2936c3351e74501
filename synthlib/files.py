"""Digests, and files that are there whole or not at all."""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

_PATH = re.compile(r"(?<![\w<.:/])/(?:[A-Za-z_][\w.-]*)/[\w./-]*")


def digest(content: Any) -> str:
    """First 12 hex digits of SHA-256 over canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def refuse_paths(name: str, text: str) -> None:
    """Raises ValueError if a text that is to be published names an absolute path."""
    found = _PATH.search(text)
    if found:
        raise ValueError(f"{name} would name a path of this machine: {found[0]}")


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write a file so that it is there whole or not at all: temporary file, fsync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
