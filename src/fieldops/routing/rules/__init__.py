"""The rule book: one file a rule, in the order in which people read what is broken."""

from __future__ import annotations

from fieldops.routing.rules.driving import Driving
from fieldops.routing.rules.due import Due
from fieldops.routing.rules.parts import Parts
from fieldops.routing.rules.people import People
from fieldops.routing.rules.pins import Pins
from fieldops.routing.rules.priority import Priority
from fieldops.routing.rules.rest import Rest
from fieldops.routing.rules.rule import Finding, Rule
from fieldops.routing.rules.skills import Skills
from fieldops.routing.rules.tools import Tools
from fieldops.routing.rules.windows import TimeWindows
from fieldops.routing.rules.workday import Workday

RULES: tuple[Rule, ...] = (
    Skills(),
    People(),
    Tools(),
    Parts(),
    TimeWindows(),
    Workday(),
    Rest(),
    Driving(),
    Due(),
    Priority(),
    Pins(),
)

__all__ = ["RULES", "Finding", "Rule"]
