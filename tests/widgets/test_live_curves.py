"""Training curves drawn while a run trains, and not drawn in batch."""

import time
from pathlib import Path

import pandas as pd
import pytest

from synthlib.widgets import live_curves

LOG = {
    "round": 1,
    "step": 10,
    "learning_rate": 0.1,
    "train_loss": 1.5,
    "train_top1": 50.0,
    "train_top1_real": 50.0,
    "train_top1_synthetic": 40.0,
}


@pytest.mark.parametrize("live", [True, False])
def test_curves_are_redrawn_while_training_and_harmless_in_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live: bool
) -> None:
    shown: list[str] = []

    class Handle:
        def display(self, page) -> None:
            shown.append(page.data)

        update = display

    monkeypatch.setattr(live_curves, "DisplayHandle", Handle)
    monkeypatch.setattr(live_curves, "is_interactive", lambda: live)
    with live_curves.live_training_curves(tmp_path, stand_in=True, poll_seconds=0.01):
        for n in (1, 2):
            rows = [LOG | {"round": i + 1, "step": 10 * (i + 1)} for i in range(n)]
            pd.DataFrame(rows).to_csv(tmp_path / "new.csv", index=False)
            (tmp_path / "new.csv").rename(tmp_path / "log.csv")
            until = time.monotonic() + 20
            while live and len(shown) < n + 1 and time.monotonic() < until:
                time.sleep(0.01)
    if not live:
        assert shown == []
        return
    assert "curves appear after the first" in shown[0]
    assert "round 1, step 10: loss 1.500" in shown[1]
    assert "round 2, step 20" in shown[2]
    assert shown[-1] == ""
    notes = [text.get_text() for text in live_curves.curves_figure(pd.DataFrame([LOG]), True).texts]
    assert any("STAND-IN" in text for text in notes)


def test_a_failed_training_ends_the_curves_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_curves, "is_interactive", lambda: True)
    with (
        pytest.raises(FloatingPointError),
        live_curves.live_training_curves(tmp_path, poll_seconds=0.01),
    ):
        raise FloatingPointError("the loss is nan")
