"""Folders that a run's data are in: its render store, stand-in photographs and packs.

They are found as `prepare.prepare_data` finds them, from the parameters and the files that exist.
Nothing is rendered or packed.
"""

from pathlib import Path

from synthlib.classes import select_classes
from synthlib.data import prepare
from synthlib.data.packs import pack_name
from synthlib.params import Params
from synthlib.photographs.photographs import photograph_side
from synthlib.photographs.stand_in import stand_in_root
from synthlib.rendering.from_params import curated_renders
from synthlib.utils.files import data_root


def needed_store(params: Params) -> set[Path]:
    """The render store of a run; none for a run on photographs alone.

    Raises:
        SynthlibError: If the renders cannot be planned, for example because models are missing.
    """
    return {prepare.render_plan(params).store} if prepare.needs_renders(params) else set()


def needed_stand_ins(params: Params) -> set[Path]:
    """The stand-in photographs of a run; none for a run on real ones.

    Raises:
        SynthlibError: If a class has no generator.
    """
    if not params.stand_in:
        return set()
    return {stand_in_root(params.output_dir, prepare.stand_in_settings(params))}


def needed_packs(params: Params) -> set[Path]:
    """The packs of a run, as far as its photographs and renders exist.

    Raises:
        SynthlibError: If photographs, models or a file that parameters name are missing.
    """
    [root] = needed_stand_ins(params) or {data_root(params.data_root)}
    if params.stand_in and not root.exists():
        return set()
    classes = select_classes(params.classes)
    photographs = prepare.study_photographs(params, root, classes).table
    side = photograph_side(params.image_size)
    names = {pack_name(list(photographs["sha256"]), f"shorter{side}", "RGB")}
    if prepare.needs_renders(params):
        renders = curated_renders(params, prepare.render_plan(params), quiet=True)
        renders = prepare.split_and_drop_excluded(params, renders)
        hashes = list(renders["sha256"])
        sides = prepare.render_sides(params)
        names |= {pack_name(hashes, f"cutout{side}", "RGBA") for side in sides}
        backgrounds = prepare.study_backgrounds(params, root, classes).table
        hashes = list(backgrounds["sha256"])
        sides = prepare.composite_sides(params)
        names |= {pack_name(hashes, f"square{side}", "RGB") for side in sides}
    return {params.output_dir / "packed" / name for name in names}
