"""Explorers of runs and data in JupyterLab, from plain ipywidgets.

Each shows what a plain function gives as a figure or DataFrame (`inspection`, `closeups`,
`galleries`), so that executed notebooks and exports look right without a kernel.
"""

from synthlib.widgets.explorer import Explorer, explore, flag_file, flagged
from synthlib.widgets.kernel import live, show

__all__ = ["Explorer", "explore", "flag_file", "flagged", "live", "show"]
