"""The experiments of a study, the protocols under which they run, and the plan of its runs.

An experiment is a file in `params/experiments`; a protocol (`thesis`, `matched` or `tuned`) fixes
how a run trains. A plan is a list of validated `Params`, one per run, in the order in which they
run.
"""

from collections.abc import Sequence

from synthlib import params as parameters
from synthlib.params import PROTOCOLS, Params
from synthlib.utils.errors import ParameterError
from synthlib.utils.suggestions import allowed_names

EXPERIMENTS = tuple(
    """
    baseline mixed_synth100 synth_bg mixed_real33 synth_nobg real33
    mixed_synth37 mixed_synth10 mixed_real16 mixed_real3 real16 real3
    synth_bg_1200 synth_bg_1200_dense synth_hybrid
    baseline_lr01 synth_bg_lr01 synth_nobg_lr01 synth_bg_adam synth_bg_constant_lr
    stability_split1 stability_split2 stability_split3
    synth_bg_resnet34 synth_bg_resnet101 mixed_synth100_resnet101
    """.split()
)
"""The thesis's 26 experiments in the order in which they run.

The core comes first, its longer ones early so that two jobs end together; `synth_hybrid` follows
the two experiments that it chooses from; large networks are last::

    from synthlib.study import EXPERIMENTS, plan_study

    planned = plan_study("tiny", only=EXPERIMENTS[:2])
"""

CORE_EXPERIMENTS = EXPERIMENTS[:6]
"""Experiments of a demonstration, which runs over stand-in photographs."""

CONTROL_EXPERIMENTS = ("bg_only", "mixed_bg_only", "synth_nobg_affine")
"""Controls outside the thesis: the effect of backgrounds and augmentation without geometry."""

ADDED_EXPERIMENTS = ("real10", "mixed_real10")
"""A fraction of the photographs that the thesis does not have, under protocols of equal steps."""

FETCHED_EXPERIMENTS = ("mixed_real10_synth30", "fetched10", "fetched10_third")
"""Photographs instead of renders, and as many renders, under protocols of equal steps (run
only when named)."""

CONFIRMATION_EXPERIMENTS = ("crossval_real", "crossval_mixed", "real10_twice", "real10_exposure")
"""Cross-validation with all photographs, and a tenth of them alone with other numbers of steps,
under protocols of equal steps (run only when named)."""

EQUAL_STEPS_EXPERIMENTS = tuple(
    """
    baseline synth_bg mixed_synth100 real33 mixed_real33
    mixed_synth37 mixed_synth10 mixed_real16 mixed_real3 real16 real3
    mixed_synth100_resnet101
    bg_only mixed_bg_only real10 mixed_real10
    """.split()
)
"""Experiments that run under protocols of equal steps: rows of Tables 19, 23 and 25, the controls
that are compared with them, and `ADDED_EXPERIMENTS`."""

EXTRA_EXPERIMENTS = ("generators",)
"""Experiments outside the study, run only when named."""


def plan_study(
    scale: str, *, only: Sequence[str] = (), seeds: Sequence[int] = (0,), **overrides
) -> list[Params]:
    """Plan the runs of a scale, validated before anything is computed.

    Args:
        scale: Scale of the study, such as `tiny` or `thesis`.
        only: Names of experiments; by default the 26 of the thesis, the controls and
            `ADDED_EXPERIMENTS`, or `CORE_EXPERIMENTS` over stand-in photographs.
        seeds: Seeds with which each experiment runs.
        **overrides: Parameters that override those of the files.

    Returns:
        Parameters of the runs, ordered by seed, then protocol (as in `PROTOCOLS`), then in the
        order of `EXPERIMENTS`. Each experiment runs under those of `batch_protocols` that apply to
        it.

    Raises:
        ParameterError: If an experiment or a parameter is wrong.

    Examples:
        >>> planned = plan_study("tiny", only=["baseline", "mixed_real33"], seeds=[0, 1])
        >>> [(p.experiment, p.protocol, p.seed) for p in planned][:2]
        [('baseline', 'thesis', 0), ('mixed_real33', 'thesis', 0)]
    """
    study = (*EXPERIMENTS, *CONTROL_EXPERIMENTS, *ADDED_EXPERIMENTS)
    known = (*study, *FETCHED_EXPERIMENTS, *CONFIRMATION_EXPERIMENTS, *EXTRA_EXPERIMENTS)
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise ParameterError(
            f"unknown experiment {unknown[0]!r}; {allowed_names(unknown[0], known)}"
        )
    baseline = parameters.load(scale, "baseline", **overrides)
    if baseline.peek:
        raise ParameterError("peek: a batch makes whole runs; peek in notebook 03, or leave it out")
    names = only or (CORE_EXPERIMENTS if baseline.stand_in else study)
    planned = []
    for seed in seeds:
        for experiment in [name for name in known if name in names]:
            params = parameters.load(scale, experiment, seed=seed, **overrides)
            planned += [
                parameters.load(scale, experiment, seed=seed, protocol=protocol, **overrides)
                for protocol in dict.fromkeys(params.batch_protocols)
                if _runs_under(experiment, protocol)
            ]
    return sorted(planned, key=lambda p: (p.seed, PROTOCOLS.index(p.protocol)))


def _runs_under(experiment: str, protocol: str) -> bool:
    only_equal_steps = (*ADDED_EXPERIMENTS, *FETCHED_EXPERIMENTS, *CONFIRMATION_EXPERIMENTS)
    if protocol == "thesis":
        return experiment not in only_equal_steps
    return experiment in (*EQUAL_STEPS_EXPERIMENTS, *only_equal_steps, *EXTRA_EXPERIMENTS)
