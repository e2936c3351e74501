"""General helpers that are independent of the study: files, locks, processes, archives, downloads.

There is no facade; import the module you need: `from synthlib.utils import files`.

- `errors`: errors that a user can fix, all derived from `SynthlibError`.
- `files`: paths of the project, digests, and atomic writing.
- `locks`: locks on folders, so that only one process writes into them.
- `processes`, `executors`: subprocesses that end with their parent; tasks on cores or a cluster.
- `archives`, `download`: unpacking of untrusted archives; downloads that are resumed and checked.
- `validation`: reading and validation of YAML files and settings.
- `environment`, `log`, `allocator`: the record of software and hardware; log lines; memory.
- `system_libraries`: shared libraries of Blender's module that are missing.
"""
