"""Read tables by the columns of one rule and return the faults it finds across cells."""

from __future__ import annotations

import pandas as pd

from fieldops.columns import Column, Name
from fieldops.errors import Fault
from fieldops.routing.rules import Rule
from fieldops.tables import read_tables

IDS = tuple(Column(table, "id", Name(), unique=True) for table in ("jobs", "technicians", "shifts", "depots", "parts"))


def faults_of(rule: Rule, **tables: pd.DataFrame) -> list[Fault]:
    """Return the rule's own faults; the tables must be readable as such."""
    sources = {"technicians": pd.DataFrame({"id": ["T1", "T2"]}), **tables}
    read = read_tables(sources, [*IDS, *rule.columns], optional=("jobs", "shifts", "depots", "parts"))
    assert not read.faults, [str(fault) for fault in read.faults]
    return list(rule.faults(read))
