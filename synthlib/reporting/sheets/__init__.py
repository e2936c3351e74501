"""Sheets of images from a study's data: the thesis's Tables 2 and 5, Figures 1 to 15, 21 and 22.

In: a `SheetContext` (parameters, prepared data, store of renders). Out: Figures as wide as a page.
Images are chosen by seeded draws; composites are pasted as in training. If a study does not have
the thesis's class or background, the title names the one shown instead. Sheets of stand-in
photographs are marked when a `Report` saves them.

    context = sheets.sheet_context(params, data, plan)
    Report(params).figure(sheets.composite_views(context, 6), "figure_06")
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
