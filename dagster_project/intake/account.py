"""What became of the rows of an export: every one of them, and every unit of money."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Account:
    """What became of the rows of the files of one format and day; without any value but sums.

    Attributes:
        rows: Rows of each file, without titles, totals and blank lines.
        not_rows: Lines that are no rows.
        set_aside: Rows that belong to no feed, by reason.
        duplicates: Rows that another row repeats to the letter.
        replaced: Rows of documents of which a later file has a later state.
        quarantined: Rows that cannot be read, by reason.
        feeds: Rows of each feed.
        withdrawn: Keys that are withdrawn, as the later state of their document has them no more.
        control: Sums: of the files, of what became of it, of the files' own totals.
        unread: Columns that nobody reads.
    """

    rows: dict[str, int] = field(default_factory=dict)
    not_rows: int = 0
    set_aside: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    replaced: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    feeds: dict[str, int] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)
    control: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    @property
    def delivered(self) -> int:
        """Rows of all files."""
        return sum(self.rows.values())

    @property
    def taken(self) -> int:
        """Rows that the feeds are made of."""
        left = self.duplicates + self.replaced
        return self.delivered - left - sum(self.set_aside.values()) - sum(self.quarantined.values())

    @property
    def control_problem(self) -> str | None:
        """What is wrong with the sums, or None."""
        if not self.control:
            return None
        sums = {name: Decimal(value) for name, value in self.control.items()}
        if sums["file"] != sums["taken"] + sums["left_out"]:
            accounted = sums["taken"] + sums["left_out"]
            return f"the file sums to {sums['file']}, what was taken and left out to {accounted}"
        if "total" in sums and sums["total"] != sums["file"]:
            return f"the rows sum to {sums['file']}, the total of the file says {sums['total']}"
        return None
