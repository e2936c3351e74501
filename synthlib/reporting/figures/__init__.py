"""Figures of results: plots drawn on given Axes, and whole figures of a study.

In: tables and confusion matrices of `reporting.tables`, metrics of `evaluation`. Out: matplotlib
Figures as wide as a page, in colour-blind safe colours (Okabe and Ito's palette). Functions with an
`ax` or `axes` draw one plot; functions that end in `_figure` return a whole figure with its title.
No torch is needed.

    figures.confusion_figure(tables.confusion_pair(26, params.output_dir, params.scale), params)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
