"""Rules that concern several parameters at once (docs/design.md, Parameters).

Each raises ValueError with a sentence that opens with the key to change.
"""

import os
from typing import Any

from synthlib.classes import CLASSES

REST_SETS = ("real_rest", "real_1", "real_2", "real_3", "real_4", "real_5")
"""Test sets of training photographs that a run does not use: all of them, and five parts."""


def check_fit(params: Any) -> None:
    """Every rule, on the fields of a `params.Params`."""
    _classes(params)
    _mixing(params)
    _synthetic(params)
    _test_sets(params)


def _classes(p: Any) -> None:
    unknown = [name for name in p.classes if name not in CLASSES]
    if unknown:
        own = os.environ.get("SYNTHLIB_CLASSES", "") or "not set"
        raise ValueError(
            f"classes: unknown {unknown[0]!r}; allowed: {', '.join(CLASSES)}; classes of your own: "
            f"set SYNTHLIB_CLASSES to their file (now: {own})"
        )
    if len(set(p.classes)) < len(p.classes):
        raise ValueError("classes: a class is named twice")


def _mixing(p: Any) -> None:
    if p.real_fraction == 0 and p.synthetic_fraction == 0:
        raise ValueError("real_fraction and synthetic_fraction are both 0: no training data")
    if p.real_split and not 0 < p.real_split * p.real_fraction <= 1:
        raise ValueError(
            f"real_split: split {p.real_split} of disjoint ones with real_fraction "
            f"{p.real_fraction} asks for more photographs than there are, or for none"
        )
    if p.real_share and not p.mixed:
        raise ValueError("real_share: needs real_fraction and synthetic_fraction above 0")
    key = "real_share" if p.real_share else "matched_real_share"
    share = p.real_share or (p.protocol == "matched" and p.mixed and p.matched_real_share)
    if share and not 0 < round(share * p.batch_size) < p.batch_size:
        raise ValueError(
            f"{key}: {share:g} of a batch of {p.batch_size} leaves one domain without a sample; "
            "choose another share or a larger batch_size"
        )


def _synthetic(p: Any) -> None:
    unknown = [name for name in p.hybrid_nobg or () if name not in p.classes]
    if unknown:
        allowed = ", ".join(p.classes)
        raise ValueError(f"hybrid_nobg: {unknown[0]!r} is not in the classes: {allowed}")
    if p.hybrid_nobg is not None and p.synthetic_domain != "hybrid":
        raise ValueError("hybrid_nobg: only synthetic_domain hybrid chooses class by class")
    if p.nobg_affine and p.synthetic_domain not in ("synthetic_nobg", "hybrid"):
        raise ValueError(
            f"nobg_affine: synthetic_domain {p.synthetic_domain} has no object on black; "
            "allowed: with synthetic_nobg or hybrid"
        )


def _test_sets(p: Any) -> None:
    if "dev" in p.test_sets and p.dev_per_class == 0:
        raise ValueError("test_sets: dev needs dev_per_class above 0, photographs to cut off")
    rest = [name for name in p.test_sets if name in REST_SETS]
    if rest and p.real_fraction == 1:
        raise ValueError(f"test_sets: {rest[0]} is empty, as real_fraction 1 leaves none unused")
