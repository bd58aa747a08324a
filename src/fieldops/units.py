"""Seconds, metres, money and pieces: what the numbers inside the library mean, and the only conversions.

Tables speak minutes, kilometres and currency; everything behind them is whole numbers, so that sums are
exact and the same on every machine.

Money is counted in 1/18,000 of a cent. That makes a price of one cent an hour exactly 5 a second, and a
price of one cent a kilometre exactly 18 a metre: no rate that a table can state to the cent is rounded.
An ``int64`` holds 5 million million currency units of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo

Seconds: TypeAlias = int
Metres: TypeAlias = int
Money: TypeAlias = int
Pieces: TypeAlias = int

MINUTE: Seconds = 60
HOUR: Seconds = 3_600
DAY: Seconds = 86_400
KILOMETRE: Metres = 1_000
CENT: Money = 18_000
CURRENCY: Money = 100 * CENT

SECONDS_PER = {"s": 1, "min": MINUTE, "h": HOUR, "hours": HOUR, "days": DAY}
METRES_PER = {"m": 1, "km": KILOMETRE}


def whole(value: float | str | Decimal) -> int:
    """Round to the nearest whole number, halves away from zero, without binary surprises."""
    return int(Decimal(str(value)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def seconds(value: float, unit: str) -> Seconds:
    """Turn a duration in `unit` (``s``, ``min``, ``h``, ``days``) into whole seconds.

    >>> seconds(1.5, "h")
    5400
    """
    return whole(Decimal(str(value)) * SECONDS_PER[unit])


def metres(value: float, unit: str) -> Metres:
    """Turn a distance in `unit` (``m``, ``km``) into whole metres."""
    return whole(Decimal(str(value)) * METRES_PER[unit])


def money(value: float) -> Money:
    """Turn currency units (yuan, euro ...) into Money, to the cent.

    >>> money(12.34) == 1234 * CENT
    True
    """
    return whole(Decimal(str(value)) * 100) * CENT


def currency(value: Money) -> float:
    """Turn Money into currency units, for people and tables.

    >>> currency(money(12.34))
    12.34
    """
    return round(value / CURRENCY, 6)


def per_second(per_hour: float) -> Money:
    """Turn a price per hour (currency units) into Money per second; exact to the cent an hour."""
    return money(per_hour) // HOUR


def per_metre(per_km: float) -> Money:
    """Turn a price per kilometre (currency units) into Money per metre; exact to the cent a kilometre."""
    return money(per_km) // KILOMETRE


def moment(unix: Seconds, zone: str) -> datetime:
    """Show a moment (seconds since 1970-01-01 UTC) as a local datetime of `zone`."""
    return datetime.fromtimestamp(unix, UTC).astimezone(ZoneInfo(zone))
