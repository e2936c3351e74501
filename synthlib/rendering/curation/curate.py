"""What a step of curation did, in numbers that a digest takes and a JSON file holds.

The steps of a store's curation in their order, each recorded, and their files (thesis 4.3.2).
"""

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from synthlib.rendering.curation.near_duplicates import (
    drop_instances,
    drop_sparse_views,
    find_near_duplicates,
    view_hashes,
)
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import digest, write_atomic


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


def curate_manifest(
    manifest: pd.DataFrame,
    hashes: pd.DataFrame | None = None,
    *,
    near_duplicate_bits: float = 0,
    min_coverage: float = 0.0,
) -> CurationResult:
    """Drops near-duplicate instances, then sparse views; 0 turns a step off.

    `hashes` is the table of `view_hashes`, needed for the first step. Raises ValueError if it is
    not given then, or naming a class that would have no training render left.
    """
    table, records = manifest, []
    duplicates = pd.DataFrame(columns=["class", "instance", "duplicate_of", "bits"])
    if near_duplicate_bits:
        if hashes is None:
            raise ValueError("near_duplicate_bits is above 0, so a table of hashes is needed")
        duplicates = find_near_duplicates(table, hashes, near_duplicate_bits)
        after = drop_instances(table, duplicates)
        about = {"near_duplicate_bits": near_duplicate_bits}
        records.append(record_step("drop_near_duplicates", table, after, **about))
        table = after
    if min_coverage:
        after = drop_sparse_views(table, min_coverage)
        records.append(record_step("drop_sparse", table, after, min_coverage=min_coverage))
        table = after
    return CurationResult(table.reset_index(drop=True), tuple(records), duplicates)


def curate_store(
    manifest: pd.DataFrame,
    store: Path,
    near_duplicate_bits: float = 0,
    min_coverage: float = 0.0,
    *,
    progress: bool = True,
) -> CurationResult:
    """`curate`, with the hashes that it needs from the store, where they are made if missing."""
    hashes = view_hashes(manifest, store, progress=progress) if near_duplicate_bits else None
    return curate_manifest(
        manifest, hashes, near_duplicate_bits=near_duplicate_bits, min_coverage=min_coverage
    )


def write_curation(curated: CurationResult, store: Path) -> None:
    """Writes `curated.parquet`, the manifest of what is left, then `curation.json` to the store.

    The second names the first's SHA-256: while the two agree, they belong together. It holds the
    records and the near-duplicates. Raises FileError if the store cannot be written.
    """
    table = io.BytesIO()
    curated.manifest.to_parquet(table, index=False)
    content = {
        "curated_sha256": hashlib.sha256(table.getvalue()).hexdigest(),
        "digest": curated.digest,
        "steps": [asdict(record) | {"digest": record.digest} for record in curated.records],
        "near_duplicates": curated.duplicates.to_dict("records"),
    }
    write_atomic(store / "curated.parquet", table.getvalue())
    write_atomic(store / "curation.json", json.dumps(content, indent=1) + "\n")
