"""Suggestions for misspelt names."""

import pytest

from synthlib.utils.suggestions import allowed_names, did_you_mean, nearest_name

SCALES = ["demo", "thesis", "tiny"]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("tiny", "tiny"),
        ("tyni", "tiny"),  # swapped letters
        ("Thesis", "thesis"),  # another case
        ("thesi", "thesis"),
        ("giant", ""),
        ("", ""),
    ],
)
def test_the_nearest_name_is_found_or_none(name: str, nearest: str) -> None:
    assert nearest_name(name, SCALES) == nearest
    assert did_you_mean(name, SCALES) == (f"did you mean {nearest}? " if nearest else "")


def test_all_names_follow_the_suggestion() -> None:
    assert allowed_names("tinny", SCALES) == "did you mean tiny? allowed: demo, thesis, tiny"
    assert allowed_names("giant", iter(SCALES)) == "allowed: demo, thesis, tiny"
