"""What a run tells in the terminal: short lines for people, instead of Dagster's event stream."""

import logging

import dagster as dg
from rich.console import Console

console = Console(stderr=True, highlight=False)


class PeopleHandler(logging.Handler):
    """Prints what assets say, and leaves Dagster's own events to its records."""

    def emit(self, record: logging.LogRecord) -> None:
        """Prints one message, dimmed unless it is a warning."""
        meta = getattr(record, "dagster_meta", {})
        if meta.get("dagster_event") is not None or record.levelno < logging.INFO:
            return
        style = "yellow" if record.levelno >= logging.WARNING else "dim"
        console.print(f"  {meta.get('orig_message', record.getMessage())}", style=style, markup=False)


@dg.logger(description="Short lines for people.")
def people_logger(_context: dg.InitLoggerContext) -> logging.Logger:
    """The logger of runs in a terminal."""
    logger = logging.Logger("lifecycle", logging.INFO)
    logger.addHandler(PeopleHandler())
    return logger
