"""synthlib: how much real data can rendered data replace?

The study of the thesis "Benchmarking Visual Synthetic vs Real data in DL models", repeated and
compared with its published numbers: 3D objects are rendered, pasted into photographs while a model
trains, and ResNets are trained from random weights on real, synthetic and mixed data and tested on
real photographs. In the order of the study, the packages are:

- `utils`: files, locks, processes, archives and downloads; independent of the study.
- `classes`, `seeding`, `render_ranges`, `params`, `runs`: object classes, named random streams,
  ranges of views and light, the parameters of a run, the folder of a run.
- `assets`: the 3D objects of a study: generators, model files, and their split.
- `rendering`: views of these objects, rendered into a store, checked and curated.
- `blender`: the code that runs inside Blender, in a process that `rendering` starts.
- `photographs`: real photographs and background photographs, found on disk, checked, downloaded.
- `compositing`: renders pasted into backgrounds, and augmentation, in batches on the device.
- `data`: packed pixels, and the training and test sets of a run.
- `training`: a ResNet from random weights to its predictions.
- `evaluation`: predictions to metrics, intervals, comparisons and real-equivalent sizes.
- `reporting`: metrics to tables, figures, sheets and pages, next to the published numbers.
- `inspection`: single samples of a run: why was this one wrong?
- `widgets`: interactive views of data, renders and runs in JupyterLab.
- `study`: all runs of a scale: experiments, batches, archives, results.
- `cli`: the command `synthlib`.

Each imports only from those above it.
"""

__version__ = "0.2.0"
