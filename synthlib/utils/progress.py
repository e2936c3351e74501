"""Progress bars of one style, for terminals, notebooks and log files."""

import os
import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm

BAR_FORMAT = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_noinv_fmt}{postfix}]"

LOG_INTERVAL = 10.0
"""Seconds between two states of a bar in a log file, where each stays."""

SCREEN_INTERVAL = 0.5
"""Seconds between two states of a bar in a terminal or an open notebook."""


class ProgressBar(tqdm):
    """A bar that shows its last state at once: without waiting for what follows its last step."""

    def update(self, n: float | None = 1) -> bool | None:
        """Advance the bar by `n` units; returns True if it was drawn again."""
        drawn = super().update(n)
        if not drawn and self.total and self.n >= self.total and not self.disable:
            return bool(self.refresh())
        return drawn


def progress_bar(
    iterable: Iterable | None = None,
    *,
    title: str = "",
    unit: str = "",
    total: float | None = None,
    show: bool = True,
    **options: Any,
) -> ProgressBar:
    """Make a progress bar.

    Args:
        iterable: Values to pass through; None: call `update` and close the bar, best by `with`.
        title: Text in front of the bar.
        unit: Plural of what is counted, such as "images".
        total: Number of units at which the bar is full; needed if `iterable` has no length.
        show: False for a bar that draws nothing.
        **options: Further options of `tqdm`.
    """
    is_seen = sys.stderr.isatty() or "ipykernel" in sys.modules
    is_seen = is_seen and not os.environ.get("SYNTHLIB_BATCH")
    given = {
        "desc": title or None,
        "unit": f" {unit}" if unit else "",
        "total": total,
        "disable": not show,
        "mininterval": SCREEN_INTERVAL if is_seen else LOG_INTERVAL,
        "bar_format": BAR_FORMAT,
    }
    return ProgressBar(iterable, **given | options)
