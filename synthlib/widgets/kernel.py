"""Whether a person sits before this kernel. Batch runs show figures alone.

A widget in a notebook that papermill executed has no kernel behind it: a reader would see "Error
displaying widget".
"""

import os
from pathlib import Path

import psutil
from IPython.display import Markdown, display
from ipywidgets import Widget

EXECUTORS = {"papermill", "nbconvert", "nbclient", "jupyter-nbconvert", "jupyter-execute"}


def live() -> bool:
    """Whether widgets can be clicked: not under `synthlib batch`, papermill or nbconvert."""
    if os.environ.get("SYNTHLIB_BATCH"):
        return False
    try:
        parent = psutil.Process().parent()
        words = [] if parent is None else parent.cmdline()[:3]  # python, -m, its program
    except psutil.Error:  # gone, or another user's
        return True
    programs = {Path(word).name for word in words}
    return not programs & EXECUTORS


def show(widget: Widget, instead: str = "") -> None:
    """Displays a widget where it can be clicked, and elsewhere one line that says where."""
    if live():
        display(widget)
    else:
        display(Markdown(f"*{instead or 'Open this notebook in JupyterLab to click here.'}*"))
