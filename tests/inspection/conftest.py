"""One finished run for all tests of the package; not to be changed."""

import pytest

from synthlib.inspection.run_inspector import RunInspector
from tests.helpers.inspected_run import finished_run


@pytest.fixture(scope="package")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> RunInspector:
    return finished_run(tmp_path_factory.mktemp("inspector"))


@pytest.fixture(scope="package")
def real_row(inspector: RunInspector) -> int:
    """The first row of a photograph."""
    return first_row(inspector, "real")


@pytest.fixture(scope="package")
def composite_row(inspector: RunInspector) -> int:
    """The first row of a composite."""
    return first_row(inspector, "synthetic_bg")


def first_row(inspector: RunInspector, domain: str) -> int:
    return int(inspector.table.index[inspector.table["domain"] == domain][0])
