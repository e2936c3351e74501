from .photographs import (
    DataError as DataError,
    scan_backgrounds as scan_backgrounds,
    scan_photographs as scan_photographs,
)
from .subsets import real_subset as real_subset, unused_real as unused_real
