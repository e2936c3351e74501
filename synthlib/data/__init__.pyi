from .datasets import (
    TestSet as TestSet,
    TrainingSet as TrainingSet,
    test_sets as test_sets,
    training_set as training_set,
)
from .explain import ExplainedSample as ExplainedSample, explain_sample as explain_sample
from .prepare import StudyData as StudyData, prepare_data as prepare_data
from .render_subsets import (
    fraction_subset as fraction_subset,
    per_class_subset as per_class_subset,
    render_names as render_names,
    render_subset as render_subset,
    split_by_view as split_by_view,
)
