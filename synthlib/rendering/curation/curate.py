"""The steps of curation, their records and their files (thesis 4.3.2).

A step drops training renders from a manifest: near-duplicate instances, then sparse views. Each
step is recorded in numbers that JSON can hold and a digest can name.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from synthlib.rendering.curation.near_duplicates import find_near_duplicates, view_hashes
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import digest, write_atomic

_COUNT_COLUMNS = ["renders_kept", "renders_dropped", "instances_kept", "instances_dropped"]


@dataclass(frozen=True)
class CurationRecord:
    """One step of curation and its effect on the training renders.

    Attributes:
        step: The step's name.
        parameters: Its parameters, scalars of JSON.
        classes: One dict per class, sorted by class: class, renders_kept, renders_dropped,
            instances_kept and instances_dropped (instances that have no view left).
        result: Digest of the files and contents of the training renders that are left.
    """

    step: str
    parameters: dict[str, Any]
    classes: tuple[dict[str, Any], ...]
    result: str

    @property
    def digest(self) -> str:
        """12 hex digits, equal for the same step with the same result."""
        return digest(asdict(self))

    def class_table(self) -> pd.DataFrame:
        """`classes` as a table with one row per class and one named "all"."""
        table = pd.DataFrame(list(self.classes), columns=["class", *_COUNT_COLUMNS])
        table.loc[len(table)] = ["all", *table[_COUNT_COLUMNS].sum()]
        return table


@dataclass(frozen=True)
class CurationResult:
    """A curated manifest and how it was made.

    Attributes:
        manifest: The rows that are left, with a new index.
        records: One record per step, in order.
        duplicates: The near-duplicates that were dropped, as `find_near_duplicates` returns them.
    """

    manifest: pd.DataFrame
    records: tuple[CurationRecord, ...]
    duplicates: pd.DataFrame

    @property
    def digest(self) -> str:
        """12 hex digits that name all records."""
        return digest([asdict(record) for record in self.records])

    def dropped_table(self) -> pd.DataFrame:
        """Training renders kept and dropped: column step, then `CurationRecord.class_table`."""
        tables = [pd.DataFrame(columns=["step", "class", *_COUNT_COLUMNS])]
        for record in self.records:
            table = record.class_table()
            table.insert(0, "step", record.step)
            tables.append(table)
        return pd.concat(tables[1:] or tables, ignore_index=True)


def curate_manifest(
    manifest: pd.DataFrame,
    hashes: pd.DataFrame | None = None,
    *,
    near_duplicate_bits: float = 0,
    min_coverage: float = 0.0,
) -> CurationResult:
    """Drop near-duplicate training instances, then sparse training views.

    Args:
        manifest: From `read_manifest`.
        hashes: From `view_hashes` of this manifest; needed only if `near_duplicate_bits` is not 0.
        near_duplicate_bits: As in `find_near_duplicates`; 0 keeps near-duplicates.
        min_coverage: As in `drop_sparse_views`; 0 keeps sparse views.

    Returns:
        The manifest that is left, one record per step, and the near-duplicates.

    Raises:
        ParameterError: If a class has no training render left; the message names it.
        ValueError: If a parameter is out of range, or hashes are needed and not given.

    Examples:
        >>> table = read_manifest(plan)
        >>> curated = curate_manifest(
        ...     table, view_hashes(table, plan.store), near_duplicate_bits=6, min_coverage=0.05
        ... )
        >>> curated.dropped_table()
    """
    table = manifest
    records = []
    duplicates = pd.DataFrame(columns=["class", "instance", "duplicate_of", "bits"])
    if near_duplicate_bits:
        if hashes is None:
            raise ValueError("near_duplicate_bits is above 0, so a table of hashes is needed")
        duplicates = find_near_duplicates(table, hashes, near_duplicate_bits)
        after = drop_instances(table, duplicates)
        parameters = {"near_duplicate_bits": near_duplicate_bits}
        records.append(record_step("drop_near_duplicates", table, after, **parameters))
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
    """Curate a manifest, with the hashes of its store, which are computed if they are missing.

    Arguments and errors are those of `view_hashes` and `curate_manifest`.
    """
    hashes = view_hashes(manifest, store, progress=progress) if near_duplicate_bits else None
    return curate_manifest(
        manifest, hashes, near_duplicate_bits=near_duplicate_bits, min_coverage=min_coverage
    )


def drop_sparse_views(manifest: pd.DataFrame, min_coverage: float) -> pd.DataFrame:
    """Drop the training renders with a coverage below `min_coverage`, in [0, 1].

    Coverage is the share of pixels that the object covers by more than half (Figure 21).
    """
    if not 0 <= min_coverage <= 1:
        raise ValueError(f"min_coverage is {min_coverage!r}; expected a share in [0, 1]")
    return manifest[(manifest["split"] != "train") | (manifest["coverage"] >= min_coverage)]


def drop_instances(manifest: pd.DataFrame, instances: pd.DataFrame) -> pd.DataFrame:
    """Drop the instances of a table with columns class and instance from a manifest."""
    dropped = pd.MultiIndex.from_frame(instances[["class", "instance"]])
    return manifest[~pd.MultiIndex.from_frame(manifest[["class", "instance"]]).isin(dropped)]


def record_step(
    step: str, before: pd.DataFrame, after: pd.DataFrame, **parameters: Any
) -> CurationRecord:
    """Summarise a step that turned manifest `before` into manifest `after`.

    Raises:
        ParameterError: If a class has training renders before and none after.
    """
    counts_after = _training_counts(after)
    rows = []
    for cls, (renders, instances) in sorted(_training_counts(before).items()):
        if cls not in counts_after:
            raise ParameterError(
                f"{step} with {parameters} leaves no training render of class {cls}; choose milder "
                "parameters"
            )
        renders_left, instances_left = counts_after[cls]
        rows.append(
            {
                "class": cls,
                "renders_kept": renders_left,
                "renders_dropped": max(0, renders - renders_left),
                "instances_kept": instances_left,
                "instances_dropped": max(0, instances - instances_left),
            }
        )
    train = after[after["split"] == "train"].sort_values("file")
    result = digest(train[["file", "sha256"]].values.tolist())
    return CurationRecord(step, parameters, tuple(rows), result)


def _training_counts(table: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Numbers of training renders and instances by class."""
    train = table[table["split"] == "train"]
    return {
        str(cls): (len(part), part["instance"].nunique())
        for cls, part in train.groupby("class", sort=True)
    }


def write_curation(curated: CurationResult, store: Path) -> None:
    """Write the manifest that is left to `curated.parquet` and the records to `curation.json`.

    `curation.json` also holds the near-duplicates and the SHA-256 of `curated.parquet`: the two
    files belong together if that agrees.

    Raises:
        FileError: If the store cannot be written to.
    """
    manifest = curated.manifest.to_parquet(index=False)
    content = {
        "curated_sha256": hashlib.sha256(manifest).hexdigest(),
        "digest": curated.digest,
        "steps": [asdict(record) | {"digest": record.digest} for record in curated.records],
        "near_duplicates": curated.duplicates.to_dict("records"),
    }
    write_atomic(store / "curated.parquet", manifest)
    write_atomic(store / "curation.json", json.dumps(content, indent=1) + "\n")
