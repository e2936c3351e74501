"""Curves of a run while it trains, drawn again after each epoch from its `log.csv`.

They are shown only in an interactive notebook. Under papermill nothing is drawn: the notebook's own
figure at the end of training is enough.
"""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from IPython.display import HTML, DisplayHandle
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from synthlib.reporting.figures.curves import training_curves
from synthlib.reporting.figures.style import mark_stand_in
from synthlib.widgets.html import png_html
from synthlib.widgets.interactive import is_interactive

POLL_SECONDS = 2.0
"""Time between two reads of the log, in seconds."""


@contextmanager
def live_training_curves(
    folder: Path, *, stand_in: bool = False, poll_seconds: float = POLL_SECONDS
) -> Iterator[None]:
    """Show the curves of a run while the block trains it, and remove them at its end.

    Args:
        folder: The run's folder.
        stand_in: Whether to mark the curves as those of stand-in data.
        poll_seconds: Time between two reads of the log, in seconds.

    Examples:
        >>> with live_training_curves(run.folder):
        ...     model = training.train(run, train_set)
    """
    if not is_interactive():
        yield
        return
    handle = DisplayHandle()
    handle.display(HTML("<p>curves appear after the first epoch</p>"))
    ended = threading.Event()

    def follow() -> None:
        n_drawn = 0
        while not ended.wait(poll_seconds):
            log = read_training_log(folder)
            if len(log) > n_drawn:
                n_drawn = len(log)
                handle.update(HTML(curves_html(log, stand_in)))

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        handle.update(HTML(""))


def read_training_log(folder: Path) -> pd.DataFrame:
    """A run's log so far; empty before its first epoch ends."""
    path = folder / "log.csv"
    return pd.read_csv(path) if path.exists() else pd.DataFrame()


def curves_figure(log: pd.DataFrame, stand_in: bool = False) -> Figure:
    """Loss and accuracy of a log, drawn without pyplot, which is not safe in threads."""
    figure = Figure(figsize=(9, 3), layout="constrained")
    FigureCanvasAgg(figure)
    training_curves(list(figure.subplots(1, 2)), log)
    return mark_stand_in(figure, stand_in)


def curves_html(log: pd.DataFrame, stand_in: bool) -> str:
    """The curves as HTML, below a line with the epoch, step and loss."""
    content = io.BytesIO()
    curves_figure(log, stand_in).savefig(content, format="png", dpi=90, facecolor="white")
    last = log.iloc[-1]
    progress = f"round {last['round']:.0f}, step {last['step']:.0f}: loss {last['train_loss']:.3f}"
    return f'<p role="status">{progress}</p>{png_html(content.getvalue(), progress)}'
