"""Seconds of training until all photographs of the scale `tiny` give 58% top-1 on `dev`.

    python benchmarks/time_to_accuracy.py [--target 58] [--seeds 3] [--steps 0]

Two recipes train a ResNet-18 on photographs alone, at 64 px with batches of 64: that of version
0.1.0 (protocol `matched`, kept here), and the protocol `tuned` as it is now, whose schedule is
shortened to `TUNED_STEPS` steps, because its rate falls to 0 over the whole run. Every
`STEPS_PER_TEST` steps the model is tested on `dev`, which takes no part in the time. The recipes
take turns, seed by seed; the last line has the median of the seeds and the ratio. The photographs
are those of $SYNTHLIB_DATA.
"""

import argparse
import math
import statistics
import sys
import tempfile
from dataclasses import replace

import harness
import torch
from tqdm import tqdm

from synthlib import params as parameters
from synthlib.data.datasets import TestSet, TrainingSet, test_sets, training_set
from synthlib.data.prepare import prepare_data
from synthlib.params import Params
from synthlib.training import devices, loop
from synthlib.training.models import build_model
from synthlib.training.optim import build_optimizer
from synthlib.utils.errors import SynthlibError

TUNED_STEPS = 700
"""Steps of the protocol `tuned` in this benchmark."""

STEPS_PER_TEST = 25
"""Steps between two tests on `dev`."""

RECIPES = {
    "0.1.0": {
        "protocol": "matched",
        "steps": 2000,
        "schedule": "step",
        "matched_decay_every": 500,
        "lr_decay_factor": 0.1,
        "learning_rate": 0.01,
        "momentum": 0.9,
        "weight_decay": 1e-4,
        "small_size": 0,
    },
    "tuned": {"protocol": "tuned", "steps": TUNED_STEPS},
}
"""Parameters of each recipe, in addition to those of the scale `tiny`."""

COMMON = {"assets": "procedural", "test_sets": ["dev"], "dev_per_class": 60, "batch_size": 64}
"""Parameters of both recipes."""


def seconds_to_accuracy(params: Params, train: TrainingSet, dev: TestSet, target: float) -> float:
    """Train until the top-1 on `dev` reaches the target.

    Args:
        params: Parameters of the run.
        train: Its training set.
        dev: The photographs to test on.
        target: Percent of them to classify correctly.

    Returns:
        Seconds of training; inf if the schedule ends below the target.
    """
    group = devices.single_process()
    sampler = replace(train.batch_sampler, steps_per_round=STEPS_PER_TEST)
    train = replace(train, batch_sampler=sampler)
    model = build_model(params.architecture, len(params.classes), params.seed, params.stem)
    model = model.to(group.device)
    optimizer = build_optimizer(params, model)
    seconds, top1 = 0.0, math.nan
    for index in range(sampler.n_rounds):
        steps = sampler.round_steps(index)
        with tqdm(disable=True) as bar:
            row = loop._train_round(params, model, optimizer, train, steps, group, bar)
        seconds += len(steps) * params.batch_size / row["images_per_second"]
        top1 = loop._test_top1(model, dev, group.device)
        if top1 >= target:
            print(f"    {top1:.1f}% after {steps.stop} steps, {seconds:.1f} s", flush=True)
            return seconds
    print(f"    {top1:.1f}% after all {sampler.steps} steps, {seconds:.1f} s", flush=True)
    return math.inf


def main() -> None:
    """Measure, and print each run, a table and one line of JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--target", type=float, default=58.0, help="percent of dev")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=0, help="of each recipe, for a trial")
    args = parser.parse_args()
    devices.reserve_one_core()
    seconds: dict[str, list[float]] = {name: [] for name in RECIPES}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(args.seeds):
            for name, recipe in RECIPES.items():
                given = COMMON | recipe | ({"steps": args.steps} if args.steps else {})
                p = parameters.load("tiny", "baseline", seed=seed, outputs=folder, **given)
                data = prepare_data(p, quiet=True)
                print(f"  {name}, seed {seed}:", flush=True)
                dev = test_sets(p, data)["dev"]
                seconds[name].append(
                    seconds_to_accuracy(p, training_set(p, data), dev, args.target)
                )
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    harness.print_table(f"training until {args.target:g}% of dev", seconds, "s")
    ratio = medians["0.1.0"] / medians["tuned"]
    harness.print_result(
        "time_to_accuracy",
        threads=torch.get_num_threads(),
        target=args.target,
        seconds={name: _rounded(value) for name, value in medians.items()},
        reached={name: sum(map(math.isfinite, values)) for name, values in seconds.items()},
        ratio=_rounded(ratio),
    )


def _rounded(value: float) -> float | None:
    """A number with two decimals; None (JSON's null) if it is not finite."""
    return round(value, 2) if math.isfinite(value) else None


if __name__ == "__main__":
    try:
        main()
    except SynthlibError as error:  # such as no data root
        sys.exit(f"time_to_accuracy: {error}")
