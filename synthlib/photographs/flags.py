"""Samples that a person flagged as wrong: one CSV per scale, whose samples can be left out of data.

Columns (`FLAG_COLUMNS`): `sample` (a photograph's path relative to the data root, or a render's
"<class>/<instance>/<view>"), the `test_set` and `true` class it was shown with, `reason`, `note`,
and the `run` in which it was noticed. A sample has at most one row.
"""

from pathlib import Path

import pandas as pd

from synthlib.rendering.manifest import render_names
from synthlib.utils.errors import SynthlibError, file_errors
from synthlib.utils.files import write_atomic

FLAG_COLUMNS = ["sample", "test_set", "true", "reason", "note", "run"]

FLAG_REASONS = ("wrong label", "several classes", "object hardly visible", "bad image", "other")


def read_flags(path: Path) -> pd.DataFrame:
    """Read the flags of a CSV: text in `FLAG_COLUMNS`, no rows if the file does not exist.

    Raises:
        SynthlibError: If the file cannot be read or columns are missing.
    """
    if not path.exists():
        return pd.DataFrame(columns=FLAG_COLUMNS, dtype=str)
    try:
        with file_errors(path, "read"):
            table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise SynthlibError(f"{path} is not a file of flags: {error}") from error
    missing = [name for name in FLAG_COLUMNS if name not in table]
    if missing:
        raise SynthlibError(f"{path} is not a file of flags: it has no column {', '.join(missing)}")
    return table[FLAG_COLUMNS]


def add_flag(
    path: Path,
    *,
    sample: str,
    test_set: str,
    true: str,
    reason: str,
    note: str = "",
    run: str = "",
) -> pd.DataFrame:
    """Flag a sample, in place of an earlier flag; the arguments are the file's columns.

    Returns:
        All flags of the file.

    Raises:
        ValueError: If `reason` is not in `FLAG_REASONS`.
    """
    if reason not in FLAG_REASONS:
        raise ValueError(f"reason is {reason!r}; allowed are {', '.join(FLAG_REASONS)}")
    values = [sample, test_set, true, reason, " ".join(note.split()), run]
    row = pd.DataFrame([dict(zip(FLAG_COLUMNS, values, strict=True))])
    table = read_flags(path)
    return _write_flags(path, pd.concat([table[table["sample"] != sample], row], ignore_index=True))


def remove_flag(path: Path, sample: str) -> pd.DataFrame:
    """Remove a sample's flag, if it has one; return the other flags."""
    table = read_flags(path)
    return _write_flags(path, table[table["sample"] != sample])


def _write_flags(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    write_atomic(path, table.to_csv(index=False))
    return table.reset_index(drop=True)


def drop_flagged(table: pd.DataFrame, flagged: pd.DataFrame) -> pd.DataFrame:
    """Drop flagged samples from a table.

    Args:
        table: Photographs (column sample) or renders (class, instance, view).
        flagged: From `read_flags`.

    Returns:
        The other rows, unchanged and in their order, with a new index.
    """
    if "sample" in table:
        names = table["sample"].astype(str)
    else:
        names = pd.Series(render_names(table), table.index, dtype=str)
    return table[~names.isin(set(flagged["sample"]))].reset_index(drop=True)
