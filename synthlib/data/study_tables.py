"""Tables of a study's photographs and backgrounds, without those that its parameters leave out.

In: parameters and the folder of the photographs. Out: one row per photograph or background, with
its class or category, split and SHA-256, and digests of such tables.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from synthlib.classes import THESIS_CLASSES, ObjectClass
from synthlib.data import render_subsets
from synthlib.params import Params
from synthlib.photographs import flags
from synthlib.photographs.backgrounds import (
    Backgrounds,
    scan_background_folder,
    scan_backgrounds,
)
from synthlib.photographs.photographs import Photographs, scan_photographs
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import digest, resolve_in_project

logger = logging.getLogger(__name__)

_scans: ContextVar[dict[str, Any] | None] = ContextVar("scans", default=None)
"""Tables read in `scanning_once`, by what they were read from; else None."""


@contextmanager
def scanning_once() -> Iterator[None]:
    """Context manager in which runs on the same photographs or renders read these once."""
    token = _scans.set({})
    try:
        yield
    finally:
        _scans.reset(token)


def scan_once(key: object, scan: Callable[[], Any]) -> Any:
    """Call a function; in `scanning_once` only if none has been called with this key before."""
    scans = _scans.get()
    if scans is None:
        return scan()
    if (text := repr(key)) not in scans:
        scans[text] = scan()
    return scans[text]


def study_photographs(
    params: Params, root: Path, classes: tuple[ObjectClass, ...], *, quiet: bool = True
) -> Photographs:
    """The real photographs of a run (Table 1), dev taken from train, without excluded ones."""
    options = {
        "dev_per_class": params.dev_per_class,
        "data_seed": params.data_seed,
        "broken": params.broken_photos,
        "cache": params.output_dir / "cache",
    }
    photographs: Photographs = scan_once(
        ("photographs", root, classes, options),
        lambda: scan_photographs(root, classes, **options),
    )
    return replace(photographs, table=drop_excluded(params, photographs.table, quiet=quiet))


def drop_excluded(params: Params, table: pd.DataFrame, *, quiet: bool = True) -> pd.DataFrame:
    """A table of photographs or renders without those in the file `exclude_flagged`.

    Splits and random draws of the others stay the same.

    Raises:
        ParameterError: If that file does not exist.
    """
    if not params.exclude_flagged:
        return table
    path = resolve_in_project(params.exclude_flagged)
    if not path.exists():
        raise ParameterError(f"exclude_flagged: no file {path}; notebook 08 writes flags")
    remaining = flags.drop_flagged(table, flags.read_flags(path))
    if not quiet:
        kind = "photographs" if "sample" in table else "renders"
        n_dropped = len(table) - len(remaining)
        logger.info(f"left out as flagged in {path}: {n_dropped} of {len(table):,} {kind}")
    return remaining


def split_and_drop_excluded(
    params: Params, renders: pd.DataFrame, *, quiet: bool = True
) -> pd.DataFrame:
    """Renders split by `split_by`, then without flagged ones: a flag moves no other render."""
    if params.split_by == "view":
        renders = render_subsets.split_by_view(renders, seed=params.data_seed)
    return drop_excluded(params, renders, quiet=quiet)


def study_backgrounds(
    params: Params, root: Path, classes: tuple[ObjectClass, ...]
) -> Backgrounds | None:
    """Places's background photographs of a run's classes (Table 3).

    They are in test composites whatever a run trains on. None if they are not on disk and the run
    trains on other ones.
    """
    if params.backgrounds != "places" and not (root / "places").is_dir():
        return None
    options = {
        "scenes": params.scenes,
        "missing_scenes": params.missing_scenes,
        "data_seed": params.data_seed,
        "broken": params.broken_photos,
        "cache": params.output_dir / "cache",
    }
    return scan_once(
        ("backgrounds", root, classes, options), lambda: scan_backgrounds(root, classes, **options)
    )


def background_folder(params: Params, root: Path) -> Path:
    """The folder of `backgrounds_folder`; a relative one starts at the data root."""
    return (root / params.backgrounds_folder).resolve()


def study_background_folder(
    params: Params, root: Path, photographs: Photographs, backgrounds: Backgrounds | None
) -> pd.DataFrame:
    """The photographs of `backgrounds_folder`, without those of the classes and of test composites.

    Raises:
        DataError: If there are none.
    """
    excluded = list(photographs.table["sha256"])
    if backgrounds is not None:
        excluded += list(backgrounds.table.query("split == 'test'")["sha256"])
    table, broken = scan_background_folder(
        background_folder(params, root),
        excluded=excluded,
        broken=params.broken_photos,
        cache=params.output_dir / "cache",
    )
    _log_broken(broken)
    return table


def table_digest(table: pd.DataFrame, column: str) -> str:
    """Digest of the images of a table and of the split that each is in."""
    return digest(table[[column, "split", "sha256"]].values.tolist())


def backgrounds_digest(table: pd.DataFrame, classes: Sequence[ObjectClass]) -> str:
    """Digest of the backgrounds and of the scene categories into which each class is pasted.

    The thesis's categories of its classes are fixed, so only those of added or changed ones count.
    """
    content = table_digest(table, "sample")
    fixed = {c.name: c.scenes for c in THESIS_CLASSES.values()}
    added = {c.name: c.scenes for c in classes if fixed.get(c.name) != c.scenes}
    return digest([content, added]) if added else content


def log_photographs(photographs: Photographs) -> None:
    """Log the numbers of photographs by split, identical ones and unreadable ones."""
    counts = photographs.table["split"].value_counts()
    splits = ", ".join(f"{counts[s]:,} {s}" for s in ("train", "dev", "val") if s in counts)
    duplicates = f"{len(photographs.duplicates)} sets of byte-identical ones"
    if photographs.duplicates:
        duplicates += f", e.g. {photographs.duplicates[0]}"
    logger.info(f"photographs: {splits}; {duplicates}")
    _log_broken(photographs.broken)


def log_backgrounds(backgrounds: Backgrounds) -> None:
    """Log the numbers of backgrounds, and the categories that are missing."""
    categories = backgrounds.table["category"].nunique()
    logger.info(
        f"backgrounds: {len(backgrounds.table):,} photographs of {categories} scene categories"
    )
    if backgrounds.fallback_classes:
        names = ", ".join(backgrounds.fallback_classes)
        logger.info(f"pasted into any background, as their categories are missing: {names}")
    missing = sorted({name for names in backgrounds.missing_categories.values() for name in names})
    if missing:
        logger.info(f"missing scene categories: {', '.join(missing)}")
    _log_broken(backgrounds.broken)


def _log_broken(broken: tuple[str, ...], n_shown: int = 5) -> None:
    if broken:
        files = "; ".join(broken[:n_shown]) + (" ..." if len(broken) > n_shown else "")
        logger.warning(f"skipped {len(broken)} unreadable files: {files}")
