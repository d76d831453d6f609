"""What a tool's API is asked and how it answers, whichever tool it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

#: Values of a row under the API's names.
Record = dict[str, str]


@dataclass
class Answer:
    """What a tool said to some records, by their place among them; a place in neither was not dealt with.

    Attributes:
        accepted: The places of the records that the tool confirmed.
        refused: Why the tool will not have a record, in its words; they may quote the record.
        stopped: Why nothing more should be sent now, without anybody's data.
    """

    accepted: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    stopped: str | None = None


class Sender(Protocol):
    """One tool's API."""

    rows_per_batch: int

    def send(self, records: list[Record], leaving: bool) -> Answer:
        """Writes records to the tool; those who are leaving must not be created by it."""
        ...
