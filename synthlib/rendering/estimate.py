"""Estimated disk space and time of the renders of a plan, before anything is rendered.

Sizes and times of a frame are those of the plan's own store if it has renders already, else those
of other stores on this machine with the same size, samples and denoiser, else the constants below,
whose sources are in docs/rendering.md.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np

from synthlib.rendering.plan import SETTINGS_FILE, RenderPlan, failed_instances
from synthlib.rendering.settings import RenderSettings
from synthlib.rendering.store import all_timings
from synthlib.utils.executors import available_cores

SECONDS_PER_SAMPLE = 0.7e-6
"""Seconds of one core per pixel of a frame and sample."""

SECONDS_PER_FRAME = 0.005
"""Seconds of one core per frame, whatever its size."""

DENOISER_SECONDS = 2e-6
"""Seconds of one core per pixel of a frame that the denoiser takes."""

BYTES_PER_PIXEL = {
    True: {64: 1.05, 128: 0.76, 256: 0.56, 512: 0.56},
    False: {64: 1.10, 128: 0.89, 256: 0.77, 512: 1.02},
}
"""Bytes of a PNG per pixel of a frame by its side, with and without the denoiser."""

COMPARED_SETTINGS = ("size", "samples", "denoise", "bounces")
"""Settings in which another store must agree to be measured."""

MAX_MEASURED_INSTANCES = 100
"""Instances of a store whose files are measured."""

_FRAME_FILES = "[0-9][0-9].png"


@dataclass(frozen=True)
class Measure:
    """A measured or default value per frame, and where it comes from."""

    value: float
    basis: str


@dataclass(frozen=True)
class RenderEstimate:
    """Estimated disk space and time of a plan's renders.

    Attributes:
        plan: The plan.
        existing_instances: Number of its instances that are rendered.
        failed_instances: Number of those that failed before, and are not tried again.
        size: Bytes of a frame.
        seconds: Seconds of one worker for a frame.
        workers: Number of workers.
    """

    plan: RenderPlan
    existing_instances: int
    failed_instances: int
    size: Measure
    seconds: Measure
    workers: int

    @property
    def missing_frames(self) -> int:
        """Number of frames that are still to be rendered."""
        known = self.existing_instances + self.failed_instances
        return (len(self.plan.instances) - known) * self.plan.settings.views

    @property
    def missing_bytes(self) -> float:
        """Bytes on disk that the missing frames take."""
        return self.missing_frames * self.size.value

    @property
    def missing_seconds(self) -> float:
        """Seconds that the missing frames take."""
        return self.missing_frames * self.seconds.value / self.workers

    @property
    def missing_seconds_otherwise(self) -> float:
        """Seconds that the missing frames would take with the denoiser switched over."""
        settings = self.plan.settings
        change = DENOISER_SECONDS * settings.size**2 * (-1 if settings.denoise else 1)
        return self.missing_frames * max(self.seconds.value + change, 0) / self.workers

    @property
    def free_bytes(self) -> int:
        """Free space of the disk of the store."""
        folder = next(path for path in (self.plan.store, *self.plan.store.parents) if path.exists())
        return shutil.disk_usage(folder).free


def estimate_renders(plan: RenderPlan, workers: int = 0) -> RenderEstimate:
    """Estimate the disk space and time of the renders that a plan's store does not have yet.

    Args:
        plan: From `plan_renders`.
        workers: Number of workers; 0: one per core.
    """
    names = plan.instance_names
    existing = sum((plan.store / name / "instance.json").exists() for name in names)
    failed = {failure["name"] for failure in failed_instances(plan)}
    failed = {name for name in failed if not (plan.store / name / "instance.json").exists()}
    stores = [plan.store, *_similar_stores(plan)]
    return RenderEstimate(
        plan,
        existing,
        len(failed),
        _frame_size(stores, plan.settings),
        _frame_seconds(stores, plan.settings),
        workers or available_cores(),
    )


def _similar_stores(plan: RenderPlan) -> Iterator[Path]:
    """Other stores next to the plan's whose frames take about as long, newest first."""
    paths = sorted(
        plan.store.parent.glob(f"*/{SETTINGS_FILE}"), key=lambda path: -path.stat().st_mtime
    )
    for path in paths:
        try:
            settings = dict(json.loads(path.read_text()))
        except (ValueError, TypeError):  # damaged: then it is not compared
            continue
        agrees = all(settings.get(k) == getattr(plan.settings, k) for k in COMPARED_SETTINGS)
        if agrees and path.parent != plan.store:
            yield path.parent


def _frame_size(stores: list[Path], settings: RenderSettings) -> Measure:
    for store in stores:
        done = islice(store.glob("*/*/instance.json"), MAX_MEASURED_INSTANCES)
        folders = [path.parent for path in done]
        frames = sum(len(list(folder.glob(_FRAME_FILES))) for folder in folders)
        if frames:
            files = chain.from_iterable(folder.glob("*.png") for folder in folders)
            size = sum(path.stat().st_size for path in files) / frames
            return Measure(size, f"as in {store}")
    sides, values = zip(*BYTES_PER_PIXEL[settings.denoise].items(), strict=True)
    per_pixel = float(np.interp(np.log(settings.size), np.log(sides), values))
    return Measure(per_pixel * settings.size**2, "by default: none of this kind here")


def _frame_seconds(stores: list[Path], settings: RenderSettings) -> Measure:
    for store in stores:
        timings = all_timings(store)
        frames = sum(len(list((store / name).glob(_FRAME_FILES))) for name in timings.index)
        if frames:
            return Measure(float(timings.sum()) / frames, f"as in {store}")
    per_pixel = SECONDS_PER_SAMPLE * settings.samples
    if settings.denoise:
        per_pixel += DENOISER_SECONDS
    seconds = SECONDS_PER_FRAME + per_pixel * settings.size**2
    return Measure(seconds, "by default: none of this kind timed here")
