from .run_inspector import (
    RunInspector as RunInspector,
    comparison_run as comparison_run,
    newest_run as newest_run,
)
from .sample_table import (
    CONFIDENCE_COLUMNS as CONFIDENCE_COLUMNS,
    OUTCOMES as OUTCOMES,
    Selection as Selection,
    build_sample_table as build_sample_table,
    class_probabilities as class_probabilities,
    compare_samples as compare_samples,
    count_sample_confusions as count_sample_confusions,
    most_confused_pairs as most_confused_pairs,
    paired_outcome as paired_outcome,
    paired_outcome_sentence as paired_outcome_sentence,
    paired_outcome_table as paired_outcome_table,
    recall_and_precision as recall_and_precision,
    select_samples as select_samples,
)
