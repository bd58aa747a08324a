"""The configuration: every mistake named by its key, paths relative to the file, options over the file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fieldops.errors import ConfigError
from fieldops.nightly.config import Config, load


def written(folder: Path, text: str, name: str = "fieldops.toml") -> Path:
    """Write a configuration and a table to go with it."""
    (folder / "jobs.csv").write_text("id\n")
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[dispatch]\ntime_limt_s = 5", "dispatch.time_limt_s: there is no such key; did you mean 'time_limit_s'?"),
        ("zoen = 'UTC'", "zoen: there is no such key; did you mean 'zone'?"),
        ("[dispach]\nseed = 1", "dispach: there is no such key; did you mean 'dispatch'?"),
        ("[stock]\nfoo = 1", "stock.foo: there is no such key; there are "),
        ("[dispatch]\ntime_limit_s = 'long'", "dispatch.time_limit_s: input should be a valid number.*not 'long'"),
        ("[dispatch]\ntime_limit_s = -1", "dispatch.time_limit_s: input should be greater than 0, not -1"),
        ("[dispatch]\niterations = 1.5", "dispatch.iterations: input should be a valid integer"),
        ("[dispatch]\ndates = '2026-11-23'", "dispatch.dates: input should be a valid tuple, not '2026-11-23'"),
        ("[stock]\ntarget = 95", "stock.target: input should be less than 1, not 95"),
        ("[stock]\nmeasure = 'fillrate'", "stock.measure: input should be 'fill_rate', 'ready_rate' or"),
        ("[travel]\nsystem = 'GCJ02'", "travel.system: input should be 'WGS-84', 'GCJ-02' or 'BD-09', not 'GCJ02'"),
        ("[tables]\njob = 'jobs.csv'", "tables.job: there is no such table; did you mean 'jobs'?"),
        ("[names.tecnicians]\nid = 'a'", "names.tecnicians: there is no such table; did you mean 'technicians'?"),
        ("[names.shifts]\nstart = 'a'", "names.shifts maps columns of a table that isn't there"),
        ("home = '/'", "home: there is no such key"),
        ("zone = ", "is no TOML file"),
        ("excel = 'perhaps'", "excel: input should be a valid boolean"),
        ("[dispatch]\ntime_limit_s = 0\n[stock]\ntarget = 2", "time_limit_s.*; stock.target"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(text: str, words: str, tmp_path: Path) -> None:
    """A misspelt key or a value of the wrong kind is told by its place and never passed over."""
    with pytest.raises(ConfigError, match=words):
        load(written(tmp_path, text))


def test_what_is_no_configuration_is_refused(tmp_path: Path) -> None:
    """Nothing there, an empty folder, two files for one table, bytes that are no text: each has its words."""
    with pytest.raises(ConfigError, match="there is no configuration or folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"holds no table \(jobs, technicians"):
        load(tmp_path)
    (tmp_path / "jobs.csv").write_text("id\n")
    (tmp_path / "jobs.xlsx").write_text("")
    with pytest.raises(ConfigError, match=r"jobs lies there 2 times \(jobs.csv, jobs.xlsx\); name one"):
        load(tmp_path)
    (tmp_path / "night.toml").write_bytes(b"zone = '\xff'")
    with pytest.raises(ConfigError, match=r"night\.toml is no TOML file"):
        load(tmp_path / "night.toml")


def test_two_files_for_one_table_can_be_settled(tmp_path: Path) -> None:
    """The advice of the message helps: naming one of the two in the configuration is enough."""
    (tmp_path / "jobs.xlsx").write_text("")
    assert load(written(tmp_path, "[tables]\njobs = 'jobs.csv'")).tables == {"jobs": "jobs.csv"}


def test_a_folder_of_tables_needs_no_file(tmp_path: Path) -> None:
    """Tables found by their names and all defaults: the shortest way to a plan."""
    (tmp_path / "jobs.csv").write_text("id\n")
    (tmp_path / "technicians.parquet").write_text("")
    (tmp_path / "readme.csv").write_text("")
    config = load(tmp_path)
    assert config.tables == {"jobs": "jobs.csv", "technicians": "technicians.parquet"}
    assert config == Config(tables=config.tables, home=tmp_path)


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the command is started, the tables are found; absolute paths and sheets stay as they are."""
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    path = written(folder, "[tables]\njobs = '../jobs.csv'\nparts = '/data/book.xlsx#备件'")
    monkeypatch.chdir(tmp_path)
    config = load(Path("deep") / "er" / path.name)
    assert Path(config.source("jobs")).resolve() == (tmp_path / "deep" / "jobs.csv")
    assert config.source("parts") == "/data/book.xlsx#备件"
    assert load(folder).tables == config.tables


def test_options_prevail_over_the_file(tmp_path: Path) -> None:
    """What is said on the command line counts; what isn't said stays as the file has it."""
    config = load(written(tmp_path, "[dispatch]\nseed = 3\ndates = ['2026-11-23']\nsolver = 'routing'"))
    changed = config.changed(dispatch={"seed": 4, "dates": None, "solver": None, "iterations": 7})
    assert (changed.dispatch.seed, changed.dispatch.iterations) == (4, 7)
    assert (changed.dispatch.dates, changed.dispatch.solver) == (("2026-11-23",), "routing")
    assert config.dispatch.seed == 3


def test_tomls_own_dates_are_understood(tmp_path: Path) -> None:
    """TOML has dates; people write them with quotes or without."""
    config = load(written(tmp_path, "[dispatch]\ndates = [2026-11-23, '2026-11-24']\n[stock]\ntoday = 2026-11-23"))
    assert config.dispatch.dates == ("2026-11-23", "2026-11-24")
    assert config.stock.today == date(2026, 11, 23)


def test_a_file_with_a_mark_is_read(tmp_path: Path) -> None:
    """Windows editors put a byte order mark in front."""
    (tmp_path / "jobs.csv").write_text("id\n")
    (tmp_path / "fieldops.toml").write_bytes(b"\xef\xbb\xbfzone = 'UTC'\n")
    assert load(tmp_path).zone == "UTC"
