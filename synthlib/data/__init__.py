"""Training and test data of a run: packed pixels, sets of images, batches.

In: a run's parameters. Out: `StudyData` (checked renders, photographs and backgrounds, packed for
memory-mapped reading), the training set and the test sets::

    import torch
    from synthlib import data, params

    run_params = params.load("tiny", "mixed_real33")
    study_data = data.prepare_data(run_params)
    train = data.training_set(run_params, study_data)
    tests = data.test_sets(run_params, study_data)
    batch = train.batch(step=0, device=torch.device("cpu"))

From a table of files to a batch: `study_tables` lists photographs and backgrounds, `prepare` packs
their pixels and those of the renders, `samples` turns rows of these tables into image sets,
`synthetic_images` makes composites of them, `batch_sampler` chooses the samples of each step, and
`datasets` computes their images. `explain_sample` shows all steps of one image.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
