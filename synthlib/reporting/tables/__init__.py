"""The thesis's numbered tables, filled by a study's runs, and the sentences about them.

`table(14, outputs, scale)` is Table 14, measured beside published, in percent.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
