from .photographs import DataError as DataError
from .photographs import data_root as data_root
from .photographs import scan_backgrounds as scan_backgrounds
from .photographs import scan_photographs as scan_photographs
from .subsets import real_subset as real_subset
from .subsets import unused_real as unused_real
