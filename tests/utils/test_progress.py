"""Progress bars: their style, how often they are drawn, and their end."""

import sys

import pytest

from synthlib.utils.progress import LOG_INTERVAL, SCREEN_INTERVAL, progress_bar


def test_a_bar_names_what_it_counts_and_ends_full(capsys: pytest.CaptureFixture) -> None:
    assert list(progress_bar(range(3), title="packing", unit="images")) == [0, 1, 2]
    last = capsys.readouterr().err.rsplit("\r", 1)[-1]
    assert last.startswith("packing: 100%|")
    assert "3/3 [" in last
    assert "images/s" in last


def test_the_last_state_is_drawn_before_the_bar_is_closed(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)  # other tests import it
    with progress_bar(total=100, unit="steps") as bar:
        assert bar.mininterval == LOG_INTERVAL  # stderr is no terminal
        for _ in range(100):
            bar.update()
        assert "100/100" in capsys.readouterr().err
    assert "100/100" in capsys.readouterr().err


def test_a_bar_that_is_not_shown_draws_nothing(capsys: pytest.CaptureFixture) -> None:
    with progress_bar(total=2, show=False) as bar:
        bar.update(2)
    assert capsys.readouterr().err == ""


def test_an_open_notebook_is_drawn_often_and_a_batch_rarely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SYNTHLIB_BATCH", raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress_bar(total=1) as bar:
        assert bar.mininterval == SCREEN_INTERVAL
    monkeypatch.setenv("SYNTHLIB_BATCH", "1")
    with progress_bar(total=1) as bar:
        assert bar.mininterval == LOG_INTERVAL
