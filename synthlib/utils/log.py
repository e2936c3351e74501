"""Log lines of the package, printed as plain text.

Modules log with `logging.getLogger(__name__)` and configure nothing. The command line and
`params.from_namespace`, which every notebook calls first, call `show_log_messages`.
"""

import logging

PACKAGE = "synthlib"


class PlainHandler(logging.Handler):
    """Prints the message alone to the current `sys.stdout`.

    A `logging.StreamHandler` keeps the stream that it was created with, and so would miss later
    redirections by notebooks, tests and log files of runs.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message at once; the output may be a file that somebody watches."""
        print(self.format(record), flush=True)


def show_log_messages() -> None:
    """Print the package's log lines from INFO upwards to stdout. A second call changes nothing."""
    logger = logging.getLogger(PACKAGE)
    if not any(isinstance(handler, PlainHandler) for handler in logger.handlers):
        logger.addHandler(PlainHandler())
        logger.setLevel(logging.INFO)
        logger.propagate = False  # otherwise a handler of the root logger prints every line again
