"""A ResNet trained from random weights, and its predictions on every test set.

In: a run folder, a training set, test sets. Out: `log.csv`, checkpoints, `model.safetensors` and
`predictions.parquet` in the run folder. A run that was killed resumes and ends with the same bytes.

    run = runs.open_run(params, study_data.digests)
    model = training.train(run, train, tests["real"])
    predictions = training.predict(run, model, tests, train)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
