from .augmentation import PRESETS as PRESETS
from .augmentation import augment as augment
from .composite import make_composites as make_composites
from .composite import paste as paste
from .placement import Placement as Placement
from .placement import sample_placements as sample_placements
