"""Renders left out of training: near duplicates and views that show too little (thesis 4.3.2).

Every function takes a manifest and returns the rows that stay, in their order, with their index.
Rows of split `test` always stay, so that test sets do not depend on curation.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
