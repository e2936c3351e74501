"""The thesis's sheets of images from a study's own data: Tables 2, 5, Figures 1 to 15, 21, 22.

    shown = exhibits.shown(params, data, plan)
    exhibits.pasted(shown, 7)  # Figure 7

A study shows its own classes and scenes. Where it lacks the thesis's, the title says which class
stands for which. Every choice is seeded; composites are pasted as in training.
"""

from synthlib.exhibits.composites import (
    composite_views,
    composites_with_background,
    composites_without_background,
)
from synthlib.exhibits.methods import camera_sheet, pipeline_sheet, placement_sweep
from synthlib.exhibits.real import background_collage, photograph_collage
from synthlib.exhibits.real import real_variety as real_variety
from synthlib.exhibits.rendered import dense_view_sheet, sparse_view_sheet, viewpoint_sheet
from synthlib.exhibits.rendered import synthetic_variety as synthetic_variety
from synthlib.exhibits.samples import class_sample_sheet, class_sample_table
from synthlib.exhibits.shown import FIGURE_CLASS_GROUPS, SheetContext, figure_class, sheet_context

__all__ = [
    "FIGURE_CLASS_GROUPS",
    "SheetContext",
    "background_collage",
    "camera_sheet",
    "class_sample_sheet",
    "class_sample_table",
    "composite_views",
    "composites_with_background",
    "composites_without_background",
    "dense_view_sheet",
    "figure_class",
    "photograph_collage",
    "pipeline_sheet",
    "placement_sweep",
    "real_variety",
    "sheet_context",
    "sparse_view_sheet",
    "synthetic_variety",
    "viewpoint_sheet",
]
