"""Composites: a render pasted into a photograph, and the augmentation of finished images.

In: batches of RGBA cutouts and RGB backgrounds as torch tensors, and per-sample draws. Out: uint8
or float batches (N, 3, H, W) on the same device, made while a model trains (thesis 5.1 and 5.2).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
