"""Brings together what a run needs: renders, photographs and backgrounds, checked and packed.

`prepare(params)` is the one place where parameters meet the stages: it renders what is missing
(and, at a scale with stand-ins, the stand-in photographs), scans the photographs, and packs all of
it. Every step skips what is done and says so.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from synthlib import curation, flags, photos, stand_in
from synthlib.classes import THESIS_CLASSES, ObjectClass, select
from synthlib.files import digest, in_project
from synthlib.packing import Pack, pack
from synthlib.params import Params
from synthlib.render_stage import render, render_plan
from synthlib.render_stage import say_failures as say_failures  # for callers of this module
from synthlib.runs import RECIPE
from synthlib.scaling import centre_square, cutout, photograph_side, shorter_side
from synthlib.utils.errors import ParameterError

logger = logging.getLogger(__name__)

STAND_IN_SIZE = 1.5
"""Stand-in photographs are this many times the input's side, so that crops have pixels to lose."""


@dataclass(frozen=True)
class Sources:
    """Tables of what there is, a row an image, each with its pack in the same order.

    `renders` is None in a run that neither trains nor tests on synthetic data. Backgrounds are
    packed as squares, once for each side in pixels at which the run makes composites; renders at
    the size of photographs, at its half and at its quarter, for objects that shrink. `digests`
    names the content of each part: together with the parameters they are a run's digest. Its
    `recipe` says what the renders are made of, so that a run can be known again elsewhere.
    """

    photographs: photos.Photographs
    photo_pack: Pack
    renders: pd.DataFrame | None
    render_packs: tuple[Pack, ...]
    backgrounds: photos.Backgrounds | None
    background_packs: dict[int, Pack]
    digests: dict[str, str]


def needs_renders(params: Params) -> bool:
    """Whether renders must be there: a run trains on them or is tested on them.

    `dev` and the photographs that a run does not train on (`real_rest`, `real_1` to `real_5`) are
    photographs, as `real` is: a run on them alone needs no renders, and no digest of any.
    """
    tested = any(name.startswith("synthetic_") for name in params.test_sets)
    return params.synthetic_fraction > 0 or tested


def composite_sides(params: Params) -> tuple[int, ...]:
    """Sides in pixels at which a run makes composites: the input's for tests and the thesis's
    augmentation; that of photographs where both go through the same crops."""
    matched = params.pipeline == "matched" and params.synthetic_fraction > 0
    return (params.image_size, *((photograph_side(params.image_size),) if matched else ()))


def render_sides(params: Params) -> tuple[int, ...]:
    """Sides in pixels at which renders are packed, falling: the largest is that of the largest
    composite, and each next serves objects placed at half the size."""
    side = photograph_side(params.image_size)
    return (side, round(side / 2), round(side / 4))


def prepare(params: Params, *, quiet: bool = False) -> Sources:
    """All the data of a run, made, checked and packed; prints a line a stage, unless `quiet`.

    Raises photos.DataError or rendering.RenderError with a sentence on what is missing.
    """
    classes = select(params.classes)
    root = data_root(params, quiet=quiet)
    packs = params.output_dir / "packed"
    found = photographs(params, root, classes, quiet=quiet)
    if not quiet:
        _say_photographs(found)
    side = photograph_side(params.image_size)
    photo_pack = pack_table(
        packs, root, found.table, shorter_side(side), f"shorter{side}", "RGB", "photographs"
    )
    digests = {"photographs": content_digest(found.table, "sample")}
    if not needs_renders(params):
        return Sources(found, photo_pack, None, (), None, {}, digests)

    renders, store = render(params, quiet=quiet)
    renders = split_unflagged(params, renders, quiet=quiet)
    render_packs = tuple(
        pack_table(
            packs, store, renders, cutout(size), f"cutout{size}", "RGBA", f"{size} px renders"
        )
        for size in render_sides(params)
    )
    scenes = backgrounds(params, root, classes)
    if not quiet:
        _say_backgrounds(scenes)
    background_packs = {
        size: pack_table(
            packs, root, scenes.table, centre_square(size), f"square{size}", "RGB", "backgrounds"
        )
        for size in composite_sides(params)
    }
    digests["renders"] = content_digest(renders, "file")
    digests["backgrounds"] = scenes_digest(scenes.table, classes)
    digests[RECIPE] = render_plan(params).recipe
    return Sources(found, photo_pack, renders, render_packs, scenes, background_packs, digests)


def data_root(params: Params, *, quiet: bool = False) -> Path:
    """The photographs' folder: the parameter, $SYNTHLIB_DATA, or the stand-ins, made if missing."""
    if not params.stand_in:
        return photos.data_root(params.data_root)
    return stand_in.make(
        params.output_dir,
        params.classes,
        train=params.stand_in_train,
        val=params.stand_in_val,
        backgrounds=params.stand_in_backgrounds,
        size=round(params.image_size * STAND_IN_SIZE),
        seed=params.data_seed,
        bpy_version=params.bpy_version,
        workers=params.workers or None,
        progress=not quiet,
    )


def check(params: Params) -> None:
    """Raises the sentence on data that is missing or broken, before anything is rendered."""
    if not params.stand_in:
        classes, root = select(params.classes), data_root(params)
        photographs(params, root, classes)
        if needs_renders(params):
            backgrounds(params, root, classes)
    if needs_renders(params):
        render_plan(params)


def photographs(
    params: Params, root: Path, classes: tuple[ObjectClass, ...], *, quiet: bool = True
) -> photos.Photographs:
    """The real photographs of a run's classes, dev cut from train (Table 1), less flagged ones."""
    found = photos.photographs(
        root,
        classes,
        dev_per_class=params.dev_per_class,
        data_seed=params.data_seed,
        broken=params.broken_photos,
        cache=params.output_dir / "cache",
    )
    return replace(found, table=unflagged(params, found.table, quiet=quiet))


def unflagged(params: Params, table: pd.DataFrame, *, quiet: bool = True) -> pd.DataFrame:
    """A table of photographs or renders without those that `exclude_flagged` names.

    Raises ParameterError if that file is not there. Splits and seeds of the rest stay as they were.
    """
    if not params.exclude_flagged:
        return table
    path = in_project(params.exclude_flagged)
    if not path.exists():
        raise ParameterError(f"exclude_flagged: no file {path}; notebook 08 writes flags")
    left = flags.exclude(table, flags.read(path))
    if not quiet:
        kind = "photographs" if "sample" in table else "renders"
        logger.info(
            f"left out as flagged in {path}: {len(table) - len(left)} of {len(table):,} {kind}"
        )
    return left


def split_unflagged(params: Params, renders: pd.DataFrame, *, quiet: bool = True) -> pd.DataFrame:
    """Renders split as `split_by` says, then less flagged ones: a flag moves no other render."""
    if params.split_by == "view":
        renders = curation.split_by_view(renders, seed=params.data_seed)
    return unflagged(params, renders, quiet=quiet)


def backgrounds(params: Params, root: Path, classes: tuple[ObjectClass, ...]) -> photos.Backgrounds:
    """The scene photographs of a run's classes (Table 3)."""
    return photos.backgrounds(
        root,
        classes,
        scenes=params.scenes,
        missing_scenes=params.missing_scenes,
        data_seed=params.data_seed,
        broken=params.broken_photos,
        cache=params.output_dir / "cache",
    )


def pack_table(
    packs: Path,
    root: Path,
    table: pd.DataFrame,
    transform: Callable,
    recipe: str,
    mode: str,
    title: str,
) -> Pack:
    """The pack of a table's images (columns `sample` or `file`, and `sha256`), in its order."""
    column = "file" if "file" in table else "sample"
    return pack(
        packs,
        lambda: [root / name for name in table[column]],
        list(table["sha256"]),
        transform=transform,
        recipe=recipe,
        mode=mode,
        title=title,
    )


def content_digest(table: pd.DataFrame, name: str) -> str:
    """Digest of which images a table holds, on which side of the split."""
    return digest(table[[name, "split", "sha256"]].values.tolist())


def scenes_digest(table: pd.DataFrame, classes: Sequence[ObjectClass]) -> str:
    """Digest of the backgrounds and of which class is pasted into which categories of them.

    The thesis's classes have theirs fixed, so that only the user's own count.
    """
    content = content_digest(table, "sample")
    own = {c.name: c.scenes for c in classes if c.name not in THESIS_CLASSES}
    return digest([content, own]) if own else content


def _say_photographs(found: photos.Photographs) -> None:
    counts = found.table["split"].value_counts()
    parts = ", ".join(f"{counts[s]:,} {s}" for s in ("train", "dev", "val") if s in counts)
    same = found.duplicates
    twins = ", as ".join([f"{len(same)} sets of byte-identical ones", *same[:1]])
    logger.info(f"photographs: {parts}; {twins}")
    _say_broken(found.broken)


def _say_backgrounds(scenes: photos.Backgrounds) -> None:
    categories = scenes.table["category"].nunique()
    logger.info(f"backgrounds: {len(scenes.table):,} photographs of {categories} scene categories")
    if scenes.fallback:
        names = ", ".join(scenes.fallback)
        logger.info(f"pasted into any scene, as none of their own is here: {names}")
    absent = sorted({name for names in scenes.missing.values() for name in names})
    if absent:
        logger.info(f"scene categories that are not here: {', '.join(absent)}")
    _say_broken(scenes.broken)


def _say_broken(broken: tuple[str, ...], shown: int = 5) -> None:
    if broken:
        more = " ..." if len(broken) > shown else ""
        logger.warning(f"skipped {len(broken)} unreadable files: {'; '.join(broken[:shown])}{more}")
