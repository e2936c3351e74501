"""A ResNet trained from random weights, and its predictions on every test set.

In: a run folder, a training set, test sets. Out: `log.csv`, checkpoints, `model.safetensors` and
`predictions.parquet` in the run folder. Training resumes after a kill and ends with the same bytes.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
