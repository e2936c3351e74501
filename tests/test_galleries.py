"""Sheets of images: as many as asked for, of what they say."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from fakes import make_sources, micro

from synthlib import galleries


def test_presets_are_a_row_each(tmp_path: Path) -> None:
    params = micro(tmp_path)
    sources = make_sources(tmp_path, params)
    sheet = galleries.presets(params, sources, columns=6)
    shown = [ax for ax in sheet.axes if ax.images]
    titles = [ax.get_title() for ax in shown if ax.get_title()]
    assert len(shown) == 5 * 6
    assert [t.splitlines()[0] for t in titles] == [
        "thesis real",
        "thesis test",
        "thesis synthetic",
        "matched",
        "matched",
    ]
    pixels = [ax.images[0].get_array() for ax in shown]
    assert len({p.tobytes() for p in map(np.ascontiguousarray, pixels[:6])}) > 1  # drawn anew
    assert len({p.tobytes() for p in map(np.ascontiguousarray, pixels[6:12])}) == 1  # nothing is
    plt.close(sheet)
    with pytest.raises(ValueError, match="real_fraction and synthetic_fraction"):
        galleries.presets(micro(tmp_path, real_fraction=0.0), sources)
