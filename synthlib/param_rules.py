"""Rules that several parameters of a run must meet together.

pydantic turns the ValueErrors into ValidationErrors; each message begins with the key to change.
"""

import itertools
import os
from typing import TYPE_CHECKING

from synthlib.classes import CLASSES
from synthlib.utils.suggestions import allowed_names

if TYPE_CHECKING:
    from synthlib.params import Params


def check_consistency(params: "Params") -> None:
    """Check the rules.

    Raises:
        ValueError: A rule is not met.
    """
    _check_classes(params)
    _check_batch_size(params)
    _check_domains(params)
    _check_recipe(params)
    _check_phases(params)
    _check_synthetic_domain(params)
    _check_backgrounds(params)
    _check_test_sets(params)


def _check_classes(params: "Params") -> None:
    unknown = [name for name in params.classes if name not in CLASSES]
    if unknown:
        user_file = os.environ.get("SYNTHLIB_CLASSES", "") or "not set"
        raise ValueError(
            f"classes: unknown {unknown[0]!r}; {allowed_names(unknown[0], CLASSES)}; classes of "
            f"your own: set SYNTHLIB_CLASSES to their file (now: {user_file})"
        )
    if len(set(params.classes)) < len(params.classes):
        raise ValueError("classes: a class is named twice")


def _check_batch_size(params: "Params") -> None:
    if params.batch_size < params.min_batch_size:
        key = "small_size" if params.small_size else "image_size"
        raise ValueError(
            f"batch_size: {params.batch_size} is too small for {key} {getattr(params, key)}, "
            "whose last maps are of 1 x 1: batch norm needs more values, and the weights diverge; "
            f"allowed: {params.min_batch_size} or more, or a larger {key}"
        )


def _check_domains(params: "Params") -> None:
    if params.real_fraction == 0 and params.synthetic_fraction == 0:
        raise ValueError("real_fraction and synthetic_fraction are both 0: no training data")
    if params.real_split and not 0 < params.real_split * params.real_fraction <= 1:
        raise ValueError(
            f"real_split: split {params.real_split} of disjoint ones with real_fraction "
            f"{params.real_fraction} asks for more photographs than there are, or for none"
        )
    if params.folds == 1:
        raise ValueError("folds: a single fold leaves nothing to train on; allowed: 0, 2 or more")
    if params.steps and params.steps_factor != 1:
        raise ValueError(
            f"steps_factor: {params.steps_factor:g} of the protocol's steps, but steps is "
            f"{params.steps}; give one of the two"
        )
    if params.separate_last_layers and not params.is_mixed:
        raise ValueError("separate_last_layers: needs real_fraction and synthetic_fraction above 0")
    if params.real_share and not params.is_mixed:
        raise ValueError("real_share: needs real_fraction and synthetic_fraction above 0")
    key, share = "real_share", params.real_share
    matched = params.protocol == "matched" and not params.phase_real_shares
    if not share and matched and params.is_mixed:
        key, share = "matched_real_share", params.matched_real_share
    if share and not 0 < round(share * params.batch_size) < params.batch_size:
        raise ValueError(
            f"{key}: {share:g} of a batch of {params.batch_size} leaves one domain without a "
            "sample; choose another share or a larger batch_size"
        )


def _check_recipe(params: "Params") -> None:
    if params.nesterov and (params.optimizer != "sgd" or params.momentum == 0):
        raise ValueError("nesterov: needs optimizer sgd and a momentum above 0")
    area = params.crop_area
    if area and not (len(area) == 2 and 0 < area[0] <= area[1] <= 1):
        raise ValueError(
            f"crop_area: {area} is not allowed; allowed: [least, most] above 0 and up to 1, or []"
        )
    if params.small_size and not 16 <= params.small_size <= params.image_size:
        raise ValueError(
            f"small_size: {params.small_size} px; allowed: 0, or 16 to image_size "
            f"{params.image_size}"
        )


def _check_phases(params: "Params") -> None:
    ends, shares, factors = params.phase_ends, params.phase_real_shares, params.phase_lr_factors
    rising = all(a < b for a, b in itertools.pairwise([0.0, *ends]))
    if ends and not (rising and ends[-1] == 1):
        raise ValueError(f"phase_ends: {ends} is not allowed; allowed: rising numbers up to 1")
    if factors and (len(factors) != len(ends) or min(factors) <= 0):
        raise ValueError(
            f"phase_lr_factors: {factors} is not allowed; allowed: a number above 0 for each of "
            f"the {len(ends)} phases of phase_ends"
        )
    if not shares:
        return
    if not params.is_mixed:
        raise ValueError("phase_real_shares: needs real_fraction and synthetic_fraction above 0")
    if params.real_share:
        raise ValueError("phase_real_shares: real_share is given too; leave out one of them")
    if len(shares) not in (len(ends), len(ends) + 1) or min(shares) < 0 or max(shares) > 1:
        raise ValueError(
            f"phase_real_shares: {shares} is not allowed; allowed: from 0 to 1, one for each of "
            f"the {len(ends)} phases of phase_ends, or one more for shares that change linearly"
        )
    if round(max(shares) * params.batch_size) == 0 or min(shares) == 1:
        raise ValueError(f"phase_real_shares: with {shares} a domain is in no batch")


def _check_synthetic_domain(params: "Params") -> None:
    unknown = [name for name in params.hybrid_nobg or () if name not in params.classes]
    if unknown:
        raise ValueError(
            f"hybrid_nobg: {unknown[0]!r} is not one of the run's classes; "
            f"{allowed_names(unknown[0], params.classes)}"
        )
    if params.hybrid_nobg is not None and params.synthetic_domain != "hybrid":
        raise ValueError("hybrid_nobg: only synthetic_domain hybrid chooses class by class")
    fetched = params.synthetic_domain == "fetched" and params.synthetic_fraction > 0
    if fetched != bool(params.labelled_by):
        raise ValueError(
            f"labelled_by: {params.labelled_by!r} with synthetic_domain {params.synthetic_domain}; "
            "allowed: the name of an experiment with synthetic_domain fetched, which needs one, "
            "and else nothing"
        )
    if fetched and not 0 < params.real_fraction < 1:
        raise ValueError("real_fraction: must be above 0 and below 1 with synthetic_domain fetched")
    if params.nobg_affine and params.synthetic_domain not in ("synthetic_nobg", "hybrid"):
        raise ValueError(
            f"nobg_affine: synthetic_domain {params.synthetic_domain} has no object on black; "
            "allowed: with synthetic_nobg or hybrid"
        )


def _check_backgrounds(params: "Params") -> None:
    if params.backgrounds == "folder" and not params.backgrounds_folder:
        raise ValueError(
            "backgrounds_folder: not given, and backgrounds is folder; name a folder of photographs"
        )
    on_black = params.synthetic_domain == "synthetic_nobg"
    if params.backgrounds == "photographs" and params.real_fraction == 0 and not on_black:
        raise ValueError(
            "backgrounds: photographs are those that the run trains on, and real_fraction is 0; "
            "allowed: places, folder, or a real_fraction above 0"
        )


def _check_test_sets(params: "Params") -> None:
    if "dev" in params.test_sets and params.dev_per_class == 0:
        raise ValueError("test_sets: dev needs dev_per_class above 0, photographs to cut off")
    unused = [name for name in params.test_sets if name.startswith("real_")]
    if unused and params.real_fraction == 1 and not params.folds:
        raise ValueError(f"test_sets: {unused[0]} is empty, as real_fraction 1 leaves none unused")
