"""One sample at a time: how a model predicted it, how surely, and why.

In: a finished run and its data. Out: tables with one row per test sample, images of test samples,
saliency maps, nearest training samples, and the provenance of composites.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
