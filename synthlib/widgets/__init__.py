"""Interactive views in JupyterLab: the explorer of errors, browsers of data, live curves.

In: finished runs, prepared data, or a run or plan in progress. Out: widgets. Everything that a
widget shows is also available from a plain function as a figure or a DataFrame, so that executed
notebooks and exported pages are complete without a kernel.

    widgets.show_widget(widgets.explore(params).view)  # misclassified samples of a run
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
