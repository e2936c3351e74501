"""The plan of a study."""

import json

import pytest

from synthlib import params as parameters
from synthlib.study import experiments
from synthlib.utils.errors import ParameterError


def test_a_plan_is_checked_under_its_protocol_and_has_each_run_once() -> None:
    with pytest.raises(ParameterError, match="peek: a batch makes whole runs"):
        experiments.plan_study("tiny", peek=True)
    mixed = {"only": ["mixed_real33"], "matched_real_share": 0.001}
    assert experiments.plan_study("tiny", batch_protocols=["thesis"], **mixed)
    with pytest.raises(ParameterError, match=r"matched_real_share: 0\.001 of a batch of"):
        experiments.plan_study("tiny", batch_protocols=["matched"], **mixed)
    [plain, mixed] = experiments.plan_study(
        "tiny", only=["real10", "mixed_real10"], batch_protocols=["thesis", "tuned"]
    )
    assert [p.phase_real_shares for p in (plain, mixed)] == [[], [0.0, 0.6]]
    assert plain.learning_rate == mixed.learning_rate == 0.05
    assert (plain.protocol, plain.tuned_steps) == ("tuned", 3000)
    [once] = experiments.plan_study("tiny", only=["baseline"], batch_protocols=["thesis", "thesis"])
    assert json.dumps(once.digest_parameters()) == json.dumps(
        parameters.load("tiny", "baseline").digest_parameters()
    )
