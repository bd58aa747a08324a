"""The configuration of a run: a TOML file, or a folder of tables with all defaults.

A key that isn't known is refused by name, so that a misspelt ``time_limt_s`` never goes unnoticed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from fieldops.columns import Column
from fieldops.errors import ConfigError
from fieldops.tables.headings import closest

SUFFIXES = (".csv", ".xlsx", ".parquet")
DISPATCHED = ("jobs", "technicians", "shifts", "depots", "customers", "travel")
STOCKED = ("parts", "stock", "usage", "purchase_orders", "overrides", "stockouts", "stock_history", "deliveries")
TABLES = (*DISPATCHED, *STOCKED)
FILE = "fieldops.toml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dispatch(_Part):
    """How dispatch plans: days, regions, solver and its bounds."""

    dates: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    solver: str | None = None
    time_limit_s: float = Field(30.0, gt=0)
    iterations: int | None = Field(None, gt=0)
    seed: int = 0
    bound: bool = False  # prove how good the plan is
    prices: bool = False  # say what hours, skills and pieces of parts are worth

    @field_validator("dates", mode="before")
    @classmethod
    def _written_as_dates(cls, dates: Any) -> Any:
        """Take TOML's own dates as well: ``dates = [2026-11-23]``."""
        listed = isinstance(dates, list)
        return [str(day) if type(day) is date else day for day in dates] if listed else dates


class Estimate(_Part):
    """How travel is estimated from coordinates."""

    speed_kmh: float | None = Field(None, gt=0)
    detour: float = Field(1.3, ge=1)
    system: Literal["WGS-84", "GCJ-02", "BD-09"] = "WGS-84"
    minimum_s: int = Field(0, ge=0)


class Money(_Part):
    """What stock costs, in currency units; waiting_per_day decides the levels instead of a target."""

    order: float = Field(ge=0)
    holding_rate: float = Field(0.2, gt=0)  # share of the price a year
    waiting_per_day: float | None = Field(None, gt=0)
    cover_years: float = Field(3.0, gt=0)


class Stock(_Part):
    """How reorder levels are set."""

    target: float | None = Field(None, gt=0, lt=1)  # 0.95, where costs don't decide
    measure: Literal["fill_rate", "ready_rate", "cycle_service"] = "fill_rate"
    model: str = "pooled"
    rate: str = "mean"
    policy: str = "R,s,S"  # of parts that name none of their own
    order_quantity: float = Field(1, ge=1)  # pieces of the least order beside MOQ and pack
    costs: Money | None = None
    range_target: float | None = Field(None, gt=0, lt=1)  # one target for all parts together, at least stock value
    range_budget: float | None = Field(None, gt=0)  # or the best service for so much stock, currency units
    range_weight: Literal["unit", "part", "value"] = "unit"
    period: str = "month"
    review_days: float = Field(1.0, gt=0)  # from one run to the next: how long a part below its level may wait
    since: date | None = None
    today: date | None = None
    demand_reasons: tuple[str, ...] = ("use",)
    reasons: dict[str, str] = Field(default_factory=dict)
    jump_rate: float = Field(0.5, ge=0)  # a level that changed by more has jumped
    moved_rate: float = Field(0.25, ge=0)  # figures that changed by more are decided on again
    approve_above: float = Field(0.0, ge=0)  # orders of less money need no approval

    @field_validator("period")
    @classmethod
    def _known_period(cls, period: str) -> str:
        from fieldops.inventory.periods import checked

        try:
            return checked(period)
        except ConfigError as error:
            raise ValueError(str(error)) from None


class Config(_Part):
    """One run.

    Attributes
    ----------
    zone
        Zone of local times in the tables.
    tables
        Table -> file, relative to the configuration.
    names
        Table -> column -> heading, where the user's headings differ.
    encoding
        Encoding of CSV files, where it can't be told.
    excel
        Whether to write workbooks beside the CSV files.
    dispatch, travel, stock
        The two jobs.
    """

    zone: str = "Asia/Shanghai"
    tables: dict[str, str] = Field(default_factory=dict)
    names: dict[str, dict[str, str]] = Field(default_factory=dict)
    encoding: str | None = None
    excel: bool = True
    dispatch: Dispatch = Dispatch()
    travel: Estimate = Estimate()
    stock: Stock = Stock()
    home: Path = Field(Path(), exclude=True)

    def source(self, table: str) -> str:
        """Return where a table lies; a sheet of a workbook keeps its ``#sheet``."""
        return str(self.home / self.tables[table])

    def names_for(
        self, sources: Iterable[str], mine: Iterable[Column], others: Iterable[Column]
    ) -> dict[str, dict[str, str]]:
        """Return the headings of some tables for one job: without the columns that only the other job reads."""
        own = {(column.table, column.name) for column in mine}
        foreign = {(column.table, column.name) for column in others} - own
        return {
            table: {name: heading for name, heading in self.names[table].items() if (table, name) not in foreign}
            for table in sources
            if table in self.names
        }

    def changed(self, **parts: dict[str, Any]) -> Config:
        """Return a copy in which given options (those not None) replace the file's."""
        update = {
            name: getattr(self, name).model_copy(
                update={key: value for key, value in options.items() if value is not None}
            )
            for name, options in parts.items()
        }
        return self.model_copy(update=update)


def load(source: str | Path) -> Config:
    """Read a configuration: a TOML file, a folder with a ``fieldops.toml``, or a folder of tables.

    In a folder, a table is the file that bears its name: ``jobs.csv``, ``jobs.xlsx`` or ``jobs.parquet``.

    Raises
    ------
    ConfigError
        When there is nothing at `source`, the file is no TOML, or a key is unknown or wrong.
    """
    path = Path(source)
    if path.is_dir() and (path / FILE).is_file():
        path = path / FILE
    if path.is_dir():
        return _validated({}, path)
    if not path.is_file():
        raise ConfigError(f"there is no configuration or folder {str(source)!r}")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path.name} is no TOML file: {error}") from None
    return _validated(data, path.parent)


def _validated(data: dict[str, Any], home: Path) -> Config:
    if "home" in data:
        raise ConfigError("home: there is no such key; paths are relative to the file itself")
    try:
        config = Config.model_validate({**data, "home": home})
    except ValidationError as error:
        raise ConfigError("; ".join(_words(fault) for fault in error.errors())) from None
    faults = [
        f"{part}.{table}: there is no such table; " + _hint(table, TABLES)
        for part in ("tables", "names")
        for table in getattr(config, part)
        if table not in TABLES
    ]
    if faults:
        raise ConfigError("; ".join(faults))
    if not config.tables:
        config = config.model_copy(update={"tables": _found(home)})
    absent = sorted(set(config.names) - set(config.tables))
    if absent:
        raise ConfigError(f"names.{absent[0]} maps columns of a table that isn't there: name its file in [tables]")
    return config


def _words(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] != "extra_forbidden":
        return f"{where}: {fault['msg'][:1].lower()}{fault['msg'][1:]}, not {fault['input']!r}"
    part: Any = Config
    for step in fault["loc"][:-1]:
        part = part.model_fields[step].annotation
    return f"{where}: there is no such key; {_hint(str(fault['loc'][-1]), set(part.model_fields) - {'home'})}"


def _hint(word: str, known: Iterable[str]) -> str:
    near = closest(word, known)
    return f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(known))}"


def _found(home: Path) -> dict[str, str]:
    """Find the tables of a folder by their names."""
    found = {}
    for table in TABLES:
        files = [f"{table}{suffix}" for suffix in SUFFIXES if (home / f"{table}{suffix}").is_file()]
        if len(files) > 1:
            raise ConfigError(f"table {table} lies there {len(files)} times ({', '.join(files)}); name one in {FILE}")
        if files:
            found[table] = files[0]
    if not found:
        raise ConfigError(f"folder {str(home)!r} holds no table ({', '.join(TABLES)}) as csv, xlsx or parquet")
    return found
