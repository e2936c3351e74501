"""The latest renders, shown in a notebook while they are made: one image that is drawn in place.

The image is plain HTML, not a widget: it works in JupyterLab and stays in a notebook that papermill
executes. Outside a notebook nothing is shown. To stop rendering, interrupt the kernel: finished
instances stay, and the next call resumes.
"""

import io
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from IPython import get_ipython
from IPython.display import HTML, DisplayHandle, display

from synthlib.rendering.contact_sheets import montage
from synthlib.rendering.plan import RenderPlan
from synthlib.widgets.html import png_html

RENDER_SIDE = 96
"""Side of a displayed render in px."""


@contextmanager
def show_latest_renders(
    plan: RenderPlan, *, columns: int = 8, view: int = 8, interval: float = 1.0
) -> Iterator[Callable[[str], None]]:
    """Show the latest finished instances of a plan while the block renders it.

    Args:
        plan: The plan.
        columns: Number of instances shown.
        view: Index of the view shown (8: from the front, 25 degrees above).
        interval: Minimum time between two drawings, in seconds; there is always one at the end.

    Yields:
        A function for `RenderOptions(on_done=...)`.

    Examples:
        >>> with show_latest_renders(plan) as show:
        ...     rendering.render(plan, rendering.RenderOptions(on_done=show))
    """
    if get_ipython() is None:
        yield lambda name: None
        return
    latest = _LatestRenders(plan, columns, min(view, plan.settings.views - 1), interval)
    try:
        yield latest.add
    finally:
        latest.finish()


class _LatestRenders:
    def __init__(self, plan: RenderPlan, columns: int, view: int, interval: float) -> None:
        self._plan, self._view, self._interval = plan, view, interval
        self._names: deque[str] = deque(maxlen=columns)
        self._handle: DisplayHandle | None = None
        self._drawn_at = -interval
        self._is_drawn = True

    def add(self, name: str) -> None:
        self._names.appendleft(name)
        self._is_drawn = False
        if time.monotonic() - self._drawn_at >= self._interval:
            self._draw()

    def finish(self) -> None:
        if not self._is_drawn:
            self._draw()

    def _draw(self) -> None:
        page = HTML(_page_html(self._plan, list(self._names), self._view))
        self._drawn_at, self._is_drawn = time.monotonic(), True
        if self._handle is None:
            self._handle = display(page, display_id=True)
        else:
            self._handle.update(page)


def _page_html(plan: RenderPlan, names: list[str], view: int) -> str:
    classes = {
        name: instance.cls
        for name, instance in zip(plan.instance_names, plan.instances, strict=True)
    }
    files = {plan.store / name / f"{view:02d}.png": classes[name] for name in names}
    files = {file: label for file, label in files.items() if file.exists()}
    if not files:
        return ""
    sheet = montage(list(files), list(files.values()), len(files), side=RENDER_SIDE)
    content = io.BytesIO()
    sheet.save(content, "PNG")
    image = png_html(content.getvalue(), "the last renders")
    return f"<p>The last renders, the newest first:</p>{image}"
