"""The split of instances into training and test, by groups that are never divided."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

TEST_SHARE = 0.2
"""Share of a class's instances that is for testing (thesis 4.3.2)."""


def linked_groups(keys: Sequence[Sequence[str]]) -> list[str]:
    """Group members that share a key, directly or through other members.

    Args:
        keys: The keys of each member, at least one.

    Returns:
        The group of each member, named by the first key of the group's first member.
    """
    parent: dict[str, str] = {}  # a key -> an earlier key of the same group (union-find)
    order: dict[str, int] = {}

    def group_of(key: str) -> str:
        while key in parent:
            key = parent[key]
        return key

    for member_keys in keys:
        for key in member_keys:
            order.setdefault(key, len(order))
        earliest, *others = sorted({group_of(key) for key in member_keys}, key=order.__getitem__)
        parent |= dict.fromkeys(others, earliest)
    return [group_of(member_keys[0]) for member_keys in keys]


def choose_test_groups(group_sizes: Mapping[str, int], rng: np.random.Generator) -> set[str]:
    """Choose the test groups, so that their size is as close to `TEST_SHARE` as groups allow.

    Args:
        group_sizes: Number of instances of each group.
        rng: Shuffles the groups, so that the choice is random among equally good ones.

    Returns:
        Names of the test groups. With two groups or more, neither side of the split is empty.
    """
    names = sorted(group_sizes)
    shuffled = [names[i] for i in rng.permutation(len(names))]
    goal = TEST_SHARE * sum(group_sizes.values())
    minimum = 1 if len(names) > 1 else 0
    ideal = max(minimum, math.ceil(goal - 0.5))
    # subset sum: total -> the group added last to reach it, and the total before
    reachable: dict[int, tuple[str, int]] = {0: ("", 0)}
    for group in shuffled:
        if ideal in reachable:
            break  # no later group can give a better total
        for total in list(reachable):
            if total + group_sizes[group] <= max(2 * goal, group_sizes[group]):
                reachable.setdefault(total + group_sizes[group], (group, total))
    total = min((t for t in reachable if t >= minimum), key=lambda t: (abs(t - goal), t))
    test_groups = set()
    while total:
        group, total = reachable[total]
        test_groups.add(group)
    return test_groups
