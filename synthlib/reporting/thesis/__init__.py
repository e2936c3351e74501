"""The thesis's published numbers as data, and the experiments that fill its tables.

`published(14)` is Table 14 as printed; `FILLS` names the experiment behind each cell;
`consistency.recomputed()` checks the published numbers against each other.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
