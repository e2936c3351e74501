"""Composites: renders pasted into background photographs, and augmentation of any images.

In: batches of RGBA renders and RGB backgrounds as torch tensors, and one row of uniform random
numbers per sample. Out: float32 batches (N, 3, size, size) in [0, 1] on the same device, computed
while a model trains (thesis 5.1 and 5.2)::

    from synthlib import compositing, seeding
    from synthlib.compositing.composite import uncropped

    preset = compositing.PRESETS["thesis_synthetic"]
    u = seeding.uniforms(seed, "augment", epoch, ids=sample_ids, n=preset.n_draws)
    placement = compositing.sample_placements(u, preset.placement)
    composite = compositing.make_composites(uncropped(renders), backgrounds, placement)
    images = compositing.augment(composite.images, u, preset, size=64)

Modules: `placement` decides where an object goes, `composite` pastes it, `crops` and `photometric`
are the steps of `augmentation`, and `resampling` is the sampler behind pasting and cropping.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
