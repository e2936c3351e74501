"""No process outlives the one that started it."""

import ctypes
import os
import signal
import sys
import threading
import time


def die_with_parent(parent_pid: int) -> None:
    """Ends this process when `parent` is gone, even by SIGKILL: no worker outlives its supervisor.

    Linux's kernel does it at once; elsewhere, and if it was gone before that was asked for, a
    thread looks every second.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

    def watch() -> None:
        while os.getppid() == parent_pid:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
