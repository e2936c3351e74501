"""Log lines of the package, printed as plain text.

Modules log with `logging.getLogger(__name__)` and configure nothing. The command line and
`params.from_namespace`, through which every notebook starts, call `show`.
"""

import logging

PACKAGE = "synthlib"


class PlainHandler(logging.Handler):
    """Prints the bare message to what `sys.stdout` is at that moment.

    A stream handler would keep the stream that it was made with, and miss the redirections of
    notebooks, tests and log files of runs.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message at once; the output may be a file that somebody follows."""
        print(self.format(record), flush=True)


def show_log_messages() -> None:
    """Print the package's log lines from INFO upwards to stdout. A second call changes nothing."""
    logger = logging.getLogger(PACKAGE)
    if not any(isinstance(handler, PlainHandler) for handler in logger.handlers):
        logger.addHandler(PlainHandler())
        logger.setLevel(logging.INFO)
        logger.propagate = False  # else a handler of the root logger prints each line again
