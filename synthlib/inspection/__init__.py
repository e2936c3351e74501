"""Inspection of single samples: the prediction, its confidence, and the reasons for an error.

In: a finished run and its data. Out: tables with one row per test sample, images of test samples,
saliency maps, nearest training samples, the parts of composites, and figures of all of these.
`RunInspector` opens a run. Each of the other topics has its own module: `saliency`, `nearest`,
`provenance`, `diversity`, `feature_map` and so on.

    run = inspection.RunInspector(runs.load_run(folder))
    misclassified = inspection.Selection(kind="misclassified", sort="highest loss")
    inspection.select_samples(run.table, misclassified).head(10)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
