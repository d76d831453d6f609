"""What a run tells people: this package's own log lines.

Modules log with `logging.getLogger(__name__)`. Dagster takes these lines into its records
(`managed_python_loggers` in dagster.yaml); a terminal shows them as they are, without Dagster's event stream
around them.
"""

import logging

#: The logger above all of this package's.
PACKAGE = logging.getLogger("dagster_project")

#: Run config that keeps Dagster's own lines out of the terminal; they are in its records.
QUIET_DAGSTER = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def tell_in_terminal() -> None:
    """Shows this package's log lines in the terminal, on standard error, once however often it is called."""
    if any(handler.name == "terminal" for handler in PACKAGE.handlers):
        return
    handler = logging.StreamHandler()
    handler.name = "terminal"
    handler.setLevel(logging.INFO)
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%H:%M:%S"))
    PACKAGE.addHandler(handler)
    PACKAGE.setLevel(logging.INFO)
