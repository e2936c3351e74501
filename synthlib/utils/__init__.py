"""Tools that know nothing of the study: files, locks, processes, archives, downloads, executors.

There is no facade; import the module that has the job: `from synthlib.utils import files`.
"""
