"""Numbers from predictions: metrics, intervals, comparisons, real-equivalents.

In: `predictions.parquet` of finished runs. Out: tidy DataFrames; every number comes with its n and
its interval. Nothing here needs torch, and nothing re-runs a model.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
