"""Plan tomorrow's field service and set what spare parts to stock where.

Everything here is loaded when it is first asked for: ``import fieldops`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_ROOMS = {
    "fieldops.errors": ("BrokenPlanError", "ConfigError", "Fault", "FieldopsError", "TableError"),
    "fieldops.columns": ("Column",),
    "fieldops.routing.domain": ("Charge", "Day", "Job", "Plan", "Problem", "Shift", "Stop", "Technician", "Violation"),
    "fieldops.routing.travel": ("Travel",),
    "fieldops.routing.rules": ("RULES", "Rule"),
    "fieldops.routing.intake": ("problem_of", "read_dispatch"),
    "fieldops.routing.planning": ("plan",),
    "fieldops.routing.prices": ("Prices", "prices"),
    "fieldops.routing.check": ("Report", "check"),
    "fieldops.routing.explain": ("Explanation", "explain"),
    "fieldops.routing.frames": ("frames",),
    "fieldops.routing.whatif": ("Comparison", "compare"),
    "fieldops.inventory.history": ("DemandHistory",),
    "fieldops.inventory.parts": ("PartMaster",),
    "fieldops.inventory.levels": ("Levels", "reorder_levels"),
    "fieldops.inventory.explain": ("explain_level",),
    "fieldops.inventory.proposals": ("Stock", "propose"),
    "fieldops.inventory.backtest": ("backtest",),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}
__all__ = sorted(_HOME)

if TYPE_CHECKING:
    from fieldops.columns import Column as Column
    from fieldops.errors import BrokenPlanError as BrokenPlanError
    from fieldops.errors import ConfigError as ConfigError
    from fieldops.errors import Fault as Fault
    from fieldops.errors import FieldopsError as FieldopsError
    from fieldops.errors import TableError as TableError
    from fieldops.inventory.backtest import backtest as backtest
    from fieldops.inventory.explain import explain_level as explain_level
    from fieldops.inventory.history import DemandHistory as DemandHistory
    from fieldops.inventory.levels import Levels as Levels
    from fieldops.inventory.levels import reorder_levels as reorder_levels
    from fieldops.inventory.parts import PartMaster as PartMaster
    from fieldops.inventory.proposals import Stock as Stock
    from fieldops.inventory.proposals import propose as propose
    from fieldops.routing.check import Report as Report
    from fieldops.routing.check import check as check
    from fieldops.routing.domain import Charge as Charge
    from fieldops.routing.domain import Day as Day
    from fieldops.routing.domain import Job as Job
    from fieldops.routing.domain import Plan as Plan
    from fieldops.routing.domain import Problem as Problem
    from fieldops.routing.domain import Shift as Shift
    from fieldops.routing.domain import Stop as Stop
    from fieldops.routing.domain import Technician as Technician
    from fieldops.routing.domain import Violation as Violation
    from fieldops.routing.explain import Explanation as Explanation
    from fieldops.routing.explain import explain as explain
    from fieldops.routing.frames import frames as frames
    from fieldops.routing.intake import problem_of as problem_of
    from fieldops.routing.intake import read_dispatch as read_dispatch
    from fieldops.routing.planning import plan as plan
    from fieldops.routing.prices import Prices as Prices
    from fieldops.routing.prices import prices as prices
    from fieldops.routing.rules import RULES as RULES
    from fieldops.routing.rules import Rule as Rule
    from fieldops.routing.travel import Travel as Travel
    from fieldops.routing.whatif import Comparison as Comparison
    from fieldops.routing.whatif import compare as compare


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'fieldops' has no name {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
