"""Parts of composites, and composites made again at full size."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthlib.inspection import provenance
from synthlib.inspection.run_inspector import RunInspector
from synthlib.photographs.photographs import DataError


def test_the_parts_of_a_composite_are_named(
    inspector: RunInspector, real_row: int, composite_row: int
) -> None:
    origin = inspector.origin(composite_row)
    name = inspector.sample(composite_row)["sample"]
    assert f"{origin.render['class']}/{origin.render['instance']}" == name.rsplit("/", 1)[0]
    facts = origin.facts()
    assert facts["background"].startswith("places/")
    assert facts["view"] == str(int(name.rsplit("/", 1)[1]))
    assert "rotated" in facts["placement"]
    assert facts["seeds"].endswith("sample 0")
    with pytest.raises(DataError, match="is not a synthetic sample of this run"):
        inspector.origin(real_row)


def test_a_composite_made_again_is_the_tested_one_but_larger(inspector: RunInspector) -> None:
    store = inspector.params.output_dir.parent / "store"
    size = inspector.params.image_size
    rows = inspector.table.index[inspector.table["domain"] == "synthetic_bg"]
    assert len(rows) == 9
    for row in rows:
        origin = inspector.origin(int(row))
        render = np.asarray(Image.open(store / origin.render["file"]))
        large = provenance.recomposite(inspector.params, origin, render)
        assert large.shape == (48, 48, 3)
        small = np.asarray(Image.fromarray(large).resize((size, size), Image.Resampling.BOX))
        tested = inspector.image(int(row)).astype(float)
        difference = np.abs(small - tested).mean()
        assert difference < 0.75 * np.abs(small[::-1, ::-1] - tested).mean()


def test_a_missing_background_is_named_with_a_remedy(
    inspector: RunInspector, composite_row: int, tmp_path: Path
) -> None:
    render = np.zeros((16, 16, 4), np.uint8)
    elsewhere = inspector.params.model_copy(update={"data_root": str(tmp_path)})
    with pytest.raises(DataError, match="see that the data root is the run's"):
        provenance.recomposite(elsewhere, inspector.origin(composite_row), render)
