from .ablation import ablation_effects as ablation_effects, ablation_state as ablation_state
from .added_data import added_images as added_images
from .by_view import (
    COVERAGE_EDGES as COVERAGE_EDGES,
    ELEVATION_EDGES as ELEVATION_EDGES,
    accuracy_by_view as accuracy_by_view,
)
from .comparisons import (
    common_runs as common_runs,
    compare_experiments as compare_experiments,
    verdict as verdict,
)
from .fair_baseline import fair_comparison as fair_comparison
from .metrics import (
    class_accuracy as class_accuracy,
    compute_metrics as compute_metrics,
    count_confusions as count_confusions,
    write_run_metrics as write_run_metrics,
)
from .mix_gains import expected_gain as expected_gain, paired_gains as paired_gains
from .power import sample_size_table as sample_size_table
from .predictions import (
    correct_by_sample as correct_by_sample,
    has_batch_norm as has_batch_norm,
    has_ranks as has_ranks,
    logits_and_classes as logits_and_classes,
    logits_to_ranks as logits_to_ranks,
    predicted_classes as predicted_classes,
    read_predictions as read_predictions,
)
from .real_equivalent import (
    baseline_crossing as baseline_crossing,
    learning_curve_table as learning_curve_table,
    real_equivalents as real_equivalents,
)
from .run_metrics import (
    class_accuracy_by_run as class_accuracy_by_run,
    finished_runs as finished_runs,
    metrics_by_test_set as metrics_by_test_set,
    metrics_table as metrics_table,
    shown_protocols as shown_protocols,
    stage_times as stage_times,
)
from .screening import (
    design_table as design_table,
    screening_effects as screening_effects,
    screening_state as screening_state,
)
from .statistics import wilson_interval as wilson_interval
from .table_style import style_table as style_table
