"""CPU time used by a piece of work, and by all other processes at the same time."""

import time
from dataclasses import dataclass
from pathlib import Path

import psutil

_NOT_BUSY = {"idle", "iowait", "guest", "guest_nice"}  # guests are in user and nice already


@dataclass(frozen=True)
class CpuUsage:
    """Seconds of wall clock, of CPU in this process and its children, and in all processes."""

    wall: float
    own: float
    everyone: float

    @classmethod
    def snapshot(cls) -> "CpuUsage":
        """A reading of the clocks; only differences of two readings are meaningful."""
        times = psutil.cpu_times()
        busy = sum(getattr(times, kind) for kind in times._fields if kind not in _NOT_BUSY)
        return cls(time.perf_counter(), sum(psutil.Process().cpu_times()[:4]), busy)

    def since(self, before: "CpuUsage") -> "CpuUsage":
        """The time spent between two readings."""
        return CpuUsage(
            self.wall - before.wall, self.own - before.own, self.everyone - before.everyone
        )

    @property
    def others(self) -> float:
        """Number of cores that other processes kept busy."""
        return max(0.0, self.everyone - self.own) / self.wall


def processor_name() -> str:
    """Name of the processor; empty if unknown."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "")
