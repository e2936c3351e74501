from .class_samples import (
    class_sample_sheet as class_sample_sheet,
    class_sample_table as class_sample_table,
)
from .composites import (
    composite_views as composite_views,
    composites_with_background as composites_with_background,
    composites_without_background as composites_without_background,
)
from .context import (
    SheetContext as SheetContext,
    figure_class as figure_class,
    sheet_context as sheet_context,
)
from .photographs import (
    background_collage as background_collage,
    photograph_collage as photograph_collage,
    real_variety as real_variety,
)
from .pipeline import (
    camera_sheet as camera_sheet,
    pipeline_sheet as pipeline_sheet,
    placement_sweep as placement_sweep,
)
from .renders import (
    dense_view_sheet as dense_view_sheet,
    sparse_view_sheet as sparse_view_sheet,
    synthetic_variety as synthetic_variety,
    viewpoint_sheet as viewpoint_sheet,
)
