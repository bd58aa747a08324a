"""The command line: its exit codes, its help, its silence, and what a signal leaves behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click
import pytest

from fieldops import __version__
from fieldops.nightly import cli, dispatch
from fieldops.nightly.cli import main
from fieldops.routing.solvers import Progress
from tests.nightly.make import DATE, little, plan, read, run, write
from tests.nightly.test_dispatch import NIGHTLY

Change = Callable[[dict[str, list[dict[str, str]]]], object]


def left_out(tables: dict[str, list[dict[str, str]]]) -> None:
    """Give an order a window after all shifts."""
    tables["jobs"][0]["windows"] = f"{DATE} 22:00/{DATE} 23:00"


def faulty(tables: dict[str, list[dict[str, str]]]) -> None:
    """Give an order a negative duration."""
    tables["jobs"][0]["service_min"] = "-1"


@pytest.mark.parametrize(
    ("change", "options", "code"),
    [
        (None, [], 0),
        (left_out, [], 3),
        (faulty, [], 4),
        (faulty, ["--skip-faulty"], 3),
        (None, ["--solver", "oracle"], 2),
        (None, ["--region", "北"], 2),
        (None, ["--date", "soon"], 2),
        (None, ["--limit", "0"], 2),
        (None, ["--iterations", "none"], 2),
        (None, ["--sed", "1"], 2),
    ],
)  # fmt: skip
def test_exit_codes_of_plan(change: Change | None, options: list[str], code: int, tmp_path: Path) -> None:
    """Scripts read the exit code: good, warnings, refused and wrong use each have theirs."""
    tables = little()
    if change:
        change(tables)
    source, out = write(tmp_path / "in", tables, NIGHTLY), tmp_path / "run"
    result = run("plan", source, "--out", out, *options)
    assert result.exit_code == code, result.output
    assert out.exists() == (code in (0, 3))
    assert (tmp_path / "run.refused").exists() == (code == 4)
    if code in (2, 3, 4):
        assert result.stderr


def test_optional_orders_left_out_are_no_warning(tmp_path: Path) -> None:
    """What may wait for another day may wait: the night is good."""
    tables = little()
    left_out(tables)
    for row in tables["jobs"]:
        row["optional"] = "yes"
    assert plan(write(tmp_path / "in", tables), tmp_path / "run").exit_code == 0


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ([], 3, "part-locations"),
        (["--target", "0.9", "--model", "poisson", "--measure", "ready_rate", "--period", "week"], 3, "orders for"),
        (["--explain", "P1@XA"], 3, "P1"),
        (["--explain", "P9"], 2, "P9"),
        (["--model", "oracle"], 2, "oracle"),
        (["--period", "2-weeks"], 3, "orders for"),
        (["--period", "fortnight"], 2, "4 weeks"),
        (["--target", "95"], 2, "range"),
    ],
)  # fmt: skip
def test_exit_codes_of_reorder(options: list[str], code: int, words: str, tmp_path: Path) -> None:
    """The same codes for the parts planner; each option does something or is refused."""
    result = run("reorder", write(tmp_path / "in", little()), "--out", tmp_path / "run", *options)
    assert result.exit_code == code, result.output
    assert words in result.output
    if code == 3:
        assert {path.name for path in (tmp_path / "run").iterdir()} == {
            "levels.csv", "proposals.csv", "faults.csv", "reorder.xlsx", "manifest.json",
            "worklist.csv", "worklist.html", "worklist.xlsx", "overrides.csv",
            *(["level-P1-XA.html"] if "--explain" in options else []),
        }  # fmt: skip
        assert len(read(tmp_path / "run" / "levels.csv")) == 2


def test_reorder_reads_stock_outs(tmp_path: Path) -> None:
    """A table of stock-outs beside the others is read unasked, and the levels show how many periods it cut short."""
    tables = little()
    first = tables["usage"][0]
    tables["stockouts"] = [
        {"place": first["place"], "part": first["part"], "start": first["date"][:10], "end": ""}
    ]  # fmt: skip
    result = run("reorder", write(tmp_path / "in", tables), "--out", tmp_path / "run")
    assert result.exit_code == 3, result.output
    cut = {(row["part"], row["place"]): row["stock_out_periods"] for row in read(tmp_path / "run" / "levels.csv")}
    assert int(cut[first["part"], first["place"]]) > 0
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert "stockouts.csv" in json.dumps(manifest)


def test_reorder_skips_faulty_rows_and_says_so(tmp_path: Path) -> None:
    """A bad row of usage is skipped with leave, listed, and refused without."""
    tables = little()
    tables["usage"][0]["qty_pcs"] = "-4"
    source = write(tmp_path / "in", tables)
    assert run("reorder", source, "--out", tmp_path / "run").exit_code == 4
    result = run("reorder", source, "--out", tmp_path / "run", "--skip-faulty")
    assert result.exit_code == 3
    assert "1 faulty row was skipped" in result.stderr
    assert [(row["table"], row["row"]) for row in read(tmp_path / "run" / "faults.csv")] == [("usage", "2")]


def test_a_foreign_folder_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits an hour to learn that the folder can't be used; what lies in it stays."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    monkeypatch.setattr(dispatch, "plan_night", lambda *_, **__: pytest.fail("it was planned first"))
    result = plan(write(tmp_path / "in", little()), tmp_path / "mine")
    assert result.exit_code == 2
    assert "thesis.txt" in result.stderr


def test_refused_input_beside_a_foreign_folder_is_told(tmp_path: Path) -> None:
    """Where the faults can't be written, they are still printed, and the reason is said."""
    tables = little()
    faulty(tables)
    (tmp_path / "run.refused").mkdir()
    (tmp_path / "run.refused" / "thesis.txt").write_text("years")
    result = plan(write(tmp_path / "in", tables), tmp_path / "run")
    assert result.exit_code == 2
    assert "-1 min is not between" in result.stderr
    assert "thesis.txt" in result.stderr


def test_a_full_disk_is_worth_another_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a file can't be written, the code says: again; the earlier run stays."""
    source, out = write(tmp_path / "in", little()), tmp_path / "run"
    plan(source, out)
    before = (out / "visits.csv").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dispatch, "write_csv", full)
    result = plan(source, out)
    assert result.exit_code == 75
    assert "No space left on device" in result.stderr
    assert (out / "visits.csv").read_bytes() == before


def test_ctrl_c_before_there_is_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted while reading: a word and 130, no traceback."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "load", interrupted)
    result = run("reorder", tmp_path, "--out", tmp_path / "run")
    assert result.exit_code == 130
    assert "stopped before" in result.stderr


def test_demo_makes_both_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, department: Path) -> None:
    """The first thing people try ends well: dispatch and stock of the sample, in folders of their own."""
    small = tmp_path / "sample"
    tables = {path.stem: read(path) for path in department.glob("*.csv")}
    tables["jobs"] = [row for row in tables["jobs"] if row["region"] == "西安"][:8]
    tables["technicians"] = [row for row in tables["technicians"] if row["region"] == "西安"]
    tables["usage"] = tables["usage"][:300]
    monkeypatch.setattr("fieldops.nightly.sample.sample", lambda: write(small, tables, NIGHTLY))
    result = run("demo", "--out", tmp_path / "demo", "--limit", "5")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "demo" / "dispatch" / "dispatch-西安.xlsx").is_file()
    assert (tmp_path / "demo" / "stock" / "levels.csv").is_file()


# ---- help


def options_of(command: click.Command) -> list[str]:
    """Return every option of a command as people type it."""
    return [name for each in command.params if isinstance(each, click.Option) for name in each.opts]


@pytest.mark.parametrize("name", sorted(main.commands))
def test_help_tells_every_option(name: str) -> None:
    """Each option is there with words of its own."""
    result = run(name, "--help")
    assert result.exit_code == 0
    for option in options_of(main.commands[name]):
        assert re.search(rf"{re.escape(option)}\b.*\s\S+", result.output), option
    for each in main.commands[name].params:
        if isinstance(each, click.Option):
            assert each.help, each.name


def test_help_tells_the_exit_codes() -> None:
    """The codes that scripts rely on are documented where people look first, and in the README."""
    told = run("--help").output
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    for code in (0, 2, 3, 4, 130, 143):
        assert re.search(rf"^\s+{code}\b", told, re.MULTILINE) or re.search(rf"\b{code} by", told), code
        assert str(code) in readme
    assert "75" in told
    assert run("--version").output.strip().endswith(__version__)


# ---- the real thing: other processes


def started(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """Start ``python -m fieldops``."""
    return subprocess.Popen(
        [sys.executable, "-m", "fieldops", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


SLOW = """
import sys, time
from fieldops.routing.solvers.insertion import Insertion
real = Insertion.insert
def slow(self, task, routes, job):
    found = real(self, task, routes, job)
    print("inserted", file=sys.stderr, flush=True)
    until = time.monotonic() + 30
    while not task.halt() and time.monotonic() < until:
        time.sleep(0.01)
    return found
Insertion.insert = slow
from fieldops.nightly.cli import main
main(prog_name="fieldops")
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_the_solve_and_leaves_a_checked_plan(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """While a solver works (slowed down here), SIGTERM or Ctrl-C ends it: the best plan so far is written, sound."""
    source, out = write(tmp_path / "in", little(), NIGHTLY), tmp_path / "run"
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, "plan", str(source), "--out", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert process.stderr.readline() == "inserted\n"
        process.send_signal(number)
        said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert f"stopped by {number.name}: this is the best plan so far" in said[1]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["signal"] == number
    assert manifest["plans"][""]["stopped_by"] == "signal"
    assert manifest["orders"]["visits"] >= 2
    assert sum(manifest["orders"].values()) == 6
    assert "keeps every rule" in run("check", source, out).output


def test_python_dash_m_runs_and_is_silent_without_a_terminal(tmp_path: Path) -> None:
    """``python -m fieldops`` is the command; without a terminal no progress line clutters the log."""
    process = started("plan", write(tmp_path / "in", little(), NIGHTLY), "--out", tmp_path / "run")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert err == ""
    assert "\r" not in out
    assert out.splitlines()[-1] == f"written: {tmp_path / 'run'}"


def test_a_console_that_knows_no_chinese_ends_no_run(tmp_path: Path) -> None:
    """A Windows console of another code page shows escapes instead of names; the run goes on."""
    tables = little()
    for row in (*tables["jobs"], *tables["technicians"]):
        row["region"] = "西安"
    source = write(tmp_path / "in", tables, NIGHTLY)
    process = started("plan", source, "--out", tmp_path / "run", PYTHONIOENCODING="cp1252")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "\\u897f\\u5b89: 5 orders" in out


def test_progress_shows_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal one line is written again and again, and wiped at the end."""
    monkeypatch.setattr("fieldops.nightly.cli.sys.stderr.isatty", lambda: True, raising=False)
    told: list[str] = []
    monkeypatch.setattr(click, "echo", lambda text="", **_: told.append(str(text)))
    with cli._progress() as watch:
        assert watch is not None
        watch("西安", Progress("insertion", 1.5, 12_340, 0))
    assert told[0].startswith("\r西安  insertion   1.5 s  worth left out 1,234.0  cost 0.00")
    assert told[-1].strip() == ""


def test_prepare_compiles_once() -> None:
    """An installation compiles search and bound ahead, so that the first night's plan needn't do it in its own time."""
    from fieldops.routing.solvers import prepared

    assert run("prepare").exit_code == 0
    assert prepared()
    assert run("prepare").stdout == "search and bound are compiled\n"


def test_prepare_says_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled code that is lost with the process is no preparation: the exit code tells the installer."""
    monkeypatch.setattr("fieldops.routing.solvers.prepared", lambda: False)
    monkeypatch.setattr("fieldops.routing.solvers.prepare", lambda told: told("search"))
    result = run("prepare")
    assert result.exit_code == 75
    assert "the search is ready" in result.stdout
    assert "set FIELDOPS_CACHE_DIR" in result.stderr


def test_a_sigterm_unwinds_what_is_being_prepared() -> None:
    """SIGTERM ends a process at once by default, and would leave the compiler beside it running."""
    before, unwound = signal.getsignal(signal.SIGTERM), list[str]()
    beside = ExitStack()
    beside.callback(unwound.append, "beside")
    with pytest.raises(SystemExit) as ended, cli._ended_by_sigterm(), beside:
        signal.raise_signal(signal.SIGTERM)
    assert (ended.value.code, unwound) == (143, ["beside"])
    assert signal.getsignal(signal.SIGTERM) is before
