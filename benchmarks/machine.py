"""What a piece of work took of this machine, and what all other work took meanwhile."""

import time
from dataclasses import dataclass
from pathlib import Path

import psutil

_NOT_BUSY = {"idle", "iowait", "guest", "guest_nice"}  # guests are in user and nice already


@dataclass(frozen=True)
class Spent:
    """Seconds: on the wall, of CPU by this process and its ended children, of CPU by everyone."""

    wall: float
    own: float
    everyone: float

    @classmethod
    def so_far(cls) -> "Spent":
        """Since some time before; two of these make a difference."""
        times = psutil.cpu_times()
        busy = sum(getattr(times, kind) for kind in times._fields if kind not in _NOT_BUSY)
        return cls(time.perf_counter(), sum(psutil.Process().cpu_times()[:4]), busy)

    def since(self, before: "Spent") -> "Spent":
        """What was spent between the two."""
        return Spent(
            self.wall - before.wall, self.own - before.own, self.everyone - before.everyone
        )

    @property
    def others(self) -> float:
        """How many cores other processes kept busy."""
        return max(0.0, self.everyone - self.own) / self.wall


def processor() -> str:
    """The processor's name; empty where it isn't known."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "")
