"""All runs of a study: which experiments, in which order, on how many processes, and their results.

In: a scale and a list of experiments. Out: executed notebooks, run folders and a report. Killed at
any moment and started again, a study goes on where it was.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
