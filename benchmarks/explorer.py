"""Speed of notebook 08's explorer on 100,000 predictions: opening, clicks, memory.

    python benchmarks/explorer.py

Two runs of 17 classes are fabricated in a temporary folder, with 100,000 predictions each: half of
photographs and half of composites, at 224 px, from a few files that are used repeatedly. Times are
those of the kernel; messages to the browser are serialised as JSON but not sent. The last line is
JSON with seconds and megabytes. `opening` is the time from the run folders on disk to the first
page of the explorer.
"""

import json
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import comm
import numpy as np
import pandas as pd
import psutil
import torch
import yaml
from comm.base_comm import BaseComm
from PIL import Image
from safetensors.torch import save_file
from torchvision.models import resnet50

from synthlib import widgets
from synthlib.classes import CLASSES
from synthlib.data import datasets, prepare
from synthlib.inspection import run_inspector
from synthlib.params import Params, validate_params
from synthlib.seeding import rng_for
from synthlib.utils.executors import available_cores

N_PREDICTIONS = 100_000
SIZE = 224
PHOTOGRAPHS_PER_CLASS = 20  # files per class
SENT = {"messages": 0, "bytes": 0}


class WrittenComm(BaseComm):
    """Count of the messages that ipywidgets sends to a browser, serialised as JSON."""

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys) -> None:
        """Count one message."""
        text = json.dumps({"data": data, "metadata": metadata}, default=str)
        SENT["messages"] += 1
        SENT["bytes"] += len(text)


def write_photographs(root: Path) -> None:
    """A few noise photographs of every class and of two scene categories."""
    folders = [root / "places" / name for name in ("kitchen", "living_room")]
    for cls in CLASSES.values():
        folders += [root / "imagenet" / split / cls.synset for split in ("train", "val")]
    for folder in folders:
        folder.mkdir(parents=True)
        for i in range(PHOTOGRAPHS_PER_CLASS):
            rng = rng_for(i, folder.parent.name, folder.name)
            small = rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)
            Image.fromarray(small).resize((256, 256)).save(folder / f"{i}.jpg", quality=80)


def study_params(folder: Path, experiment: str) -> Params:
    """The fabricated study."""
    values = {"scale": "fabricated", "experiment": experiment, "data_root": str(folder / "data")}
    values |= {"outputs": str(folder / "outputs"), "assets": "procedural", "instances": 2}
    values |= {"views": 2, "render_size": 256, "render_samples": 1, "image_size": SIZE}
    values |= {"test_sets": ["real", "synthetic_bg"], "missing_scenes": "any"}
    return validate_params(values | {"real_fraction": 1.0, "synthetic_fraction": 1.0})


def tile_test_set(test_set: datasets.TestSet, n: int) -> datasets.TestSet:
    """A test set of n samples with unique names and a few files that are used repeatedly."""
    rows = np.arange(n) % len(test_set.table)
    table = test_set.table.iloc[rows].reset_index(drop=True)
    table["sample"] = [f"{name}#{i}" for i, name in enumerate(table["sample"])]
    arrays = {
        field.name: getattr(test_set.image_set, field.name)[rows]
        for field in fields(test_set.image_set)
        if isinstance(getattr(test_set.image_set, field.name), np.ndarray)
    }
    background_rows = test_set.background_rows
    return replace(
        test_set,
        table=table,
        image_set=replace(test_set.image_set, **arrays),
        background_rows=None if background_rows is None else background_rows[rows],
    )


def write_run(params: Params, sets: dict[str, datasets.TestSet], strength: float) -> None:
    """A run folder with predictions whose accuracy grows with `strength`."""
    table = pd.concat([part.table.assign(test_set=name) for name, part in sets.items()])
    rng = rng_for(0, "logits", params.experiment)
    logits = rng.normal(size=(len(table), len(params.classes))).astype(np.float32)
    true = table["true"].map({name: i for i, name in enumerate(params.classes)}).to_numpy()
    logits[np.arange(len(table)), true] += strength
    names = [f"logit_{name}" for name in params.classes]
    table = pd.concat([table.reset_index(drop=True), pd.DataFrame(logits, columns=names)], axis=1)
    folder = params.experiment_dir / "seed0-fabricated"
    folder.mkdir(parents=True)
    table.to_parquet(folder / "predictions.parquet", index=False)
    save_file(resnet50(num_classes=len(params.classes)).state_dict(), folder / "model.safetensors")
    (folder / "params.yaml").write_text(yaml.safe_dump(params.model_dump()))
    counts = {"label": params.experiment, "seed": 0, "n_real": 1, "n_synthetic": 1}
    (folder / "metrics.json").write_text(json.dumps({"counts": counts}))
    ended = {"state": "done", "ended": "2026-01-01T00:00:00", "digest": params.experiment}
    (folder / "status.json").write_text(json.dumps(ended))


def seconds_taken(act: Callable[[], object]) -> float:
    """Duration of a function in seconds."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def time_clicks(explorer: widgets.Explorer) -> dict[str, list[float]]:
    """Seconds of every click, by kind."""
    cells = [cell for cell in explorer.matrix.cells.values() if not cell.disabled][:40]
    times = {"cell": [seconds_taken(cell.click) for cell in cells]}
    filters, gallery = explorer.filters, explorer.gallery
    filters.clear()
    times["page"] = [seconds_taken(gallery.next_button.click) for _ in range(40)]

    def choose(control, value) -> Callable[[], None]:
        return lambda: setattr(control, "value", value)

    changes = [choose(filters.outcome, name) for name in ("only A", "only B", "both wrong", "")]
    changes += [choose(filters.kind, "misclassified"), choose(filters.sort, "smallest margin")]
    changes += [choose(filters.domain, name) for name in ("synthetic_bg", "real", "")]
    changes += [choose(filters.confidence, (0.5, 0.9)), choose(filters.true, "vase")]
    times["filter"] = [seconds_taken(change) for change in changes]
    filters.clear()
    return times


def time_sample_opening(explorer: widgets.Explorer) -> dict[str, list[float]]:
    """Seconds to show a sample with its probabilities, and to show two activation maps."""
    first, whole = [], []
    for button in explorer.gallery.buttons[:6]:
        seen: list[float] = []
        explorer.sample.bars.value = ""
        started = time.perf_counter()
        explorer.sample.bars.observe(lambda _, seen=seen: seen.append(time.perf_counter()), "value")
        button.click()
        whole.append(time.perf_counter() - started)
        first.append(seen[0] - started)
        explorer.sample.bars.unobserve_all()
    return {"sample": first, "sample_with_maps": whole}


def main() -> None:
    """Fabricate, open and click; print seconds and megabytes, as JSON in the last line."""
    comm.create_comm = lambda *arguments, **keys: WrittenComm(*arguments, **keys)
    memory = psutil.Process().memory_info
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_photographs(folder / "data")
        first = study_params(folder, "baseline")
        data = prepare.prepare_data(first)
        sets = {
            k: tile_test_set(v, N_PREDICTIONS // 2)
            for k, v in datasets.test_sets(first, data).items()
        }
        for experiment, strength in (("baseline", 2.5), ("mixed_synth100", 3.0)):
            write_run(study_params(folder, experiment), sets, strength)
        run_inspector.datasets.test_sets = lambda _params, _sources: sets
        before = memory().rss
        explorers: list[widgets.Explorer] = []
        times = {"opening": [seconds_taken(lambda: explorers.append(widgets.explore(first)))]}
        print(f"opening: {SENT['messages']} messages, {SENT['bytes'] / 1e6:.2f} MB to the browser")
        opened_at = memory().rss
        times |= time_clicks(explorers[0])
        clicked_at = memory().rss
        for _ in range(3):
            time_clicks(explorers[0])
        again_at = memory().rss
        times |= time_sample_opening(explorers[0])
        print(f"flags in {widgets.flag_path(first).name}, {explorers[0].gallery.title.value[-30:]}")
    print_report(times, before, opened_at, clicked_at, again_at)


def print_report(times: dict[str, list[float]], *resident: int) -> None:
    """Print the median and slowest time of each kind; the last line is JSON."""
    result: dict[str, object] = {"predictions": N_PREDICTIONS, "machine": platform.machine()}
    result |= {"cores": available_cores(), "threads": torch.get_num_threads()}
    for kind, seconds in times.items():
        result[f"{kind}_median_s"] = round(float(np.median(seconds)), 3)
        result[f"{kind}_slowest_s"] = round(max(seconds), 3)
        print(f"{kind:18s} median {np.median(seconds):.3f} s, slowest {max(seconds):.3f} s")
    names = ("opened", "clicked", "clicked_4_times")
    for name, value in zip(names, resident[1:], strict=True):
        result[f"{name}_mb"] = round((value - resident[0]) / 1e6)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
