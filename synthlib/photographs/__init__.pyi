from .backgrounds import Backgrounds as Backgrounds, scan_backgrounds as scan_backgrounds
from .photographs import (
    DataError as DataError,
    Photographs as Photographs,
    scan_photographs as scan_photographs,
)
from .subsets import (
    real_subset as real_subset,
    unused_real as unused_real,
    unused_real_fold as unused_real_fold,
)
