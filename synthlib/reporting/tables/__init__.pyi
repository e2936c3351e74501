from .answer_text import (
    answer_markdown as answer_markdown,
    answer_sentences as answer_sentences,
    published_crossing as published_crossing,
    published_curves as published_curves,
    published_equivalents as published_equivalents,
    real_equivalent_markdown as real_equivalent_markdown,
    real_equivalents as real_equivalents,
)
from .beyond_text import (
    ablation_markdown as ablation_markdown,
    added_images_markdown as added_images_markdown,
    gains_of_mixes_markdown as gains_of_mixes_markdown,
    own_data_markdown as own_data_markdown,
    screening_markdown as screening_markdown,
)
from .captions import NOT_RUN as NOT_RUN, scale_note as scale_note
from .confusion import confusion_pair as confusion_pair, predicted_share as predicted_share
from .data_tables import finished_renders as finished_renders
from .html import ThesisTable as ThesisTable
from .in_short import (
    domain_gap_in_short as domain_gap_in_short,
    hyperparameters_in_short as hyperparameters_in_short,
    mixing_in_short as mixing_in_short,
)
from .render_cost import (
    added_images_cost as added_images_cost,
    gain_per_hour as gain_per_hour,
    render_hours_markdown as render_hours_markdown,
    train_render_hours as train_render_hours,
)
from .summaries import (
    classes_markdown as classes_markdown,
    confusions_markdown as confusions_markdown,
    fair_comparison_markdown as fair_comparison_markdown,
    gains_markdown as gains_markdown,
    generalisation_gap_markdown as generalisation_gap_markdown,
    predicted_share_markdown as predicted_share_markdown,
    rows_markdown as rows_markdown,
    stability_markdown as stability_markdown,
)
from .thesis_tables import thesis_table as thesis_table
from .verdicts import (
    statements as statements,
    statements_markdown as statements_markdown,
    verdict_table as verdict_table,
    verdicts_markdown as verdicts_markdown,
)
