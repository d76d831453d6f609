"""What a day can do without: when it fails it is left out and said, and the day goes on."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

logger = logging.getLogger(__name__)

#: What stands in quotes in a message may be a value of somebody's row.
QUOTED = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`""")


@contextmanager
def left_out_if_failing(what: str, left_out: MutableMapping[str, str]) -> Iterator[None]:
    """Goes on after an error inside, says that this was left out, and keeps why under its name.

    Not for money or persons: a wrong number is worse than none.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, the rest of the day does not need this
        left_out[what] = reason(error)
        logger.warning(f"{what}: left out: {left_out[what]}")


def reason(error: Exception) -> str:
    """Why something failed, in a line that shows nobody's values."""
    if type(error).__module__.startswith(f"{__package__}."):
        return str(error)  # written for people
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    first = QUOTED.sub("'…'", str(error)).partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def as_lines(left_out: MutableMapping[str, str]) -> str:
    """What was left out and why, a line each."""
    return "\n".join(f"{what}: {why}" for what, why in left_out.items())
