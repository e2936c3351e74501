"""Checks and statistics of a render store (thesis Tables 6 to 8).

Everything here only reads the store, except `remove_faulty_instances`. The truth is in the
instances' folders: each `instance.json` has the SHA-256 of its views.
"""

import contextlib
import hashlib
import itertools
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from PIL import Image

from synthlib.rendering.manifest import read_manifest
from synthlib.rendering.plan import RenderPlan, failed_instances
from synthlib.rendering.view_files import recorded_hashes, view_file
from synthlib.utils.errors import file_errors
from synthlib.utils.progress import progress_bar

SPARSE_COVERAGE = 0.05
"""Coverage below which a render counts as sparse."""

_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
"""The last bytes of every complete PNG file."""

FaultKind = Literal["missing", "truncated", "changed", "unexpected"]


@dataclass(frozen=True)
class StoreFault:
    """A file that is not as its `instance.json` describes it.

    Attributes:
        file: Relative to the store.
        instance: "<class>/<instance>"; "" for the manifest, which belongs to all.
        kind: "truncated" if the file's end is missing, "changed" if its hash differs, "unexpected"
            if nothing describes it.
    """

    file: str
    instance: str
    kind: FaultKind


@dataclass(frozen=True)
class VerifyReport:
    """Result of `verify_store`.

    Attributes:
        instances: Number of instances of the plan.
        files: Number of files that were compared, PNGs and unexpected ones.
        faults: Sorted by file.
        failed: Number of instances that are known not to render (`failed.jsonl`): no faults.
    """

    instances: int
    files: int
    faults: list[StoreFault]
    failed: int


def verify_store(plan: RenderPlan, *, progress: bool = True) -> VerifyReport:
    """Hash every render of a plan again and compare the manifest with the instances.

    An instance of the plan that does not exist and is not known to fail is missing. So is a PNG of
    a view. Files are read in threads, as fast as the disk allows.

    Args:
        plan: From `plan_renders`.
        progress: If true, show a progress bar.

    Returns:
        The numbers of instances and files, and all faults.

    Raises:
        FileError: If a file of the store exists but cannot be read.

    Examples:
        >>> report = verify_store(plan)
        >>> remove_faulty_instances(plan, report.faults)
        0
    """
    names = plan.instance_names
    failed = {failure["name"] for failure in failed_instances(plan)}
    suffixes = plan.settings.file_suffixes
    files = [view_file(view, s) for view in range(plan.settings.views) for s in suffixes]

    def verify(name: str) -> tuple[int, list[StoreFault]]:
        return _verify_instance(plan.store, name, files, name in failed)

    with ThreadPoolExecutor() as pool:
        results = pool.map(verify, names)
        bar = progress_bar(
            results, title="verifying", unit="instances", total=len(names), show=progress
        )
        counts, fault_lists = zip(*bar, strict=True)
    faults = list(itertools.chain.from_iterable(fault_lists))
    if not any(fault.file.endswith("instance.json") for fault in faults):
        faults += _manifest_faults(plan)
    return VerifyReport(len(names), sum(counts), sorted(faults, key=lambda f: f.file), len(failed))


def _verify_instance(
    store: Path, name: str, expected_files: list[str], failed: bool
) -> tuple[int, list[StoreFault]]:
    """The number of files compared in an instance's folder, and its faults."""
    folder = store / name
    try:
        content = json.loads((folder / "instance.json").read_bytes())
        hashes: dict[str, str] = {}
        for view in content["views"]:
            hashes |= recorded_hashes(view)
    except FileNotFoundError:
        if failed and not folder.exists():
            return 0, []
        return 0, [StoreFault(f"{name}/instance.json", name, "missing")]
    except (ValueError, KeyError, TypeError):
        return 0, [StoreFault(f"{name}/instance.json", name, "truncated")]
    kinds: dict[str, FaultKind | None] = dict.fromkeys(expected_files, "missing")
    for path in folder.iterdir():
        if path.name != "instance.json":
            kinds[path.name] = _file_fault(path, hashes.get(path.name))
    faults = [StoreFault(f"{name}/{file}", name, kind) for file, kind in kinds.items() if kind]
    return len(kinds), faults


def _file_fault(path: Path, expected_hash: str | None) -> FaultKind | None:
    if expected_hash is None:
        return "unexpected"
    with file_errors(path, "read"):
        content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() == expected_hash:
        return None
    return "changed" if content.endswith(_PNG_END) else "truncated"


def _manifest_faults(plan: RenderPlan) -> Iterator[StoreFault]:
    """Faults of the manifest file, in the rows that it shares with the plan.

    Another plan with the same settings may have written it, with fewer or more instances.
    """
    path = plan.store / "manifest.parquet"
    if not path.exists():
        yield StoreFault(path.name, "", "missing")
        return
    try:
        written = pd.read_parquet(path, columns=["class", "instance", "view", "sha256"])
    except (OSError, ValueError):
        yield StoreFault(path.name, "", "truncated")
        return
    current = read_manifest(plan)[list(written.columns)]
    shared = written.merge(current, on=["class", "instance", "view"], suffixes=("", "_now"))
    if (shared["sha256"] != shared["sha256_now"]).any():
        yield StoreFault(path.name, "", "changed")


def remove_faulty_instances(plan: RenderPlan, faults: list[StoreFault]) -> int:
    """Remove the instances that have faults, so that the next call of `render` replaces them.

    Returns:
        Number of instances removed.
    """
    names = {fault.instance for fault in faults if fault.instance}
    for name in names:
        shutil.rmtree(plan.store / name, ignore_errors=True)
    (plan.store / "manifest.parquet").unlink(missing_ok=True)
    return len(names)


def store_statistics(manifest: pd.DataFrame, curated_manifest: pd.DataFrame) -> pd.DataFrame:
    """Count the instances and renders of a manifest (thesis Tables 6 to 8).

    Args:
        manifest: From `read_manifest`.
        curated_manifest: The same manifest after curation.

    Returns:
        One row per class and one named "all", with columns class, train_instances and train_renders
        (Table 6), test_instances and test_renders (Table 7), curated_instances and curated_renders
        (Table 8: training renders left by curation), renders, sparse_renders (coverage below
        `SPARSE_COVERAGE`) and coverage (mean, in percent).
    """
    curated = curated_manifest[curated_manifest["split"] == "train"]
    rows = []
    for cls, part in [*manifest.groupby("class", sort=True), ("all", manifest)]:
        row: dict[str, object] = {"class": cls}
        for split in ("train", "test"):
            half = part[part["split"] == split]
            row[f"{split}_instances"] = half.groupby(["class", "instance"]).ngroups
            row[f"{split}_renders"] = len(half)
        left = curated if cls == "all" else curated[curated["class"] == cls]
        row["curated_instances"] = left.groupby(["class", "instance"]).ngroups
        row["curated_renders"] = len(left)
        row["renders"] = len(part)
        row["sparse_renders"] = int((part["coverage"] < SPARSE_COVERAGE).sum())
        row["coverage"] = 100 * part["coverage"].mean()
        rows.append(row)
    return pd.DataFrame(rows)


def seconds_by_instance(plan: RenderPlan) -> pd.Series:
    """Seconds of one worker for each instance of a plan, as far as they are known.

    See `all_timings`.
    """
    timings = all_timings(plan.store)
    return timings[timings.index.isin(plan.instance_names)]


def all_timings(store: Path) -> pd.Series:
    """Seconds of one worker for each instance of a store, as far as they are known.

    A supervisor that was killed has not recorded its last instances; a full disk may have cut off a
    line. An instance rendered several times counts with its last time.

    Returns:
        float64 series, indexed by "<class>/<instance>".
    """
    path = store / "timings.jsonl"
    timings = []
    for line in path.read_text().splitlines() if path.exists() else ():
        with contextlib.suppress(json.JSONDecodeError):
            timings.append(json.loads(line))
    table = pd.DataFrame(timings, columns=["name", "seconds"])
    return table.groupby("name")["seconds"].last()


def png_bytes(plan: RenderPlan) -> int:
    """Size of all PNG files of a plan's instances in the store, in bytes."""
    folders = [plan.store / name for name in plan.instance_names]
    return sum(png.stat().st_size for folder in folders for png in folder.glob("*.png"))


def read_render_mask(path: Path) -> np.ndarray:
    """Read the share of each pixel that a render's object covers.

    Args:
        path: The render's file, `<view>.png`. If the object's own mask differs from the alpha,
            because the render also shows a shadow or something in front of the object, it is in
            `<view>_mask.png`.

    Returns:
        float32 (S, S) in [0, 1].

    Raises:
        FileError: If a file cannot be read.
    """
    own_mask = path.with_name(f"{path.stem}_mask.png")
    with file_errors(path, "read"):
        if own_mask.exists():
            with Image.open(own_mask) as image:
                channel = image.convert("L")
        else:
            with Image.open(path) as image:
                channel = image.getchannel("A")
    return np.asarray(channel, np.float32) / 255
