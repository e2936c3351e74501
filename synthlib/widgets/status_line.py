"""One line under an explorer: what it is doing, or what went wrong and what to do."""

import traceback
from collections.abc import Callable

from ipywidgets import HTML

from synthlib.utils.errors import SynthlibError
from synthlib.widgets import html


class StatusLine:
    """`line` to display. Errors in a widget's callback would vanish: `guard` shows them here."""

    def __init__(self) -> None:
        self.line = HTML(html.message_html(""))

    def show_message(self, text: str) -> None:
        """Shows a sentence."""
        self.line.value = html.message_html(text)

    def guard(self, what: str, act: Callable[[], None]) -> None:
        """Do something; an error is shown here and the widget goes on: what a user can mend as a
        sentence, a bug with its traceback."""
        try:
            act()
        except SynthlibError as error:
            self.line.value = html.message_html(f"{what}: {error}", "alert")
        except (
            Exception
        ) as error:  # raised in a callback, it would be seen in the server's log only
            sentence = html.message_html(f"{what}: {error!r}", "alert")
            self.line.value = sentence + html.preformatted(traceback.format_exc())
