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

from synthlib.classes import THESIS_CLASSES, ObjectClass, select_classes
from synthlib.data import render_subsets
from synthlib.data.packs import Pack, build_or_open_pack
from synthlib.data.preprocess import crop_centre_square, crop_to_alpha, resize_shorter_side
from synthlib.params import Params
from synthlib.photographs import flags
from synthlib.photographs.backgrounds import Backgrounds, scan_backgrounds
from synthlib.photographs.photographs import Photographs, photograph_side, scan_photographs
from synthlib.photographs.stand_in import StandInSettings, make_stand_ins
from synthlib.rendering.from_params import (
    print_failures as print_failures,  # for callers of this module
    render_and_curate,
    render_plan,
)
from synthlib.rendering.supervisor import RenderOptions
from synthlib.runs import RENDER_RECIPE
from synthlib.utils.errors import ParameterError
from synthlib.utils.files import data_root, digest, resolve_in_project

logger = logging.getLogger(__name__)

STAND_IN_SIDE_FACTOR = 1.5
"""Stand-in photographs are this many times the input's side, so that crops have pixels to lose."""


@dataclass(frozen=True)
class StudyData:
    """Tables of what there is, a row an image, each with its pack in the same order.

    `renders` is None in a run that neither trains nor tests on synthetic data. Backgrounds are
    packed as squares, once for each side in pixels at which the run makes composites; renders at
    the size of photographs, at its half and at its quarter, for objects that shrink. `digests`
    names the content of each part: together with the parameters they are a run's digest. Its
    `recipe` says what the renders are made of, so that a run can be known again elsewhere.
    """

    photographs: Photographs
    photograph_pack: Pack
    renders: pd.DataFrame | None
    render_packs: tuple[Pack, ...]
    backgrounds: Backgrounds | None
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
    matched = params.augmentation_protocol == "matched" and params.synthetic_fraction > 0
    return (params.image_size, *((photograph_side(params.image_size),) if matched else ()))


def render_sides(params: Params) -> tuple[int, ...]:
    """Sides in pixels at which renders are packed, falling: the largest is that of the largest
    composite, and each next serves objects placed at half the size."""
    side = photograph_side(params.image_size)
    return (side, round(side / 2), round(side / 4))


def prepare_data(params: Params, *, quiet: bool = False) -> StudyData:
    """All the data of a run, made, checked and packed; prints a line a stage, unless `quiet`.

    Raises photos.DataError or rendering.RenderError with a sentence on what is missing.
    """
    classes = select_classes(params.classes)
    root = photograph_root(params, quiet=quiet)
    packs = params.output_dir / "packed"
    found = study_photographs(params, root, classes, quiet=quiet)
    if not quiet:
        _print_photographs(found)
    side = photograph_side(params.image_size)
    photo_pack = pack_table(
        packs, root, found.table, resize_shorter_side(side), f"shorter{side}", "RGB", "photographs"
    )
    digests = {"photographs": table_digest(found.table, "sample")}
    if not needs_renders(params):
        return StudyData(found, photo_pack, None, (), None, {}, digests)

    renders, store = render_and_curate(params, quiet=quiet)
    renders = split_and_drop_excluded(params, renders, quiet=quiet)
    render_packs = tuple(
        pack_table(
            packs,
            store,
            renders,
            crop_to_alpha(size),
            f"cutout{size}",
            "RGBA",
            f"{size} px renders",
        )
        for size in render_sides(params)
    )
    scenes = study_backgrounds(params, root, classes)
    if not quiet:
        _print_backgrounds(scenes)
    background_packs = {
        size: pack_table(
            packs,
            root,
            scenes.table,
            crop_centre_square(size),
            f"square{size}",
            "RGB",
            "backgrounds",
        )
        for size in composite_sides(params)
    }
    digests["renders"] = table_digest(renders, "file")
    digests["backgrounds"] = backgrounds_digest(scenes.table, classes)
    digests[RENDER_RECIPE] = render_plan(params).recipe
    return StudyData(found, photo_pack, renders, render_packs, scenes, background_packs, digests)


def photograph_root(params: Params, *, quiet: bool = False) -> Path:
    """The photographs' folder: the parameter, $SYNTHLIB_DATA, or the stand-ins, made if missing."""
    if not params.stand_in:
        return data_root(params.data_root)
    settings = StandInSettings(
        classes=params.classes,
        train=params.stand_in_train,
        val=params.stand_in_val,
        backgrounds=params.stand_in_backgrounds,
        size=round(params.image_size * STAND_IN_SIDE_FACTOR),
        seed=params.data_seed,
        bpy_version=params.bpy_version,
    )
    options = RenderOptions(workers=params.workers or None, progress=not quiet)
    return make_stand_ins(params.output_dir, settings, options)


def check_data(params: Params) -> None:
    """Raises the sentence on data that is missing or broken, before anything is rendered."""
    if not params.stand_in:
        classes, root = select_classes(params.classes), photograph_root(params)
        study_photographs(params, root, classes)
        if needs_renders(params):
            study_backgrounds(params, root, classes)
    if needs_renders(params):
        render_plan(params)


def study_photographs(
    params: Params, root: Path, classes: tuple[ObjectClass, ...], *, quiet: bool = True
) -> Photographs:
    """The real photographs of a run's classes, dev cut from train (Table 1), less flagged ones."""
    found = scan_photographs(
        root,
        classes,
        dev_per_class=params.dev_per_class,
        data_seed=params.data_seed,
        broken=params.broken_photos,
        cache=params.output_dir / "cache",
    )
    return replace(found, table=drop_excluded(params, found.table, quiet=quiet))


def drop_excluded(params: Params, table: pd.DataFrame, *, quiet: bool = True) -> pd.DataFrame:
    """A table of photographs or renders without those that `exclude_flagged` names.

    Raises ParameterError if that file is not there. Splits and seeds of the rest stay as they were.
    """
    if not params.exclude_flagged:
        return table
    path = resolve_in_project(params.exclude_flagged)
    if not path.exists():
        raise ParameterError(f"exclude_flagged: no file {path}; notebook 08 writes flags")
    left = flags.drop_flagged(table, flags.read_flags(path))
    if not quiet:
        kind = "photographs" if "sample" in table else "renders"
        logger.info(
            f"left out as flagged in {path}: {len(table) - len(left)} of {len(table):,} {kind}"
        )
    return left


def split_and_drop_excluded(
    params: Params, renders: pd.DataFrame, *, quiet: bool = True
) -> pd.DataFrame:
    """Renders split as `split_by` says, then less flagged ones: a flag moves no other render."""
    if params.split_by == "view":
        renders = render_subsets.split_by_view(renders, seed=params.data_seed)
    return drop_excluded(params, renders, quiet=quiet)


def study_backgrounds(params: Params, root: Path, classes: tuple[ObjectClass, ...]) -> Backgrounds:
    """The scene photographs of a run's classes (Table 3)."""
    return scan_backgrounds(
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
    return build_or_open_pack(
        packs,
        lambda: [root / name for name in table[column]],
        list(table["sha256"]),
        transform=transform,
        recipe=recipe,
        mode=mode,
        title=title,
    )


def table_digest(table: pd.DataFrame, column: str) -> str:
    """Digest of which images a table holds, on which side of the split."""
    return digest(table[[column, "split", "sha256"]].values.tolist())


def backgrounds_digest(table: pd.DataFrame, classes: Sequence[ObjectClass]) -> str:
    """Digest of the backgrounds and of which class is pasted into which categories of them.

    The thesis's classes have theirs fixed, so that only the user's own count.
    """
    content = table_digest(table, "sample")
    own = {c.name: c.scenes for c in classes if c.name not in THESIS_CLASSES}
    return digest([content, own]) if own else content


def _print_photographs(photographs: Photographs) -> None:
    counts = photographs.table["split"].value_counts()
    parts = ", ".join(f"{counts[s]:,} {s}" for s in ("train", "dev", "val") if s in counts)
    same = photographs.duplicates
    twins = ", as ".join([f"{len(same)} sets of byte-identical ones", *same[:1]])
    logger.info(f"photographs: {parts}; {twins}")
    _print_broken(photographs.broken)


def _print_backgrounds(backgrounds: Backgrounds) -> None:
    categories = backgrounds.table["category"].nunique()
    logger.info(
        f"backgrounds: {len(backgrounds.table):,} photographs of {categories} scene categories"
    )
    if backgrounds.fallback_classes:
        names = ", ".join(backgrounds.fallback_classes)
        logger.info(f"pasted into any scene, as none of their own is here: {names}")
    absent = sorted({name for names in backgrounds.missing_categories.values() for name in names})
    if absent:
        logger.info(f"scene categories that are not here: {', '.join(absent)}")
    _print_broken(backgrounds.broken)


def _print_broken(broken: tuple[str, ...], shown: int = 5) -> None:
    if broken:
        more = " ..." if len(broken) > shown else ""
        logger.warning(f"skipped {len(broken)} unreadable files: {'; '.join(broken[:shown])}{more}")
