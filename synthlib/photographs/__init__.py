"""Real photographs: of objects (ImageNet's folders) and of scenes (Places's folders).

In: a data root with `imagenet/` and `places/`. Out: one row per photograph, checked and split, and
the subsets that runs train and test on. `fetch` downloads what may be downloaded; `stand_in` renders
the demo's stand-in photographs.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
