"""One function a figure, drawing on the Axes it is given (thesis Figures 1 to 32 and more).

Colours are colour-blind safe (Okabe and Ito's; viridis and cividis for magnitudes). A figure of
stand-in photographs carries the word STAND-IN in its pixels.
"""

from synthlib.figures.bars import accuracy_bars, class_bars, metric_bars, ran_names, row_names
from synthlib.figures.cameras import cameras
from synthlib.figures.curves import accuracy_steps, contribution, training_curves
from synthlib.figures.grids import image_grid, on_chequerboard, page_sheet, sample_rows
from synthlib.figures.maps import feature_legend, feature_points
from synthlib.figures.matrices import confusion_difference, confusion_matrix
from synthlib.figures.panels import (
    contribution_curves,
    matrix_difference,
    matrix_pair,
    result_bars,
)
from synthlib.figures.review import by_view, forest, gain_hours, learning_curve
from synthlib.figures.reviewed import (
    accuracies,
    answer_curves,
    forest_of,
    hours,
    steps,
    steps_grid,
    views,
)
from synthlib.figures.style import (
    COLORS,
    DOMAIN_WORDS,
    PAGE,
    absent,
    stamp,
    titled,
    words,
)
from synthlib.figures.variety import variety

__all__ = [
    "COLORS",
    "DOMAIN_WORDS",
    "PAGE",
    "absent",
    "accuracies",
    "accuracy_bars",
    "accuracy_steps",
    "answer_curves",
    "by_view",
    "cameras",
    "class_bars",
    "confusion_difference",
    "confusion_matrix",
    "contribution",
    "contribution_curves",
    "feature_legend",
    "feature_points",
    "forest",
    "forest_of",
    "gain_hours",
    "hours",
    "image_grid",
    "learning_curve",
    "matrix_difference",
    "matrix_pair",
    "metric_bars",
    "on_chequerboard",
    "page_sheet",
    "ran_names",
    "result_bars",
    "row_names",
    "sample_rows",
    "stamp",
    "steps",
    "steps_grid",
    "titled",
    "training_curves",
    "variety",
    "views",
    "words",
]
