"""What a step of curation did, in numbers that a digest takes and a JSON file holds."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from synthlib.files import digest
from synthlib.utils.errors import ParameterError


@dataclass(frozen=True)
class CurationRecord:
    """One step: its name, its parameters (JSON's scalars), and what became of the training rows.

    `classes`: a dict a class, by name: class, renders_kept, renders_dropped, instances_kept,
    instances_dropped (instances none of whose views is left). `result` is the digest of the
    training renders that are left: their files and contents.
    """

    step: str
    parameters: dict[str, Any]
    classes: tuple[dict[str, Any], ...]
    result: str

    @property
    def digest(self) -> str:
        """12 hex digits: the same for the same step with the same result."""
        return digest(asdict(self))

    def class_table(self) -> pd.DataFrame:
        """`classes` as a table, a row a class and one for all."""
        table = pd.DataFrame(list(self.classes), columns=["class", *_COUNT_COLUMNS])
        table.loc[len(table)] = ["all", *table[_COUNT_COLUMNS].sum()]
        return table


@dataclass(frozen=True)
class CurationResult:
    """A manifest, its rows numbered anew, and how it came about: a record a step, in their order.

    `duplicates`: the near-duplicates that were dropped, as `dropping.near_duplicates` names them.
    """

    manifest: pd.DataFrame
    records: tuple[CurationRecord, ...]
    duplicates: pd.DataFrame

    @property
    def digest(self) -> str:
        """12 hex digits: of all the records."""
        return digest([asdict(record) for record in self.records])

    def dropped_table(self) -> pd.DataFrame:
        """What became of the training renders: column step, then those of `Record.table`."""
        tables = [record.class_table() for record in self.records]
        steps = [record.step for record in self.records]
        for table, step in zip(tables, steps, strict=True):
            table.insert(0, "step", step)
        empty = pd.DataFrame(columns=["step", "class", *_COUNT_COLUMNS])
        return pd.concat(tables, ignore_index=True) if tables else empty


_COUNT_COLUMNS = ["renders_kept", "renders_dropped", "instances_kept", "instances_dropped"]


def record_step(
    step: str, before: pd.DataFrame, after: pd.DataFrame, **parameters: Any
) -> CurationRecord:
    """The record of a step that made manifest `after` of `before`.

    Raises ParameterError naming a class that has training renders before and none after.
    """
    had, has = (_training_counts(table) for table in (before, after))
    rows = []
    for cls, (renders, instances) in sorted(had.items()):
        if cls not in has:
            raise ParameterError(
                f"{step} with {parameters} leaves no training render of class {cls}; choose milder "
                "parameters"
            )
        kept, left = has[cls]
        counts = (kept, max(0, renders - kept), left, max(0, instances - left))
        rows.append({"class": cls} | dict(zip(_COUNT_COLUMNS, counts, strict=True)))
    train = after[after["split"] == "train"].sort_values("file")
    return CurationRecord(
        step, parameters, tuple(rows), digest(train[["file", "sha256"]].values.tolist())
    )


def _training_counts(table: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Training renders and instances, by class."""
    train = table[table["split"] == "train"]
    return {
        str(cls): (len(part), part["instance"].nunique())
        for cls, part in train.groupby("class", sort=True)
    }
