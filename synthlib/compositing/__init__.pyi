from .augmentation import PRESETS as PRESETS, augment as augment
from .composite import make_composites as make_composites, paste as paste
from .placement import Placement as Placement, sample_placements as sample_placements
