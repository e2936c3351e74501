"""Numbers from predictions: metrics, intervals, comparisons, real-equivalents.

In: `predictions.parquet` of finished runs. Out: tidy DataFrames, in which every accuracy and every
difference comes with its number of images and its 95% interval. Nothing here needs torch, and no
model is run again::

    from pathlib import Path
    from synthlib import evaluation

    outputs = Path("outputs")  # `Params.output_dir`
    table = evaluation.metrics_table(outputs, "tiny")
    result = evaluation.compare_experiments(outputs, "tiny", "mixed_real33", "baseline")

From predictions to conclusions: `predictions` reads them, `metrics` measures one table of them,
`run_metrics` makes tables of all runs, `comparisons` compares experiments on the same images,
`thesis_statements` decides what the thesis claims, and `statistics` has the intervals and tests.
`real_equivalent` estimates the number of real photographs that synthetic data is worth, `by_view`
groups accuracy by the view of the object, and `fair_baseline` compares experiments at the best
setting of each. `screening` and `ablation` estimate the effects of factors of the images,
`mix_gains` the gains of mixes over the same photographs alone (on `unseen_photographs`),
`added_data` those of renders and of further photographs, and `power` the smallest effect that a
comparison can find.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
