"""One check of a published number, and how it is compared with the recomputed one."""

from typing import NamedTuple

from synthlib.reporting.thesis.published import claim_entry, published_table

ROUNDING_TOLERANCE = 0.005 + 1e-9
"""Half a unit of a percentage's second decimal, with room for binary fractions."""


class Check(NamedTuple):
    """A published claim and its recomputation.

    Attributes:
        claim: The claim as text.
        where: Section, table or figure of the thesis that makes it.
        published: The printed number; NaN if the claim is not a number.
        recomputed: The number that follows from other published numbers; NaN likewise.
        agrees: True if the two agree.
        note: An explanation, or "".
    """

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
    """Check a printed number against a recomputed one.

    Args:
        claim: The claim as text.
        where: Section, table or figure of the thesis that makes it.
        published: The printed number.
        recomputed: The recomputed number.
        decimals: Decimals with which the number is printed.
        note: An explanation.
        tolerance: Additional difference to accept, because the recomputed number is derived from
            rounded ones.
    """
    agrees = abs(recomputed - published) <= 0.5 * 10.0**-decimals + tolerance + 1e-9
    return Check(claim, where, float(published), float(recomputed), bool(agrees), note)


def check_claim(name: str, recomputed: float, note: str = "", *, claim: str = "") -> Check:
    """Check a number of the thesis's text against a recomputed one.

    Args:
        name: Key in `claims.yaml`, which has the printed number.
        recomputed: The recomputed number.
        note: An explanation; default: that of `claims.yaml`, if it has one.
        claim: The claim as text; default: that of `claims.yaml`.
    """
    entry = claim_entry(name)
    printed, note = entry["value"], note or entry.get("note", "")
    decimals = len(printed.partition(".")[2])
    claim = claim or entry["claim"]
    return check_number(claim, entry["where"], float(printed), recomputed, decimals, note)


def result_cell(table: int, index: str, column: str) -> float:
    """One number of a published table of results, by the index of its row."""
    rows = published_table(table)
    return float(rows.loc[rows["index"] == index, column].item())
