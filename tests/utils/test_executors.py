"""Cores that this process may use: by its affinity and the quotas of its control groups."""

import os
from pathlib import Path

import pytest

from synthlib.utils.executors import available_cores


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


def write_files(root: Path, files: dict[str, str]) -> Path:
    """Write files below `root`: {path: content}."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def test_without_control_groups_or_a_limit_all_cores_count(tmp_path: Path) -> None:
    assert available_cores(tmp_path) == 8
    files = {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}
    assert available_cores(write_files(tmp_path, files)) == 8


@pytest.mark.parametrize(
    ("quota", "cores"), [(50_000, 1), (150_000, 2), (200_000, 2), (1_600_000, 8)]
)
def test_the_quota_of_a_container_is_rounded_up(tmp_path: Path, quota: int, cores: int) -> None:
    version_2 = {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": f"{quota} 100000\n"}
    assert available_cores(write_files(tmp_path / "2", version_2)) == cores
    # Docker's version 1: the group's name is that outside of the container.
    version_1 = {
        "proc/self/cgroup": "5:memory:/docker/ab\n4:cpu,cpuacct:/docker/ab\n0::/docker/ab\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": f"{quota}\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpuset/cpu.cfs_quota_us": "1\n",
    }
    assert available_cores(write_files(tmp_path / "1", version_1)) == cores


def test_the_smallest_quota_of_nested_groups_counts(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "0::/user.slice/job/step\n",
        "sys/fs/cgroup/user.slice/cpu.max": "600000 100000\n",
        "sys/fs/cgroup/user.slice/job/cpu.max": "300000 100000\n",
        "sys/fs/cgroup/user.slice/job/step/cpu.max": "max 100000\n",
        "sys/fs/cgroup/user.slice/other/cpu.max": "100000 100000\n",
    }
    assert available_cores(write_files(tmp_path, files)) == 3
