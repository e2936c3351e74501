"""Explorers of runs and data in JupyterLab, from plain ipywidgets.

Each shows what a plain function gives as a figure or DataFrame (`inspection`, `closeups`,
`galleries`), so that executed notebooks and exports look right without a kernel.
"""

from synthlib.widgets.browse import CompositeBrowser, RenderBrowser
from synthlib.widgets.curves import live_training_curves
from synthlib.widgets.explorer import Explorer, explore, flag_path, read_flags
from synthlib.widgets.kernel import is_interactive, show_widget

__all__ = [
    "CompositeBrowser",
    "Explorer",
    "RenderBrowser",
    "explore",
    "flag_path",
    "is_interactive",
    "live_training_curves",
    "read_flags",
    "show_widget",
]
