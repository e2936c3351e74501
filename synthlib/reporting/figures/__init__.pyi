from .bars import (
    class_bars as class_bars,
    metric_bars as metric_bars,
    printed_row_labels as printed_row_labels,
    run_row_labels as run_row_labels,
)
from .beyond_figures import (
    ablation_figure as ablation_figure,
    added_images_figure as added_images_figure,
    paired_gains_figure as paired_gains_figure,
    real_share_figure as real_share_figure,
    screening_figure as screening_figure,
)
from .confusion import (
    confusion_difference as confusion_difference,
    confusion_matrix as confusion_matrix,
)
from .curves import (
    accuracy_curves as accuracy_curves,
    contribution_curve as contribution_curve,
    training_curves as training_curves,
)
from .feature_maps import feature_points as feature_points
from .forest import forest_plot as forest_plot, forest_plot_figure as forest_plot_figure
from .image_grids import image_grid as image_grid, labelled_image_rows as labelled_image_rows
from .study_figures import (
    accuracy_bars_figure as accuracy_bars_figure,
    accuracy_curves_figure as accuracy_curves_figure,
    accuracy_curves_grid as accuracy_curves_grid,
    gain_against_hours as gain_against_hours,
    gain_against_hours_figure as gain_against_hours_figure,
    learning_curves as learning_curves,
    learning_curves_figure as learning_curves_figure,
    variety_plot as variety_plot,
    view_accuracy_curves as view_accuracy_curves,
    view_accuracy_figure as view_accuracy_figure,
)
from .style import (
    DOMAIN_LABELS as DOMAIN_LABELS,
    PAGE_WIDTH as PAGE_WIDTH,
    readable_name as readable_name,
)
from .thesis_figures import (
    confusion_difference_figure as confusion_difference_figure,
    confusion_figure as confusion_figure,
    contribution_figure as contribution_figure,
    results_figure as results_figure,
)
