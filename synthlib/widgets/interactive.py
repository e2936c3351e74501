"""Whether a person sits before this kernel. Batch runs show figures alone.

A widget in a notebook that papermill executed has no kernel behind it: a reader would see "Error
displaying widget".
"""

import os
from pathlib import Path

import psutil
from IPython.display import Markdown, display
from ipywidgets import Widget

NOTEBOOK_EXECUTORS = {"papermill", "nbconvert", "nbclient", "jupyter-nbconvert", "jupyter-execute"}


def is_interactive() -> bool:
    """Whether widgets can be clicked: not under `synthlib batch`, papermill or nbconvert."""
    if os.environ.get("SYNTHLIB_BATCH"):
        return False
    try:
        parent = psutil.Process().parent()
        words = [] if parent is None else parent.cmdline()[:3]  # python, -m, its program
    except psutil.Error:  # gone, or another user's
        return True
    programs = {Path(word).name for word in words}
    return not programs & NOTEBOOK_EXECUTORS


def show_widget(widget: Widget, fallback: str = "") -> None:
    """Displays a widget where it can be clicked, and elsewhere one line that says where."""
    if is_interactive():
        display(widget)
    else:
        display(Markdown(f"*{fallback or 'Open this notebook in JupyterLab to click here.'}*"))
