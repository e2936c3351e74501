"""How varied the objects of a class are (thesis 4.4.2)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from synthlib.figures.style import COLORS, readable_name


def variety_plot(axes: Sequence[Axes], table: pd.DataFrame, title: str = "") -> Sequence[Axes]:
    """How far images of a class lie apart, a row a class: generated objects, model files,
    photographs; the table of `diversity.side_by_side`, two Axes, one a yardstick (4.4.2)."""
    marks = {
        "generated": (COLORS["synthetic_bg"], "o"),
        "model files": (COLORS["mixed"], "s"),
        "photographs": (COLORS["real"], "D"),
    }
    rows = np.arange(len(table))
    for ax, key, label in zip(
        axes,
        ("features", "hash"),
        ("cosine distance\nof features", "share of hash bits\nthat differ"),
        strict=True,
    ):
        values = pd.DataFrame(table[key])
        ax.hlines(rows, values.min(axis=1), values.max(axis=1), color="#CCCCCC", zorder=0)
        for source, (color, marker) in marks.items():
            if source in values:
                ax.scatter(values[source], rows, color=color, marker=marker, label=source)
        ax.set(xlabel=label, xlim=(0, 1.08 * float(np.nanmax(values))), yticks=rows)
        ax.set_yticklabels([readable_name(name) for name in table.index])
        ax.invert_yaxis()
        sns.despine(ax=ax)
    axes[0].set_title(title, loc="left", fontsize=10)
    axes[-1].tick_params(axis="y", labelleft=False)
    axes[-1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1))
    return axes
