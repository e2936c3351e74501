"""Real photographs: of objects (ImageNet's class folders) and backgrounds (Places's categories).

In: a data root with `imagenet/` and `places/`. Out: tables with one row per photograph, checked and
split, and the subsets that runs train and test on. `fetch` downloads data sets that need no
registration, `stand_in` renders photographs for the demo, and `flags` lists samples that a person
found wrong.

    found = photographs.scan_photographs(root, classes, dev_per_class=50, data_seed=0)
    used = photographs.real_subset(found.table, 1 / 3, seed=0)
    backgrounds = photographs.scan_backgrounds(root, classes, data_seed=0)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
