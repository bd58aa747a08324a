"""What depots hold and whether vans' parts are counted: rows of ``depots`` and ``stock`` become depots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fieldops.routing.domain import Depot
from fieldops.routing.rules.parts import STOCK, VAN
from fieldops.routing.rules.tools import KEPT
from fieldops.tables import Tables


@dataclass(frozen=True)
class Supplies:
    """What the tables say of parts, all regions together.

    Attributes
    ----------
    van
        What a van holds of which nothing is said: nothing, or unknown where nobody counts parts.
    shelves
        Pieces by part of each depot; None where no stock is given and every depot has of everything.
    """

    van: dict[str, tuple[()]]
    shelves: Mapping[str, Mapping[str, int]] | None

    def depot(self, record: Mapping[str, Any], place: str) -> Depot:
        """Return a row of ``depots`` as a depot."""
        values: dict[str, Any] = {}
        if self.shelves is not None:
            values[STOCK] = self.shelves.get(record["id"], {})
        if record.get(KEPT.name):
            values[KEPT.name] = record[KEPT.name]
        return Depot(record["id"], place, record["stop_min"], values)


def supplies_of(tables: Tables) -> Supplies:
    """Return what the tables say of parts.

    Parts are counted where a van's stock is stated or the stock of depots is; else they are at hand, and
    ``loads`` lists what each day needs. A piece begun counts as none: a fraction is no piece.
    """
    stated = any(
        record.get(VAN[0].name) is not None for table in ("technicians", "shifts") for record in tables[table].records()
    )
    shelves: dict[str, dict[str, int]] = defaultdict(dict)
    stocked = bool(len(tables["stock"]) and len(tables["depots"]))
    for record in tables["stock"].records() if stocked else ():
        shelves[record["place"]][record["part"]] = int(record["on_hand_pcs"])
    counted = stated or stocked
    return Supplies({VAN[0].name: ()} if counted else {}, dict(shelves) if stocked else None)
