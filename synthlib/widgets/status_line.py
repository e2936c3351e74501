"""One line below a widget: its progress, or an error and its remedy."""

import threading
import traceback
from collections.abc import Callable

from ipywidgets import HTML

from synthlib.utils.errors import SynthlibError
from synthlib.widgets import html


class StatusLine:
    """A message, or the error of a callback, which Jupyter would hide; display its `line`."""

    def __init__(self) -> None:
        self.line = HTML(html.message_html(""))
        self._lock = threading.RLock()

    def show_message(self, text: str) -> None:
        """Show a sentence; empty: clear the line."""
        self.line.value = html.message_html(text)

    def guard(self, task: str, action: Callable[[], None]) -> None:
        """Call a function and show its error, so that the widget stays usable.

        Only one thread calls a function at a time: JupyterLab handles clicks in several, and one of
        them could otherwise show the counts of a selection and another its samples.

        Args:
            task: Prefix of the error message.
            action: The function. A SynthlibError is shown as a sentence, any other exception, which
                is a bug, with its traceback.
        """
        try:
            with self._lock:
                action()
        except SynthlibError as error:
            self.line.value = html.message_html(f"{task}: {error}", "alert")
        except Exception as error:  # a callback's traceback goes only to the server's log
            sentence = html.message_html(f"{task}: {error!r}", "alert")
            self.line.value = sentence + html.preformatted(traceback.format_exc())
