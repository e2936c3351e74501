"""Curves of a run while it trains, redrawn in place from its `log.csv`.

Only where a person looks on: under papermill nothing is drawn, and the notebook's own figure, drawn
when training has ended, is all there is.
"""

import base64
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
from synthlib.widgets.interactive import is_interactive

POLL_SECONDS = 2.0
"""Seconds between two looks at the log."""


@contextmanager
def live_training_curves(
    folder: Path, *, stand_in: bool = False, poll_seconds: float = POLL_SECONDS
) -> Iterator[None]:
    """Shows the curves of the run in `folder` while the block trains it; gone when it ends."""
    if not is_interactive():
        yield
        return
    handle = DisplayHandle()
    handle.display(HTML("<p>curves appear after the first round</p>"))
    ended = threading.Event()

    def follow() -> None:
        drawn = 0
        while not ended.wait(poll_seconds):
            log = read_training_log(folder)
            if len(log) > drawn:
                drawn = len(log)
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
    """A run's log so far; empty before its first round."""
    path = folder / "log.csv"
    return pd.read_csv(path) if path.exists() else pd.DataFrame()


def curves_figure(log: pd.DataFrame, stand_in: bool = False) -> Figure:
    """Loss and accuracy of a log. Apart from pyplot, which is not for threads."""
    figure = Figure(figsize=(9, 3), layout="constrained")
    FigureCanvasAgg(figure)
    training_curves(list(figure.subplots(1, 2)), log)
    return mark_stand_in(figure, stand_in)


def curves_html(log: pd.DataFrame, stand_in: bool) -> str:
    """The curves as HTML, with a line on where training is."""
    content = io.BytesIO()
    curves_figure(log, stand_in).savefig(content, format="png", dpi=90, facecolor="white")
    last = log.iloc[-1]
    words = f"round {last['round']:.0f}, step {last['step']:.0f}: loss {last['train_loss']:.3f}"
    picture = base64.b64encode(content.getvalue()).decode()
    return f'<p role="status">{words}</p><img alt="{words}" src="data:image/png;base64,{picture}">'
