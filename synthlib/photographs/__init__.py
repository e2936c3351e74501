"""Real photographs: of objects (ImageNet's class folders) and backgrounds (Places's categories).

In: a data root with `imagenet/` and `places/`. Out: tables with one row per photograph, checked and
split, and the subsets that runs train and test on.

    scan = photographs.scan_photographs(root, classes, dev_per_class=50, data_seed=0)
    third = photographs.real_subset(scan.table, 1 / 3, seed=0)
    backgrounds = photographs.scan_backgrounds(root, classes, data_seed=0)

- `photographs`: photographs of objects, checked and split. Read this first.
- `backgrounds`: backgrounds, and the categories that each class is pasted into.
- `subsets`: the photographs that a run trains on, and test sets of the rest.
- `fetch`: downloads of data sets that need no registration.
- `stand_in`: rendered stand-ins for photographs, for the demo.
- `flags`: samples that a person flagged as wrong.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
