"""Which groups of instances are for testing: nothing of one group is on both sides of the split."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

TEST_SHARE = 0.2
"""Share of a class's instances that are for testing (thesis 4.3.2)."""


def linked_groups(keys: Sequence[Sequence[str]]) -> list[str]:
    """The group of each member, given its keys: members that share a key are in one group, and so
    are all that are linked through others. A group is named by its first member's first key."""
    link: dict[str, str] = {}  # a key to one that came before it, in the same group
    came: dict[str, int] = {}

    def group_of(key: str) -> str:
        while key in link:
            key = link[key]
        return key

    for member in keys:
        for key in member:
            came.setdefault(key, len(came))
        first, *others = sorted({group_of(key) for key in member}, key=came.__getitem__)
        link |= dict.fromkeys(others, first)
    return [group_of(member[0]) for member in keys]


def choose_test_groups(group_sizes: Mapping[str, int], rng: np.random.Generator) -> set[str]:
    """The groups for testing, so that their members come as near to a fifth as groups allow.

    `sizes` has the members of each group. Groups are taken in a random order of `rng`; both sides
    get one if there are two.
    """
    names = sorted(group_sizes)
    order = [names[i] for i in rng.permutation(len(names))]
    members = sum(group_sizes.values())
    goal = TEST_SHARE * members
    least = 1 if len(names) > 1 else 0
    ideal = max(least, math.ceil(goal - 0.5))
    # instances for testing -> the last group added for that many, and how many there were before
    reachable: dict[int, tuple[str, int]] = {0: ("", 0)}
    for group in order:
        if ideal in reachable:
            break  # no later group can do better
        for total in list(reachable):
            if total + group_sizes[group] <= max(2 * goal, group_sizes[group]):
                reachable.setdefault(total + group_sizes[group], (group, total))
    best = min((t for t in reachable if t >= least), key=lambda t: (abs(t - goal), t))
    chosen = set()
    while best:
        group, best = reachable[best]
        chosen.add(group)
    return chosen
