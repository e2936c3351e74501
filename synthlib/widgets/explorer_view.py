"""Front end of the explorer: an anywidget that shows HTML and reports what was clicked.

The HTML comes from Python, as one trait per section. An element with the attribute `data-event`
sends that event, with its other `data-` attributes as values; `explorer.js` adds the keyboard and
the colours of the theme.
"""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

FOLDER = Path(__file__).parent


class ExplorerView(anywidget.AnyWidget):
    """The explorer in the browser.

    Args:
        on_event: Called with the name of an event and its values, all text.

    Attributes:
        controls, matrix, pane, peek, status: HTML of the sections.
    """

    _esm = FOLDER / "explorer.js"
    _css = FOLDER / "explorer.css"
    controls = traitlets.Unicode("").tag(sync=True)
    matrix = traitlets.Unicode("").tag(sync=True)
    pane = traitlets.Unicode("").tag(sync=True)
    peek = traitlets.Unicode("").tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)

    def __init__(self, on_event: Callable[..., None]) -> None:
        super().__init__()
        self.on_msg(lambda _, content, buffers: on_event(**content))
