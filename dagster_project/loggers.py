"""What a run tells people: this package's own log lines.

Modules log with `logging.getLogger(__name__)`. Dagster takes these lines into its records
(`managed_python_loggers` in dagster.yaml); a terminal shows them as they are, without Dagster's event stream
around them.
"""

import logging

from rich.console import Console
from rich.logging import RichHandler

#: The logger above all of this package's.
PACKAGE = logging.getLogger("dagster_project")

#: Run config that keeps Dagster's own lines out of the terminal; they are in its records.
QUIET_DAGSTER = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def tell_in_terminal() -> None:
    """Shows this package's log lines in the terminal, on standard error."""
    if any(isinstance(handler, RichHandler) for handler in PACKAGE.handlers):
        return
    handler = RichHandler(
        console=Console(stderr=True), show_path=False, show_level=False, log_time_format="%H:%M:%S"
    )
    handler.setLevel(logging.INFO)
    PACKAGE.addHandler(handler)
    PACKAGE.setLevel(logging.INFO)
