"""Display of a widget in an interactive notebook, and of a sentence in any other.

A notebook that papermill executed has no kernel afterwards: its widgets would appear as "Error
displaying widget". It therefore shows figures only.
"""

import os
from pathlib import Path

import psutil
from IPython.display import Markdown, display
from ipywidgets import Widget

NOTEBOOK_EXECUTORS = {"papermill", "nbconvert", "nbclient", "jupyter-nbconvert", "jupyter-execute"}


def is_interactive() -> bool:
    """True unless `synthlib batch`, papermill or nbconvert executes the current notebook."""
    if os.environ.get("SYNTHLIB_BATCH"):
        return False
    try:
        parent = psutil.Process().parent()
        # of "python -m papermill ..." or "/path/to/papermill ..."
        arguments = [] if parent is None else parent.cmdline()[:3]
    except psutil.Error:  # the parent has ended, or belongs to another user
        return True
    programs = {Path(argument).name for argument in arguments}
    return not programs & NOTEBOOK_EXECUTORS


def show_widget(widget: Widget, fallback: str = "") -> None:
    """Display a widget, or a sentence if this notebook is not executed interactively.

    Args:
        widget: The widget, such as `Explorer.box`.
        fallback: The sentence; empty: a general one.
    """
    if is_interactive():
        display(widget)
    else:
        display(Markdown(f"*{fallback or 'Open this notebook in JupyterLab to click here.'}*"))
