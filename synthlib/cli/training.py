"""`synthlib train`: one run without a notebook, in one process or in several (`torchrun`)."""

import time
from typing import Any

import click

from synthlib import params as parameters
from synthlib.cli.options import parse_settings, scale_options, user_errors
from synthlib.params import Params


@click.command()
@scale_options
@click.option("--experiment", required=True, help="A file in params/experiments.")
@click.option("--protocol", help="thesis, matched or tuned; default: as in the files.")
@click.option("--seed", type=int, help="Of weights, order, augmentation and real subset.")
@user_errors
def train(scale, data_root, outputs, settings, experiment, protocol, seed) -> None:
    """Train and test one run, as notebook 03 does; continues an interrupted run.

    \b
    Examples:
      synthlib train --scale tiny --experiment real33 --protocol matched --seed 1
      torchrun --standalone --nproc-per-node=4 -m synthlib train --scale tiny --experiment real33
    """
    overrides: dict[str, Any] = parse_settings(
        settings, data_root=data_root, outputs=outputs, protocol=protocol
    )
    if seed is not None:
        overrides["seed"] = seed
    params = parameters.load(scale, experiment, **overrides)

    from synthlib.study.hybrid import resolve_hybrid_classes

    _train_and_test(resolve_hybrid_classes(params))


def _train_and_test(params: Params) -> None:
    """Prepare the data, then train, test and measure a run into its folder.

    Of several processes, the main one prepares the data, tests, and writes the run's files.
    """
    from synthlib import evaluation, runs, training
    from synthlib.data import datasets, prepare
    from synthlib.training import devices, prediction

    with devices.join_process_group() as group:
        clock = {"start": time.perf_counter()}
        if group.is_main:  # makes what is missing, for all processes
            prepare.prepare_data(params)
        group.barrier()
        data = prepare.prepare_data(params, quiet=True)
        run = runs.open_run(params, data.digests) if group.is_main else None
        group.barrier()
        run = run or runs.find_run(params, data.digests)
        if run.is_done:
            return
        try:
            train_set = datasets.training_set(params, data)
            test_sets = datasets.test_sets(params, data)
            clock["data"] = time.perf_counter()
            training.train(run, train_set, test_sets[params.test_sets[0]], process_group=group)
            clock["training"] = time.perf_counter()
            if group.is_main:
                # loaded again, because the trained model's batch norm may wait for all processes
                prediction.predict(run, training.load_model(run), test_sets, train_set)
                evaluation.write_run_metrics(run, train_set.batch_sampler.counts())
                clock["testing"] = time.perf_counter()
                runs.finish_run(run, clock, devices.compute_info(group))
                click.echo(run.folder)
        except KeyboardInterrupt:
            run.write_status("interrupted")
            raise
        except Exception as error:  # of any kind: the run must not stay marked as running
            run.write_status("failed", reason=f"{type(error).__name__}: {error}")
            raise
        group.barrier()
