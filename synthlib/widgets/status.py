"""One line under an explorer: what it is doing, or what went wrong and what to do."""

from collections.abc import Callable

from ipywidgets import HTML

from synthlib.chunks import RenderError
from synthlib.widgets import html


class Status:
    """`line` to display. Errors in a widget's callback would vanish: `guard` shows them here."""

    def __init__(self) -> None:
        self.line = HTML(html.sentence(""))

    def say(self, text: str) -> None:
        """Shows a sentence."""
        self.line.value = html.sentence(text)

    def guard(self, what: str, act: Callable[[], None]) -> None:
        """Does something; if it fails, says so and goes on."""
        try:
            act()
        except Exception as error:  # whatever a file, Blender or a model may raise
            about = (
                str(error) if isinstance(error, ValueError | OSError | RenderError) else repr(error)
            )
            self.line.value = html.sentence(f"{what}: {about}", "alert")
