"""Run folders: which run of an experiment counts as the newest."""

import json
import shutil
from pathlib import Path

from synthlib.runs import load_runs, mark_as_newest
from tests.helpers.fake_runs import write_fake_run


def test_a_run_that_is_requested_again_replaces_a_later_trial(tmp_path: Path) -> None:
    study = write_fake_run(tmp_path, "baseline", 60)
    trial = study.with_name("seed0-00000000")
    shutil.copytree(study, trial)
    status = json.loads((trial / "status.json").read_text()) | {"ended": "2026-02-01T00:00Z"}
    (trial / "status.json").write_text(json.dumps(status))

    def newest() -> list[Path]:
        return load_runs(tmp_path, "tiny")["folder"].tolist()

    assert newest() == [trial]
    mark_as_newest(study)
    assert newest() == [study]
    mark_as_newest(trial)
    assert newest() == [trial]
    shutil.rmtree(study)
    before = (trial / "status.json").read_bytes()
    mark_as_newest(trial)  # the only run needs no mark
    assert (trial / "status.json").read_bytes() == before
