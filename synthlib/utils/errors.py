"""Errors that a user can fix: one base class, and the translation of operating-system errors.

`SynthlibError` separates a user's mistake (a sentence is enough) from a bug (its traceback must
stay). The command line, the widgets and the figures show the sentence of a `SynthlibError` and let
everything else through. Wrong arguments of internal functions stay ValueError and TypeError.
"""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

_ADVICE = {
    errno.ENOSPC: "free some space and start again",
    errno.EDQUOT: "free some space and start again",
    errno.EACCES: "change its permissions, or name another path",
    errno.EPERM: "change its permissions, or name another path",
    errno.EROFS: "name a folder on a disk that can be written to",
    errno.ENOTDIR: "a file stands where a folder is expected; move it, or name another path",
    errno.EEXIST: "a file stands where a folder is expected; move it, or name another path",
    errno.EISDIR: "a folder stands where a file is expected; name another path",
    errno.ENOENT: "check the path",
}


class SynthlibError(Exception):
    """Base of all errors that a user can fix.

    The message is one sentence that names what is wrong, what was expected and what to do.
    """


def error_text(error: Exception) -> str:
    """The sentence of an error that a user can fix; of a bug its class and message."""
    return str(error) if isinstance(error, SynthlibError) else f"{type(error).__name__}: {error}"


class ParameterError(SynthlibError):
    """A parameter, an option or a file of settings has a value that is not allowed."""


class FileError(SynthlibError, OSError):
    """A file or folder of the user cannot be read or written.

    It keeps the `errno` of the operating system's error, so that callers can still distinguish a
    full disk from a missing file.
    """

    def __str__(self) -> str:
        return str(self.strerror)


@contextlib.contextmanager
def file_errors(path: str | Path, action: str = "written") -> Iterator[None]:
    """Turn an OSError in the block into a FileError that names the path and says what to do.

    Put it around the one call that reads or writes, so that it does not catch an OSError that is
    a bug.

    Args:
        path: The user's file or folder.
        action: What the block does with it, for "`path` cannot be ...": "written" or "read".

    Raises:
        FileError: If the block raises an OSError.
    """
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        advice = _ADVICE.get(error.errno or 0, "check the disk and start again")
        sentence = f"{path} cannot be {action} ({reason}): {advice}."
        raise FileError(error.errno or errno.EIO, sentence) from error


DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT)


def disk_full_message(folder: str | Path) -> str:
    """The sentence for a full disk."""
    return f"the disk of {folder} is full; free some space, start again."


@contextlib.contextmanager
def disk_full_as(error_class: type[SynthlibError], folder: str | Path) -> Iterator[None]:
    """Turn a full disk in the block into an error whose sentence names a folder on that disk.

    Args:
        error_class: Class of the error to raise.
        folder: The user's folder.
    """
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL_ERRNOS:
            raise error_class(disk_full_message(folder)) from error
        raise
