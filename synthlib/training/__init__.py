"""Training of a ResNet from random weights, and its predictions on every test set.

In: a run folder, a training set, test sets. Out: `log.csv`, `checkpoint.pt`, `model.safetensors`
and `predictions.parquet` in the run folder. A run that was killed resumes from its checkpoint and
ends with the same bytes as one that was not::

    from synthlib import data, params, runs, training

    run_params = params.load("tiny", "mixed_real33")
    study_data = data.prepare_data(run_params)
    train, tests = data.training_set(run_params, study_data), data.test_sets(run_params, study_data)
    run = runs.open_run(run_params, study_data.digests)
    model = training.train(run, train, tests["real"])
    predictions = training.predict(run, model, tests, train)

Modules: `loop` trains, with `models`, `optim`, `prefetch` and `checkpoint`; `prediction` tests;
`devices` and `distributed` choose the hardware and join several processes; `trial` tries an
experiment in a minute.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
