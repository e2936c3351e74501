"""Sheets of images: the thesis's Tables 2 and 5 and Figures 1 to 15, 21 and 22, from a study's data.

Every choice of images is seeded; composites are pasted as in training. Where a study lacks the
thesis's class or scene, the title says which one is shown instead.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
