"""`synthlib train`: one run without a notebook, by one process or by several (`torchrun`)."""

import time
from typing import Any

import click

from synthlib import params as parameters
from synthlib.cli.options import parse_settings, scale_options, user_errors
from synthlib.params import Params


@click.command()
@scale_options
@click.option("--experiment", required=True, help="A file of params/experiments.")
@click.option("--protocol", help="thesis or matched; default: the files'.")
@click.option("--seed", type=int, help="Weights, order, augmentation, real subset.")
@user_errors
def train(scale, data_root, outputs, settings, experiment, protocol, seed) -> None:
    """Train and test one run into its folder, as notebook 03 does; goes on where it was cut off.

    On several GPUs: torchrun --standalone --nproc-per-node=4 -m synthlib train ...
    """
    given: dict[str, Any] = parse_settings(
        settings, data_root=data_root, outputs=outputs, protocol=protocol
    )
    given |= {} if seed is None else {"seed": seed}
    params = parameters.load(scale, experiment, **given)
    from synthlib.study.hybrid import resolve_hybrid_classes

    _train_and_test(resolve_hybrid_classes(params))


def _train_and_test(params: Params) -> None:
    from synthlib import evaluation, runs, training
    from synthlib.data import datasets, prepare
    from synthlib.training import devices, prediction

    with devices.join_process_group() as together:
        clock = {"start": time.perf_counter()}
        if together.is_main:  # makes what is missing; the others then find it
            prepare.prepare_data(params)
        together.barrier()
        data = prepare.prepare_data(params, quiet=True)
        run = runs.open_run(params, data.digests) if together.is_main else None
        together.barrier()
        run = run or runs.find_run(params, data.digests)
        if run.is_done:
            return
        try:
            fitting = datasets.training_set(params, data)
            tests = datasets.test_sets(params, data)
            clock["data"] = time.perf_counter()
            training.train(run, fitting, tests[params.test_sets[0]], process_group=together)
            clock["training"] = time.perf_counter()
            if together.is_main:
                # a plain model: the trained one's batch norm may ask all processes
                prediction.predict(run, training.load_model(run), tests, fitting)
                evaluation.write_run_metrics(run, fitting.batch_sampler.counts())
                clock["testing"] = time.perf_counter()
                runs.finish_run(run, clock, devices.compute_info(together))
                click.echo(run.folder)
        except KeyboardInterrupt:
            run.write_status("interrupted")
            raise
        except Exception as error:  # whatever it is, the run must not stay marked as running
            run.write_status("failed", reason=f"{type(error).__name__}: {error}")
            raise
        together.barrier()
