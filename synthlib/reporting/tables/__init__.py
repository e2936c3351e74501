"""The thesis's numbered tables, filled by a study's runs, and the sentences about them.

In: the finished runs of a scale. Out: `ThesisTable`s with measured values, published values and
their difference; confusion matrices; sentences as Markdown, whose numbers come from the runs. No
torch is needed.

    table = tables.thesis_table(14, params.output_dir, params.scale)
    table.frame["top1", "measured"]  # percent, one row per row of the thesis's Table 14
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
