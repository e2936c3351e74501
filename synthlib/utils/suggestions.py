"""Suggestions for misspelt names."""

import difflib
from collections.abc import Iterable

MIN_SIMILARITY = 0.6
"""Least similarity, in [0, 1], of a name that is suggested (`difflib.SequenceMatcher.ratio`)."""


def nearest_name(name: str, names: Iterable[str], similarity: float = MIN_SIMILARITY) -> str:
    """The name that is most like a given one, regardless of case; "" if none is similar.

    Names with the same letters in another order always are: in a short one such as `tyni`, two
    swapped letters lower the similarity to 0.5.

    Examples:
        >>> nearest_name("Bananna", ["banana", "cup"])
        'banana'
    """
    by_lower = {known.lower(): known for known in names}
    nearest = [known for known in by_lower if sorted(known) == sorted(name.lower())]
    nearest = nearest or difflib.get_close_matches(name.lower(), by_lower, 1, similarity)
    return by_lower[nearest[0]] if nearest else ""


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The question after the nearest name, followed by a blank; "" if none is similar.

    Examples:
        >>> did_you_mean("epoch", ["epochs", "seed"])
        'did you mean epochs? '
    """
    nearest = nearest_name(name, names)
    return f"did you mean {nearest}? " if nearest else ""


def allowed_names(name: str, names: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest one, and all.

    Examples:
        >>> allowed_names("tyni", ["demo", "tiny"])
        'did you mean tiny? allowed: demo, tiny'
    """
    names = list(names)
    return f"{did_you_mean(name, names)}allowed: {', '.join(names)}"
