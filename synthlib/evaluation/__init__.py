"""Numbers from predictions: metrics, intervals, comparisons, real-equivalents.

In: `predictions.parquet` of finished runs. Out: tidy DataFrames, in which every accuracy and every
difference comes with its number of images and its 95% interval. Nothing here needs torch, and no
model is run again::

    from synthlib import evaluation

    table = evaluation.metrics_table(outputs, "tiny")
    result = evaluation.compare_experiments(outputs, "tiny", "mixed_real33", "baseline")
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
