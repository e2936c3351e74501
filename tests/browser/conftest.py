"""JupyterLab on a small study, and a headless Chromium.

Without Chromium these tests are skipped with a reason; in CI they fail.
"""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.helpers.lab_server import CHROMIUM_FLAGS, Lab, running_jupyter
from tests.helpers.small_study import make_project, make_runs

EXPECT_TIMEOUT_MS = 20_000  # two busy cores need several seconds to answer a click


def chromium_path() -> str:
    """The path of Chromium; if it is not installed, skips the test, or in CI fails."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        reason = "no Chromium on this machine: install Debian's package chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    expect.set_options(timeout=EXPECT_TIMEOUT_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    project = make_project(tmp_path_factory.mktemp("lab") / "project")
    make_runs(project, ("baseline", "mixed_real33"))
    with running_jupyter(project, project / "data") as started:
        yield started
