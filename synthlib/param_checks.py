"""Rules that concern several parameters at once (docs/design.md, Parameters).

Each raises ValueError with a sentence that opens with the key to change.
"""

import os
from typing import Any

from synthlib.classes import CLASSES

UNUSED_REAL_SETS = ("real_rest", "real_1", "real_2", "real_3", "real_4", "real_5")
"""Test sets of training photographs that a run does not use: all of them, and five parts."""


def check_consistency(params: Any) -> None:
    """Every rule, on the fields of a `params.Params`."""
    _check_classes(params)
    _check_domains(params)
    _check_synthetic_domain(params)
    _check_test_sets(params)


def _check_classes(params: Any) -> None:
    unknown = [name for name in params.classes if name not in CLASSES]
    if unknown:
        own = os.environ.get("SYNTHLIB_CLASSES", "") or "not set"
        raise ValueError(
            f"classes: unknown {unknown[0]!r}; allowed: {', '.join(CLASSES)}; classes of your own: "
            f"set SYNTHLIB_CLASSES to their file (now: {own})"
        )
    if len(set(params.classes)) < len(params.classes):
        raise ValueError("classes: a class is named twice")


def _check_domains(params: Any) -> None:
    if params.real_fraction == 0 and params.synthetic_fraction == 0:
        raise ValueError("real_fraction and synthetic_fraction are both 0: no training data")
    if params.real_split and not 0 < params.real_split * params.real_fraction <= 1:
        raise ValueError(
            f"real_split: split {params.real_split} of disjoint ones with real_fraction "
            f"{params.real_fraction} asks for more photographs than there are, or for none"
        )
    if params.real_share and not params.is_mixed:
        raise ValueError("real_share: needs real_fraction and synthetic_fraction above 0")
    key = "real_share" if params.real_share else "matched_real_share"
    share = params.real_share or (
        params.protocol == "matched" and params.is_mixed and params.matched_real_share
    )
    if share and not 0 < round(share * params.batch_size) < params.batch_size:
        raise ValueError(
            f"{key}: {share:g} of a batch of {params.batch_size} leaves one domain without a sample; "
            "choose another share or a larger batch_size"
        )


def _check_synthetic_domain(params: Any) -> None:
    unknown = [name for name in params.hybrid_nobg or () if name not in params.classes]
    if unknown:
        allowed = ", ".join(params.classes)
        raise ValueError(f"hybrid_nobg: {unknown[0]!r} is not in the classes: {allowed}")
    if params.hybrid_nobg is not None and params.synthetic_domain != "hybrid":
        raise ValueError("hybrid_nobg: only synthetic_domain hybrid chooses class by class")
    if params.nobg_affine and params.synthetic_domain not in ("synthetic_nobg", "hybrid"):
        raise ValueError(
            f"nobg_affine: synthetic_domain {params.synthetic_domain} has no object on black; "
            "allowed: with synthetic_nobg or hybrid"
        )


def _check_test_sets(params: Any) -> None:
    if "dev" in params.test_sets and params.dev_per_class == 0:
        raise ValueError("test_sets: dev needs dev_per_class above 0, photographs to cut off")
    rest = [name for name in params.test_sets if name in UNUSED_REAL_SETS]
    if rest and params.real_fraction == 1:
        raise ValueError(f"test_sets: {rest[0]} is empty, as real_fraction 1 leaves none unused")
