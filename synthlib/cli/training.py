"""`synthlib train`: one run without a notebook, by one process or by several (`torchrun`)."""

import time
from typing import Any

import click

from synthlib import params as parameters
from synthlib.cli.options import given_from, scale_options, sentences
from synthlib.params import Params


@click.command()
@scale_options
@click.option("--experiment", required=True, help="A file of params/experiments.")
@click.option("--protocol", help="thesis or matched; default: the files'.")
@click.option("--seed", type=int, help="Weights, order, augmentation, real subset.")
@sentences
def train(scale, data_root, outputs, settings, experiment, protocol, seed) -> None:
    """Train and test one run into its folder, as notebook 03 does; goes on where it was cut off.

    On several GPUs: torchrun --standalone --nproc-per-node=4 -m synthlib train ...
    """
    given: dict[str, Any] = given_from(
        settings, data_root=data_root, outputs=outputs, protocol=protocol
    )
    given |= {} if seed is None else {"seed": seed}
    params = parameters.load(scale, experiment, **given)
    from synthlib.tables.choice import chosen  # a mistake is said before slow imports

    _train(chosen(params))


def _train(params: Params) -> None:
    from synthlib import datasets, devices, evaluation, predicting, runs, sources, training

    with devices.team() as together:
        clock = {"start": time.perf_counter()}
        if together.first:  # makes what is missing; the others then find it
            sources.prepare(params)
        together.wait()
        data = sources.prepare(params, quiet=True)
        run = runs.open_run(params, data.digests) if together.first else None
        together.wait()
        run = run or runs.find_run(params, data.digests)
        if run.done:
            return
        try:
            fitting = datasets.training_set(params, data)
            tests = datasets.test_sets(params, data)
            clock["data"] = time.perf_counter()
            training.fit(run, fitting, tests[params.test_sets[0]], together=together)
            clock["training"] = time.perf_counter()
            if together.first:
                # a plain model: the trained one's batch norm may ask all processes
                predicting.predict(run, training.load(run), tests, fitting)
                evaluation.measure(run, fitting.plan.counts())
                clock["testing"] = time.perf_counter()
                runs.finish(run, clock, devices.machine(together))
                click.echo(run.folder)
        except KeyboardInterrupt:
            run.mark("interrupted")
            raise
        except Exception as error:  # whatever it is, the run must not stay marked as running
            run.mark("failed", reason=f"{type(error).__name__}: {error}")
            raise
        together.wait()
