"""The steps of a store's curation in their order, each recorded, and their files (thesis 4.3.2)."""

import hashlib
import io
import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from synthlib.curation.dropping import drop_instances, drop_sparse_views, find_near_duplicates
from synthlib.curation.hashes import view_hashes
from synthlib.curation.records import CurationResult, record_step
from synthlib.files import write_atomic


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
