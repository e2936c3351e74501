"""Composites: a render pasted into a photograph, and the augmentation of finished images.

In: batches of RGBA cutouts and RGB backgrounds as torch tensors, and uniform draws per sample.
Out: float32 batches (N, 3, H, W) in [0, 1] on the same device, computed while a model trains
(thesis 5.1 and 5.2).

    draws = seeding.uniforms(seed, "augment", epoch, ids=sample_ids, n=preset.n_draws)
    placement = compositing.sample_placements(draws, preset.placement)
    composite = compositing.make_composites(cutouts, backgrounds, placement)
    images = compositing.augment(composite.images, draws, preset, size=64)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
