from .augmentation import PRESETS as PRESETS, augment as augment, normalise as normalise
from .composite import make_composites as make_composites, paste as paste, uncropped as uncropped
from .placement import (
    Placement as Placement,
    PlacementRange as PlacementRange,
    sample_placements as sample_placements,
)
