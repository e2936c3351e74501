"""One function a figure, drawing on the Axes it is given (thesis Figures 1 to 32 and more).

Colours are colour-blind safe (Okabe and Ito's; viridis and cividis for magnitudes). A figure of
stand-in photographs carries the word STAND-IN in its pixels.
"""

from synthlib.figures.bars import (
    accuracy_bars,
    class_bars,
    metric_bars,
    printed_row_labels,
    run_row_labels,
)
from synthlib.figures.cameras import camera_positions
from synthlib.figures.curves import accuracy_curves, contribution_curve, training_curves
from synthlib.figures.grids import image_grid, labelled_image_rows, on_chequerboard, page_sheet
from synthlib.figures.maps import feature_legend, feature_points
from synthlib.figures.matrices import confusion_difference, confusion_matrix
from synthlib.figures.panels import (
    confusion_difference_figure,
    confusion_figure,
    contribution_figure,
    results_figure,
)
from synthlib.figures.review import (
    forest_plot,
    gain_against_hours,
    learning_curves,
    view_accuracy_curves,
)
from synthlib.figures.reviewed import (
    accuracy_bars_figure,
    accuracy_curves_figure,
    accuracy_curves_grid,
    forest_plot_figure,
    gain_against_hours_figure,
    learning_curves_figure,
    view_accuracy_figure,
)
from synthlib.figures.style import (
    COLORS,
    DOMAIN_LABELS,
    PAGE_WIDTH,
    draw_placeholder,
    mark_stand_in,
    readable_name,
    stand_in_title,
)
from synthlib.figures.variety import variety_plot

__all__ = [
    "COLORS",
    "DOMAIN_LABELS",
    "PAGE_WIDTH",
    "accuracy_bars",
    "accuracy_bars_figure",
    "accuracy_curves",
    "accuracy_curves_figure",
    "accuracy_curves_grid",
    "camera_positions",
    "class_bars",
    "confusion_difference",
    "confusion_difference_figure",
    "confusion_figure",
    "confusion_matrix",
    "contribution_curve",
    "contribution_figure",
    "draw_placeholder",
    "feature_legend",
    "feature_points",
    "forest_plot",
    "forest_plot_figure",
    "gain_against_hours",
    "gain_against_hours_figure",
    "image_grid",
    "labelled_image_rows",
    "learning_curves",
    "learning_curves_figure",
    "mark_stand_in",
    "metric_bars",
    "on_chequerboard",
    "page_sheet",
    "printed_row_labels",
    "readable_name",
    "results_figure",
    "run_row_labels",
    "stand_in_title",
    "training_curves",
    "variety_plot",
    "view_accuracy_curves",
    "view_accuracy_figure",
]
