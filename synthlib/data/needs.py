"""Folders that a run's data are in: its render store, stand-in photographs and packs.

Nothing is rendered or packed.
"""

from pathlib import Path

from synthlib.data import prepare
from synthlib.params import Params
from synthlib.photographs.stand_in import stand_in_root


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
    if not all(root.exists() for root in needed_stand_ins(params)):
        return set()
    with prepare.naming_packs() as folders:
        prepare.prepare_data(params, quiet=True)
    return folders
