"""The thesis's published numbers as data, and the experiments that fill its tables.

In: CSV and YAML files of this folder, transcribed from the thesis. Out: DataFrames and numbers as
printed. `cell_experiments` names the experiment behind each cell of a table, `load_catalogue` the
notebook behind each table and figure, and `consistency.consistency_checks` checks the published
numbers against each other. No torch is needed.

    thesis.published_table(14)  # Table 14 as printed
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
