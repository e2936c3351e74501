"""Planning and execution of all runs of a study, and the files of its results.

In: a scale and a list of experiments. Out: run folders, executed notebooks, a report, and archives
of the runs. A study that is interrupted at any moment resumes when it is started again::

    from synthlib.study import plan_study, run_batch

    run_batch(plan_study("tiny", only=["baseline", "mixed_real33"]), jobs=2)

Modules: `experiments` plans the runs and `estimate` their time; `batch` executes the plan with
`execute` (one run) and `parallel` (several at once); `hybrid` chooses the classes of hybrid runs;
`up_to_date` finds what need not be executed again; `overview` and `project_map` show the state of a
study; `results` and `run_archive` write results and archives.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
