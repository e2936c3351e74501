"""The last renders, shown in a notebook as they finish: one picture that is redrawn in place.

Plain HTML by IPython's display, no widget: it works in JupyterLab, is kept in a notebook that
papermill executes, and does nothing where there is no notebook. To stop, interrupt the kernel: what
is finished stays, and rendering goes on from there next time.
"""

import base64
import contextlib
import io
import time
from collections import deque
from collections.abc import Callable, Iterator

from IPython import get_ipython
from IPython.display import HTML, display

from synthlib.rendering.contact_sheets import montage
from synthlib.rendering.plan import RenderPlan

RENDER_SIDE = 96
"""Pixels a render is shown with."""


@contextlib.contextmanager
def show_latest_renders(
    plan: RenderPlan, *, columns: int = 8, view: int = 8, interval: float = 1.0
) -> Iterator[Callable[[str], None]]:
    """A context with a function for `rendering.render(..., on_done=...)` that shows the newest
    instances.

    It shows a view of each of the last `columns` instances (view 8: from the front, 25 degrees
    above), at most once in `every` seconds, and once more at the end.
    """
    if get_ipython() is None:
        yield lambda name: None
        return
    latest: deque[str] = deque(maxlen=columns)
    view = min(view, plan.settings.views - 1)
    drawn, handle, shown = -interval, None, 0

    def draw() -> None:
        nonlocal drawn, handle, shown
        page, drawn, shown = HTML(_page_html(plan, list(latest), view)), time.monotonic(), count
        if handle is None:
            handle = display(page, display_id=True)
        else:
            handle.update(page)

    count = 0

    def show(name: str) -> None:
        nonlocal count
        latest.appendleft(name)
        count += 1
        if time.monotonic() - drawn >= interval:
            draw()

    try:
        yield show
    finally:
        if count > shown:
            draw()


def _page_html(plan: RenderPlan, names: list[str], view: int) -> str:
    files = [plan.store / name / f"{view:02d}.png" for name in names]
    there = [(file, name) for file, name in zip(files, names, strict=True) if file.exists()]
    if not there:
        return ""
    labels = [name.split("/")[0] for _, name in there]
    sheet = montage([file for file, _ in there], labels, len(there), side=RENDER_SIDE)
    content = io.BytesIO()
    sheet.save(content, "PNG")
    picture = base64.b64encode(content.getvalue()).decode()
    return (
        "<p>The last renders, the newest first:</p>"
        f'<img alt="the last renders" src="data:image/png;base64,{picture}">'
    )
