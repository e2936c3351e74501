"""The data of a run: renders, photographs and backgrounds, checked and packed.

`prepare_data(params)` is the one place where parameters meet the stages: it renders what is missing
(and, at a scale with stand-ins, the stand-in photographs), scans the photographs, and packs all of
them. Every step skips what is done and logs that.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from synthlib.classes import select_classes
from synthlib.data.labels import read_labels
from synthlib.data.pack_builder import RGBA_AND_MASK
from synthlib.data.packs import Pack, build_or_open_pack, empty_pack, pack_name
from synthlib.data.preprocess import crop_centre_square, crop_to_alpha, resize_shorter_side
from synthlib.data.study_tables import (
    background_folder,
    backgrounds_digest,
    log_backgrounds,
    log_photographs,
    scan_once,
    scanning_once,
    split_and_drop_excluded,
    study_background_folder,
    study_backgrounds,
    study_photographs,
    table_digest,
)
from synthlib.params import Params
from synthlib.photographs.backgrounds import (
    Backgrounds,
    check_background_folders,
)
from synthlib.photographs.photographs import (
    DataError,
    Photographs,
    class_folders,
    photograph_side,
)
from synthlib.photographs.stand_in import StandInSettings, make_stand_ins, stand_in_root
from synthlib.photographs.storage import ImageStorage, read_image_storage
from synthlib.rendering.from_params import curated_renders, render_and_curate, render_plan
from synthlib.rendering.problems import print_failures as print_failures  # for callers
from synthlib.rendering.supervisor import RenderOptions
from synthlib.runs import RENDER_RECIPE
from synthlib.utils.files import data_root, digest

logger = logging.getLogger(__name__)

_pack_folders: ContextVar[set[Path] | None] = ContextVar("pack_folders", default=None)
"""Collects the folders of packs in `naming_packs`; else None."""

STAND_IN_SIDE_FACTOR = 1.5
"""Side of stand-in photographs divided by that of the model's input: room for crops."""


@dataclass(frozen=True)
class StudyData:
    """Tables with one row per image, each with its pack in the same order.

    Attributes:
        photographs: The real photographs of all splits.
        photograph_pack: Their pixels, the shorter side `photograph_side`.
        renders: The manifest of the renders; None in a run that neither trains nor tests on them.
        render_packs: Their cutouts at the size of photographs, at half and at a quarter of it, for
            objects that shrink.
        backgrounds: The background photographs of Places; None in a run without renders, or
            without Places if it trains on other backgrounds.
        background_packs: Their central squares, by side in pixels: one pack for each side at which
            the run makes composites.
        digests: Digest of the content of each part; together with the parameters they are a run's
            digest. An entry with the recipe of the renders identifies a run on other machines.
        folder_backgrounds: The photographs of `backgrounds_folder`: sample (with the folder's
            name), split, height, width and sha256; None in a run that does not train on them.
        uncut_background_pack: The backgrounds to train on as whole photographs, of which squares
            are cut; None where central squares are enough.
        storage: How the training photographs are stored, if composites are to be stored alike.
        fetched: Photographs instead of renders, from `labels.read_labels`; None in other runs.
    """

    photographs: Photographs
    photograph_pack: Pack
    renders: pd.DataFrame | None
    render_packs: tuple[Pack, ...]
    backgrounds: Backgrounds | None
    background_packs: dict[int, Pack]
    digests: dict[str, str]
    folder_backgrounds: pd.DataFrame | None = None
    uncut_background_pack: Pack | None = None
    storage: ImageStorage | None = None
    fetched: pd.DataFrame | None = None


def needs_renders(params: Params) -> bool:
    """True if a run trains or tests on renders.

    The test sets `real`, `dev`, `real_rest` and `real_1` to `real_5` are photographs: a run on them
    alone needs no renders and has no digest of any.
    """
    tested = any(name.startswith("synthetic_") for name in params.test_sets)
    return (params.synthetic_fraction > 0 and not params.labelled_by) or tested


def composite_sides(params: Params) -> tuple[int, ...]:
    """Sides in pixels at which a run makes composites.

    That of the model's input, for tests and the thesis's augmentation, and that of photographs
    where composites go through the same crops as photographs or are stored as these are.
    """
    sides = (params.image_size,)
    if params.labelled_by:
        return sides
    is_cropped = params.synthetic_augmentation_name != "thesis"
    is_stored = params.composite_storage == "photographs"  # with sides up to that of photographs
    if (is_cropped or is_stored) and params.synthetic_fraction > 0:
        sides += (photograph_side(params.image_size),)
    return sides


def render_sides(params: Params) -> tuple[int, ...]:
    """Sides in pixels at which renders are packed, falling.

    The largest is that of the largest composite; the next ones serve objects placed at half and a
    quarter of the size.
    """
    side = photograph_side(params.image_size)
    return (side, round(side / 2), round(side / 4))


def prepare_data(params: Params, *, quiet: bool = False) -> StudyData:
    """Render, scan, check and pack all the data of a run.

    The first call of a study takes as long as its renders; later calls find everything done.

    Args:
        params: The run's parameters.
        quiet: True logs nothing; else each stage logs a line.

    Returns:
        The tables and packs that `training_set` and `test_sets` take.

    Raises:
        DataError: If photographs or backgrounds are missing or broken.
        RenderError: If an object cannot be rendered.
        ParameterError: If the data root or a file that parameters name does not exist.

    Examples:
        >>> params = synthlib.params.load("tiny", "baseline")
        >>> data = prepare_data(params)
        >>> data.photographs.table.columns
        Index(['sample', 'class', 'split', 'sha256'], dtype='object')
    """
    classes = select_classes(params.classes)
    root = photograph_root(params, quiet=quiet)
    packs = params.output_dir / "packed"
    photographs = study_photographs(params, root, classes, quiet=quiet)
    if not quiet:
        log_photographs(photographs)
    side = photograph_side(params.image_size)
    transform = resize_shorter_side(side)
    photograph_pack = pack_table(
        packs, root, photographs.table, transform, f"shorter{side}", "RGB", "photographs"
    )
    digests = {"photographs": table_digest(photographs.table, "sample")}
    fetched = None
    # not in `naming_packs`: before `write_labels`, the file may be of an earlier labelling run
    if params.labelled_by and _pack_folders.get() is None:
        fetched = read_labels(params, photographs.table)
        digests["labels"] = digest(fetched.values.tolist())
    if not needs_renders(params):
        return StudyData(photographs, photograph_pack, None, (), None, {}, digests, fetched=fetched)

    renders, store = _curated_renders(params, quiet=quiet)
    renders = split_and_drop_excluded(params, renders, quiet=quiet)
    render_packs = []
    for side in render_sides(params):
        transform, title = crop_to_alpha(side), f"{side} px renders"
        mode = RGBA_AND_MASK if "mask_sha256" in renders else "RGBA"
        pack = pack_table(packs, store, renders, transform, f"cutout{side}", mode, title)
        render_packs.append(pack)
    backgrounds, background_packs = study_backgrounds(params, root, classes), {}
    if backgrounds is not None:
        if not quiet:
            log_backgrounds(backgrounds)
        for side in composite_sides(params):
            transform = crop_centre_square(side)
            background_packs[side] = pack_table(
                packs, root, backgrounds.table, transform, f"square{side}", "RGB", "backgrounds"
            )
        digests["backgrounds"] = backgrounds_digest(backgrounds.table, classes)
    folder_backgrounds = uncut_background_pack = storage = None
    if params.synthetic_fraction > 0 and fetched is None:
        if params.backgrounds == "folder":
            folder_backgrounds = study_background_folder(params, root, photographs, backgrounds)
            digests["background folder"] = table_digest(folder_backgrounds, "sample")
        uncut_background_pack = _pack_uncut(params, packs, root, backgrounds, folder_backgrounds)
        if params.composite_storage == "photographs":
            training = photographs.table.query("split == 'train'")
            storage = read_image_storage(root, list(training["sample"]))
    digests["renders"] = table_digest(renders, "file")
    if params.object_sizes == "class":
        digests["object sizes"] = digest([list(cls.size) for cls in classes])
    if params.object_placement == "class":
        digests["object places"] = digest([[list(c.across), list(c.foot)] for c in classes])
    digests[RENDER_RECIPE] = render_plan(params).recipe
    return StudyData(
        photographs,
        photograph_pack,
        renders,
        tuple(render_packs),
        backgrounds,
        background_packs,
        digests,
        folder_backgrounds,
        uncut_background_pack,
        storage,
        fetched,
    )


@contextmanager
def naming_packs() -> Iterator[set[Path]]:
    """Context manager in which `prepare_data` renders and packs nothing.

    It then only adds the folder of each pack that it would open to the set that the context manager
    yields. The packs that it returns are empty, and missing renders and stand-ins stay missing.
    Runs on the same photographs or renders read these once, when the first of them is prepared.
    """
    folders: set[Path] = set()
    token = _pack_folders.set(folders)
    try:
        with scanning_once():
            yield folders
    finally:
        _pack_folders.reset(token)


def _curated_renders(params: Params, *, quiet: bool) -> tuple[pd.DataFrame, Path]:
    """The curated manifest of a run's renders, and their store."""
    if _pack_folders.get() is None:
        return render_and_curate(params, quiet=quiet)
    plan = render_plan(params)
    key = (plan.store, plan.recipe, params.near_duplicate_bits, params.min_coverage)
    return scan_once(key, lambda: curated_renders(params, plan, quiet=quiet)), plan.store


def photograph_root(params: Params, *, quiet: bool = False) -> Path:
    """Folder of the photographs: `data_root`, $SYNTHLIB_DATA, or the stand-ins, made if missing."""
    if not params.stand_in:
        return data_root(params.data_root)
    if _pack_folders.get() is not None:
        return stand_in_root(params.output_dir, stand_in_settings(params))
    options = RenderOptions(
        workers=params.workers or None, python=params.blender_python, progress=not quiet
    )
    return make_stand_ins(params.output_dir, stand_in_settings(params), options)


def stand_in_settings(params: Params) -> StandInSettings:
    """Settings of a run's stand-in photographs."""
    return StandInSettings(
        classes=params.classes,
        train=params.stand_in_train,
        val=params.stand_in_val,
        backgrounds=params.stand_in_backgrounds,
        size=round(params.image_size * STAND_IN_SIDE_FACTOR),
        seed=params.data_seed,
        bpy_version=params.bpy_version,
    )


def check_data(params: Params) -> None:
    """Check a run's data before anything is rendered.

    Raises:
        DataError: If photographs or backgrounds are missing or broken.
        ParameterError: If the data root or a file that parameters name does not exist.
        SynthlibError: If the renders cannot be planned.
    """
    if not params.stand_in:
        classes, root = select_classes(params.classes), photograph_root(params)
        photographs = study_photographs(params, root, classes)
        if needs_renders(params):
            backgrounds = study_backgrounds(params, root, classes)
            if params.backgrounds == "folder":
                study_background_folder(params, root, photographs, backgrounds)
    if needs_renders(params):
        render_plan(params)


def check_folders(params: Params) -> str:
    """Check that the folders of a run's photographs and backgrounds exist; no file is decoded.

    Returns:
        The folders that were found, as text.

    Raises:
        DataError: If folders are missing, or a class has no background.
        ParameterError: If the data root does not exist.
    """
    if params.stand_in:
        return "stand-in photographs, which the batch makes"
    classes, root = select_classes(params.classes), data_root(params.data_root)
    class_folders(root, classes)
    text = f"photographs of {len(classes)} classes"
    if needs_renders(params) and (params.backgrounds == "places" or (root / "places").is_dir()):
        count = check_background_folders(
            root, classes, scenes=params.scenes, missing_scenes=params.missing_scenes
        )
        text += f" and {count} categories of backgrounds"
    if params.backgrounds == "folder" and params.synthetic_fraction > 0:
        folder = background_folder(params, root)
        if not folder.is_dir():
            raise DataError(f"backgrounds_folder: no folder {folder}; name one with photographs")
    return f"{text} in {root}"


def _pack_uncut(
    params: Params,
    packs: Path,
    root: Path,
    backgrounds: Backgrounds | None,
    folder_backgrounds: pd.DataFrame | None,
) -> Pack | None:
    """Pack of whole training backgrounds, large enough for the smallest square cut from them.

    None where central squares are enough, and where photographs are the backgrounds.
    """
    if folder_backgrounds is not None:
        table, folder = folder_backgrounds, background_folder(params, root).parent
    elif params.backgrounds == "places" and params.background_crop_range != [1.0, 1.0]:
        assert backgrounds is not None  # None only if the run trains on others
        table, folder = backgrounds.table, root
    else:
        return None
    smallest_square = params.background_crop_range[0] ** 0.5  # side, as a share of the largest one
    side = round(max(composite_sides(params)) / smallest_square)
    transform = resize_shorter_side(side)
    return pack_table(packs, folder, table, transform, f"shorter{side}", "RGB", "whole backgrounds")


def pack_table(
    packs: Path,
    root: Path,
    table: pd.DataFrame,
    transform: Callable,
    recipe: str,
    mode: str,
    title: str,
) -> Pack:
    """The pack of a table's images, in its order.

    Args:
        packs: Folder of all packs.
        root: Folder below which the images are.
        table: One row per image, with columns `file` or `sample` (a path below `root`), `sha256`,
            and `mask_sha256` for renders that have own masks.
        transform: See `packs.build_or_open_pack`, as for `recipe`, `mode` and `title`.
        recipe: Name of what `transform` does.
        mode: "RGB", "RGBA" or `RGBA_AND_MASK`.
        title: The plural of the images' kind, for the progress bar.
    """
    column = "file" if "file" in table else "sample"
    hashes = [*table["sha256"], *table.get("mask_sha256", ())]
    if (folders := _pack_folders.get()) is not None:
        folders.add(packs / pack_name(hashes, recipe, mode))
        return empty_pack()
    return build_or_open_pack(
        packs,
        lambda: [root / name for name in table[column]],
        hashes,
        transform=transform,
        recipe=recipe,
        mode=mode,
        title=title,
    )
