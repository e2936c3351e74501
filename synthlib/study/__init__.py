"""All runs of a study: its experiments, their order, several at once, and their results.

In: a scale and a list of experiments. Out: executed notebooks, run folders, a report, and archives
of the runs. A study that is interrupted at any moment resumes when it is started again::

    from synthlib.study import plan_study, run_batch

    run_batch(plan_study("tiny", only=["baseline", "mixed_real33"]), jobs=2)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
