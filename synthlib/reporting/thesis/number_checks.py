"""One check of a published number, and how two numbers are held against each other."""

from typing import NamedTuple

import numpy as np

from synthlib.reporting.thesis.published import published_table

ROUNDING_TOLERANCE = 0.005 + 1e-9
"""Half a unit of a percentage's second decimal, with room for binary fractions."""


class Check(NamedTuple):
    """A claim, where it stands, its number and the recomputed one (NaN: the claim is no number)."""

    claim: str
    where: str
    published: float
    recomputed: float
    agrees: bool
    note: str = ""


def check_number(
    claim: str,
    where: str,
    published: float,
    recomputed: float,
    decimals: int,
    note: str = "",
    *,
    tolerance: float = 0.0,
) -> Check:
    """A check of a number printed with so many decimals; `slack`: by how much the recomputed one
    may be off, as it is made of rounded numbers itself."""
    agrees = abs(recomputed - published) <= 0.5 * 10.0**-decimals + tolerance + 1e-9
    return Check(claim, where, float(published), float(recomputed), bool(agrees), note)


def wording_error(claim: str, where: str, note: str) -> Check:
    """A slip of words: there is no number to recompute."""
    return Check(claim, where, np.nan, np.nan, False, note)


def result_cell(table: int, index: str, column: str) -> float:
    """One cell of a table of results."""
    rows = published_table(table)
    return float(rows.loc[rows["index"] == index, column].item())
