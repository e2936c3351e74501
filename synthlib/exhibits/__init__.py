"""The thesis's sheets of images from a study's own data: Tables 2, 5, Figures 1 to 15, 21, 22.

    shown = exhibits.shown(params, data, plan)
    exhibits.pasted(shown, 7)  # Figure 7

A study shows its own classes and scenes. Where it lacks the thesis's, the title says which class
stands for which. Every choice is seeded; composites are pasted as in training.
"""

from synthlib.exhibits.composites import pasted, with_background, without_background
from synthlib.exhibits.methods import axes, cameras, pipeline
from synthlib.exhibits.real import photographs, scenes
from synthlib.exhibits.real import variety as real_variety
from synthlib.exhibits.rendered import dense, sparse, viewpoints
from synthlib.exhibits.rendered import variety as synthetic_variety
from synthlib.exhibits.samples import sample_sheet, sample_table
from synthlib.exhibits.shown import GROUPS, Shown, class_of, shown

__all__ = [
    "GROUPS",
    "Shown",
    "axes",
    "cameras",
    "class_of",
    "dense",
    "pasted",
    "photographs",
    "pipeline",
    "real_variety",
    "sample_sheet",
    "sample_table",
    "scenes",
    "shown",
    "sparse",
    "synthetic_variety",
    "viewpoints",
    "with_background",
    "without_background",
]
