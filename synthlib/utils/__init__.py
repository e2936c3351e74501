"""General helpers that are independent of the study: files, locks, processes, archives, downloads.

There is no facade; import the module you need: `from synthlib.utils import files`.
"""
