"""Groups of instances: members that share a key, directly or through others, are in one group."""

import itertools

from hypothesis import given, strategies as st

from synthlib.assets import split

KEYS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=12)


@given(KEYS)
def test_groups_are_the_connected_components(keys: list[list[str]]) -> None:
    linked = [set(member) for member in keys]
    for _ in keys:  # spreads keys until nothing changes
        for one, two in itertools.combinations(linked, 2):
            if one & two:
                one |= two
                two |= one
    groups = split.linked_groups(keys)
    for (i, one), (j, two) in itertools.combinations(enumerate(linked), 2):
        assert (groups[i] == groups[j]) == bool(one & two)


def test_a_group_is_named_by_its_first_member() -> None:
    keys = [["a", "file 1"], ["b", "file 2"], ["c", "file 1"], ["d", "file 2", "file 1"], ["e"]]
    assert split.linked_groups(keys) == ["a", "a", "a", "a", "e"]
    assert split.linked_groups([]) == []
