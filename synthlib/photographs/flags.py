"""Samples that a person flagged as wrong: one CSV a scale, whose samples data can exclude.

Columns (`COLUMNS`): `sample` (a photograph's root-relative path, or a render's
`<class>/<instance>/<view>`), `test_set` and `true` class it was seen under, `reason`, `note` and
the `run` it was found with. A sample has one row: flagging it again replaces that row.
"""

from pathlib import Path

import pandas as pd

from synthlib.rendering.plan import render_names
from synthlib.utils.errors import SynthlibError, file_errors
from synthlib.utils.files import write_atomic

FLAG_COLUMNS = ["sample", "test_set", "true", "reason", "note", "run"]

FLAG_REASONS = ("wrong label", "several classes", "object hardly visible", "bad picture", "other")


def read_flags(path: Path) -> pd.DataFrame:
    """The flags of a CSV, text in every column; none where there is no file.

    Raises SynthlibError naming the file and the columns that it lacks.
    """
    if not path.exists():
        return pd.DataFrame(columns=FLAG_COLUMNS, dtype=str)
    try:
        with file_errors(path, "read"):
            table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise SynthlibError(f"{path} is no file of flags: {error}") from error
    lacking = [name for name in FLAG_COLUMNS if name not in table]
    if lacking:
        raise SynthlibError(f"{path} is no file of flags: it lacks the column {', '.join(lacking)}")
    return table[FLAG_COLUMNS]


def add_flag(path: Path, *, sample: str, test_set: str, true: str, reason: str, note: str = "",
        run: str = "") -> pd.DataFrame:  # fmt: skip
    """Flags a sample, in place of what the file said of it; what the file then says.

    Raises ValueError on a reason that is not one of `REASONS`.
    """
    if reason not in FLAG_REASONS:
        raise ValueError(f"reason is {reason!r}; allowed are {', '.join(FLAG_REASONS)}")
    values = [sample, test_set, true, reason, " ".join(note.split()), run]
    row = pd.DataFrame([dict(zip(FLAG_COLUMNS, values, strict=True))])
    table = read_flags(path)
    return _write_flags(path, pd.concat([table[table["sample"] != sample], row], ignore_index=True))


def remove_flag(path: Path, sample: str) -> pd.DataFrame:
    """Takes a sample's flag back; what the file then says."""
    table = read_flags(path)
    return _write_flags(path, table[table["sample"] != sample])


def drop_flagged(table: pd.DataFrame, flagged: pd.DataFrame) -> pd.DataFrame:
    """A table of photographs (column `sample`) or renders (`class`, `instance`, `view`) without
    the flagged ones, its other rows as they were, numbered anew."""
    if "sample" in table:
        names = table["sample"].astype(str)
    else:
        names = pd.Series(render_names(table), table.index, dtype=str)
    return table[~names.isin(set(flagged["sample"]))].reset_index(drop=True)


def _write_flags(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    write_atomic(path, table.to_csv(index=False))
    return table.reset_index(drop=True)
