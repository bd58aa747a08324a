"""What can go wrong, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PRINTED_FAULTS = 50


class FieldopsError(Exception):
    """The base of every error that fieldops raises on purpose."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the input, and what to do about it.

    Attributes
    ----------
    table
        Name of the table, e.g. ``jobs``.
    row
        Row as a spreadsheet numbers it (the heading is row 1), or None when the whole table is meant.
    column
        Column as it is named in the user's table, or None when the whole row is meant.
    code
        Short stable name, e.g. ``unknown-skill``; the documentation lists them.
    cause, action
        What is wrong, with the value found; what to do.
    key
        Id of the row where it has one, so that the row is found again after sorting.
    """

    table: str
    row: int | None
    column: str | None
    code: str
    cause: str
    action: str
    key: str = ""

    def __str__(self) -> str:
        where = self.table
        if self.row is not None:
            where += f", row {self.row}"
        if self.key:
            where += f" ({self.key})"
        if self.column is not None:
            where += f", column {self.column}"
        return f"{where}: {self.cause} -> {self.action} [{self.code}]"


class TableError(FieldopsError):
    """Input tables that can't be used; `faults` holds every fault of every table.

    The message counts all of them and prints the first fifty.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)  # the arguments are what pickle rebuilds it from in another process

    def __str__(self) -> str:
        return describe(self.faults)


class ConfigError(FieldopsError):
    """A configuration or an argument that can't be used, with what to change."""


class BrokenPlanError(FieldopsError):
    """A plan that breaks a hard rule without being forced to; it is never handed out."""


def describe(faults: Sequence[Fault]) -> str:
    """List faults for people: how many, the first fifty, how many more.

    >>> print(describe([Fault("jobs", 3, "skills", "unknown-skill", "no one has 'netwrok'", "write 'network'")]))
    1 fault in the input:
      jobs, row 3, column skills: no one has 'netwrok' -> write 'network' [unknown-skill]
    """
    count = len(faults)
    lines = [f"{count} fault{'s' if count != 1 else ''} in the input:"]
    lines += [f"  {fault}" for fault in faults[:PRINTED_FAULTS]]
    if count > PRINTED_FAULTS:
        lines.append(f"  ... and {count - PRINTED_FAULTS} more")
    return "\n".join(lines)
