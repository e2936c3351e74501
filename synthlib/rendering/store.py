"""A render store looked at from outside: is every file what its instance.json says, and how much
is there (thesis Tables 6 to 8). Reads only, but for `remove`.

A store's truth is in the instance folders: each instance.json has the SHA-256 of its views.
"""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from synthlib.rendering.plan import RenderPlan, failed_instances, read_manifest
from synthlib.utils.errors import file_errors

_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
"""What every whole PNG ends with."""


@dataclass(frozen=True)
class StoreFault:
    """One thing that is wrong: `file` as seen from the store, `instance` ("<class>/<instance>", ""
    if it is the whole store's) and in which way: missing, truncated, changed or unexpected."""

    file: str
    instance: str
    kind: str


@dataclass(frozen=True)
class VerifyReport:
    """What `verify` looked at, in numbers, and found wrong, by file name.

    `failed` are the instances that are known not to render (failed.jsonl): no faults.
    """

    instances: int
    files: int
    faults: list[StoreFault]
    failed: int


def verify_store(plan: RenderPlan, *, progress: bool = True) -> VerifyReport:
    """Hashes every render of the plan again and holds the manifest against the instances.

    An instance of the plan that is not there and is not known to fail is missing; so is a view's
    PNG. A PNG without its end is truncated, one with another hash changed. What lies in an
    instance's folder beside its views is unexpected. Reads as fast as the disk (threads).
    """
    names = [f"{i.cls}/{i.name}" for i in plan.instances]
    failed = {record["name"] for record in failed_instances(plan)}
    views = range(plan.settings.views)

    def look(name: str) -> tuple[int, list[StoreFault]]:
        return _verify_instance(plan.store, name, views, name in failed)

    faults, files = [], 0
    bar = tqdm(total=len(names), unit=" instances", disable=not progress)
    with bar, ThreadPoolExecutor() as pool:
        for count, found in pool.map(look, names):
            faults += found
            files += count
            bar.update()
    if not any(fault.file.endswith("instance.json") for fault in faults):
        faults += _manifest_faults(plan)
    return VerifyReport(len(names), files, sorted(faults, key=lambda f: f.file), len(failed))


def seconds_by_instance(plan: RenderPlan) -> pd.Series:
    """Seconds of one worker that each instance of the plan took, by name, as far as it is known: a
    supervisor that was killed has not noted its last ones, one whose disk was full has cut a line;
    of an instance made anew the last."""
    path = plan.store / "timings.jsonl"
    known = []
    for line in path.read_text().splitlines() if path.exists() else ():
        with contextlib.suppress(json.JSONDecodeError):
            known.append(json.loads(line))
    table = pd.DataFrame(known, columns=["name", "seconds"])
    names = [f"{i.cls}/{i.name}" for i in plan.instances]
    return table[table["name"].isin(names)].groupby("name")["seconds"].last()


def remove_faulty_instances(plan: RenderPlan, faults: list[StoreFault]) -> int:
    """Removes the instances with faults, so that the next render makes them anew; how many."""
    names = sorted({fault.instance for fault in faults if fault.instance})
    for name in names:
        shutil.rmtree(plan.store / name, ignore_errors=True)
    (plan.store / "manifest.parquet").unlink(missing_ok=True)
    return len(names)


def store_statistics(manifest: pd.DataFrame, curated_manifest: pd.DataFrame) -> pd.DataFrame:
    """Instances and renders of a manifest, a row a class and one for all (Tables 6 to 8).

    Columns: class, train_instances and train_renders (Table 6), test_instances and test_renders
    (Table 7), curated_instances and curated_renders (Table 8: the training renders that `curated`,
    the same manifest after curation, keeps), renders, sparse_renders (coverage below 5%), and mean
    coverage in percent.
    """
    kept = curated_manifest[curated_manifest["split"] == "train"]
    rows = []
    for cls, part in [*manifest.groupby("class", sort=True), ("all", manifest)]:
        row: dict[str, object] = {"class": cls}
        for split in ("train", "test"):
            half = part[part["split"] == split]
            row[f"{split}_instances"] = half.groupby(["class", "instance"]).ngroups
            row[f"{split}_renders"] = len(half)
        left = kept if cls == "all" else kept[kept["class"] == cls]
        row["curated_instances"] = left.groupby(["class", "instance"]).ngroups
        row["curated_renders"] = len(left)
        row["renders"] = len(part)
        row["sparse_renders"] = int((part["coverage"] < 0.05).sum())
        row["coverage"] = 100 * part["coverage"].mean()
        rows.append(row)
    return pd.DataFrame(rows)


def png_bytes(plan: RenderPlan) -> int:
    """Bytes of all PNGs of the plan that are in the store."""
    folders = [plan.store / i.cls / i.name for i in plan.instances]
    return sum(png.stat().st_size for folder in folders for png in folder.glob("*.png"))


def _verify_instance(
    store: Path, name: str, views: range, failed: bool
) -> tuple[int, list[StoreFault]]:
    """One instance: how many files were read, and its faults."""
    folder = store / name
    try:
        content = json.loads((folder / "instance.json").read_bytes())
        hashes = {f"{view['view']:02d}.png": view["sha256"] for view in content["views"]}
    except FileNotFoundError:
        if failed and not folder.exists():
            return 0, []
        return 0, [StoreFault(f"{name}/instance.json", name, "missing")]
    except (ValueError, KeyError, TypeError):
        return 0, [StoreFault(f"{name}/instance.json", name, "truncated")]
    whats = {f"{view:02d}.png": "missing" for view in views}
    for path in folder.iterdir():
        if path.name != "instance.json":
            whats[path.name] = _file_fault(path, hashes.get(path.name))
    return len(whats), [StoreFault(f"{name}/{f}", name, what) for f, what in whats.items() if what]


def _file_fault(path: Path, expected: str | None) -> str:
    if expected is None:
        return "unexpected"
    with file_errors(path, "read"):
        content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() == expected:
        return ""
    return "changed" if content.endswith(_PNG_END) else "truncated"


def _manifest_faults(plan: RenderPlan) -> Iterator[StoreFault]:
    """The manifest against the instances (another plan of the same settings may have written it, so
    that it may have fewer or more)."""
    path = plan.store / "manifest.parquet"
    if not path.exists():
        yield StoreFault(path.name, "", "missing")
        return
    try:
        written = pd.read_parquet(path, columns=["class", "instance", "view", "sha256"])
    except (OSError, ValueError):
        yield StoreFault(path.name, "", "truncated")
        return
    now = read_manifest(plan)[list(written.columns)]
    both = written.merge(now, on=["class", "instance", "view"], suffixes=("", "_now"))
    if (both["sha256"] != both["sha256_now"]).any():
        yield StoreFault(path.name, "", "changed")
