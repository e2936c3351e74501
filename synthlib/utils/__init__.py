"""What every package stands on: files, locks, processes, archives, downloads, executors, the
environment, errors and log lines. Nothing of the study is in here, and `synthlib.utils` itself
offers nothing: import its modules.
"""
