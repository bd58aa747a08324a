"""The command line: ``fieldops plan | reorder | check | demo | prepare``. Exit codes: see the help of the group."""

from __future__ import annotations

import io
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from fieldops import __version__
from fieldops.errors import ConfigError, FieldopsError, TableError, describe
from fieldops.nightly.config import Config, load
from fieldops.units import currency

EXIT_CODES = """\b
Exit codes:
  0    good
  2    wrong use: an unknown option or key, a folder that isn't there
  3    written, with warnings: orders left out, rows skipped; a judged plan that breaks rules
  4    input refused; all faults are in OUT.refused/faults.csv, and an earlier run stays as it was
  75   a file could not be read or written: try again
  130  stopped by Ctrl-C, 143 by SIGTERM; the best plan so far is written
"""
GOOD, USAGE, WARNED, REFUSED, AGAIN, INTERRUPTED = 0, 2, 3, 4, 75, 130


class Stopper:
    """Turns SIGTERM and Ctrl-C into a flag that solvers poll; remembers which signal it was."""

    def __init__(self) -> None:
        self.flag = threading.Event()
        self.signal: int | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        self.signal = number
        self.flag.set()

    @contextmanager
    def listening(self) -> Iterator[Stopper]:
        """Listen while the block runs."""
        before = {number: signal.signal(number, self) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def code(self, warnings: tuple[str, ...]) -> int:
        """Return the exit code of a run that was written."""
        if self.signal is not None:
            return 128 + self.signal
        return WARNED if warnings else GOOD


def _say(text: str) -> None:
    click.echo(text, err=True)


def _refused(error: TableError, out: Path | None) -> int:
    """Print the first faults, write all of them; return the exit code."""
    _say(describe(error.faults))
    if out is not None:
        from fieldops.nightly.refusal import write_refusal

        count = len(error.faults)
        _say(f"{'the fault' if count == 1 else f'all {count} faults'}: {write_refusal(error.faults, out)}")
    return REFUSED


def _guarded(run: Callable[[], int], out: Path | None = None) -> None:
    """Run a command; turn errors for people into words and exit codes."""

    def guarded() -> int:
        try:
            return run()
        except TableError as error:
            return _refused(error, out)

    try:
        code = guarded()
    except FieldopsError as error:
        _say(f"{type(error).__name__}: {error}")
        code = USAGE if isinstance(error, ConfigError) else REFUSED
    except OSError as error:
        _say(f"a file can't be read or written: {error}")
        code = AGAIN
    except KeyboardInterrupt:
        _say("stopped before there was anything to write")
        code = INTERRUPTED
    sys.exit(code)


source_argument = click.argument("source", type=click.Path(path_type=Path))
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("run"),
    show_default=True,
    help="Folder of the run; an earlier run there is replaced.",
)
skip_option = click.option("--skip-faulty", is_flag=True, help="Go on with the good rows; faulty orders are listed.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EXIT_CODES)
@click.version_option(__version__)
def main() -> None:
    """Plan an after-sales service department: who does which order when, and what to stock where.

    SOURCE is a TOML configuration, or a folder with tables (jobs.csv, technicians.csv ...).
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names that a console can't show must not end a run
            stream.reconfigure(errors="backslashreplace")


@main.command()
@source_argument
@out_option
@click.option("--date", "dates", multiple=True, help="Day to plan, e.g. 2026-11-23; may be given several times.")
@click.option("--region", "regions", multiple=True, help="Plan only this region; may be given several times.")
@click.option("--solver", help="search, routing or insertion; by default the best that holds every rule.")
@click.option(
    "--limit",
    "time_limit_s",
    type=click.FloatRange(0, min_open=True),
    help="Seconds of planning, all regions together; 30 unless configured.",
)
@click.option(
    "--iterations",
    type=click.IntRange(1),
    help="Bound the work instead of the time: the result repeats exactly, but not with --bound.",
)
@click.option("--seed", type=int, help="Of the solver's random choices.")
@click.option(
    "--bound/--no-bound",
    default=None,
    help="Prove how good the plan is, in three fifths of the time. The proof goes by the clock and may better the "
    "plan: with it the same --iterations need not give the same plan or proof.",
)
@click.option(
    "--prices/--no-prices",
    default=None,
    help="Say what hours, skills and parts are worth, in half of the time; by the clock too.",
)
@skip_option
def plan(source: Path, out: Path, skip_faulty: bool, **options: Any) -> None:
    """Plan the orders of SOURCE; write dispatch sheets, tables and a manifest."""

    def run() -> int:
        options["dates"], options["regions"] = options["dates"] or None, options["regions"] or None
        return _plan(load(source).changed(dispatch=options), out, skip_faulty=skip_faulty)

    _guarded(run, out)


def _plan(config: Config, out: Path, *, skip_faulty: bool) -> int:
    from fieldops.nightly.dispatch import plan_night, write_night
    from fieldops.nightly.folder import RunFolder

    RunFolder(out)  # refuses a folder that isn't ours before the work, not after it
    stopper = Stopper()
    with stopper.listening(), _progress() as watch:
        night = plan_night(config, skip_faulty=skip_faulty, stop=stopper.flag, watch=watch)
        written = write_night(config, night, out, {"signal": stopper.signal})
    for region in night.regions:
        click.echo(region.summary)
    return _done(written, night.warnings, stopper)


@main.command()
@source_argument
@out_option
@click.option(
    "--target", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="Service to reach, e.g. 0.95."
)
@click.option(
    "--measure", type=click.Choice(["fill_rate", "ready_rate", "cycle_service"]), help="What it is a rate of."
)
@click.option("--model", help="Model of lead-time demand.")
@click.option("--period", help="Period of the history: month, week, day, '4 weeks' ...")
@click.option(
    "--explain",
    "explained",
    metavar="PART[@PLACE]",
    multiple=True,
    help="Tell how a level came about, here and as a page.",
)
@click.option(
    "--last",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the last run, with its levels and what was decided on its work list; by default the one replaced.",
)
@skip_option
def reorder(
    source: Path, out: Path, skip_faulty: bool, explained: tuple[str, ...], last: Path | None, **options: Any
) -> None:
    """Set reorder levels from the usage in SOURCE, propose orders, and write the planner's work list."""

    def run() -> int:
        config = load(source).changed(stock=options)
        return _reorder(config, out, skip_faulty=skip_faulty, explained=explained, last=last)

    _guarded(run, out)


def _reorder(
    config: Config, out: Path, *, skip_faulty: bool, explained: tuple[str, ...] = (), last: Path | None = None
) -> int:
    from fieldops.inventory.explain import explain_level
    from fieldops.nightly.folder import RunFolder
    from fieldops.nightly.lastrun import last_folder
    from fieldops.nightly.reorder import restock, write_restock

    RunFolder(out)
    made = restock(config, skip_faulty=skip_faulty, last=last_folder(out, last))
    asked = [(part, place) for part, _, place in (name.partition("@") for name in explained)]
    for part, place in asked:
        click.echo("\n".join([*made.told(part, place), explain_level(made.levels, part, place), ""]))
    written = write_restock(config, made, out, explained=asked)
    click.echo(made.summary)
    return _done(written, made.warnings, Stopper())


def _done(written: Path, warnings: tuple[str, ...], stopper: Stopper) -> int:
    for warning in warnings:
        _say(f"warning: {warning}")
    if stopper.signal is not None:
        _say(f"stopped by {signal.Signals(stopper.signal).name}: this is the best plan so far")
    click.echo(f"written: {written}")
    return stopper.code(warnings)


@main.command()
@source_argument
@click.argument("made", type=click.Path(exists=True, path_type=Path))
@click.option("--date", "dates", multiple=True, help="Day that was planned, e.g. 2026-11-23.")
@click.option("--region", "regions", multiple=True, help="Only this region.")
@skip_option
def check(source: Path, made: Path, skip_faulty: bool, **options: Any) -> None:
    """Judge the plan MADE for SOURCE: a run folder, a plan.json, or a table of visits made elsewhere.

    Its stated times are judged as they stand. Exit code 3 if it breaks rules.
    """

    def run() -> int:
        from fieldops.nightly.judging import judge_night

        options["dates"], options["regions"] = options["dates"] or None, options["regions"] or None
        config = load(source).changed(dispatch=options)
        verdict = judge_night(config, made, skip_faulty=skip_faulty)
        click.echo(verdict.words)
        return GOOD if verdict.sound else WARNED

    _guarded(run)


@main.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("fieldops-demo"),
    show_default=True,
    help="Folder to write to.",
)
@click.option(
    "--limit", type=click.FloatRange(0, min_open=True), default=20.0, show_default=True, help="Seconds of planning."
)
def demo(out: Path, limit: float) -> None:
    """Plan the sample department and set its reorder levels: see what comes out."""

    def run() -> int:
        from fieldops.nightly.sample import sample

        source = sample()
        config = load(source).changed(dispatch={"time_limit_s": limit})
        click.echo(f"The sample department lies in {source}")
        _prepare()
        click.echo("\nTonight's orders:")
        first = _plan(config, out / "dispatch", skip_faulty=False)
        if first > WARNED:
            return first
        click.echo("\nReorder levels from three years of usage:")
        _reorder(config, out / "stock", skip_faulty=False)
        click.echo(f"\nTo look at: {out / 'stock' / 'worklist.html'}, and the dispatch sheets in {out / 'dispatch'}")
        return GOOD  # a demonstration of orders left out is no warning

    _guarded(run)


@main.command()
def prepare() -> None:
    """Compile search and bound, once on this machine and for this version.

    Otherwise the first plan does it within its own time, and may have to be content with insertion.
    """

    def run() -> int:
        from fieldops.routing.solvers import prepared

        _prepare()
        if not prepared():
            _say("what was compiled can't be kept, so every run compiles anew; set FIELDOPS_CACHE_DIR")
            return AGAIN
        click.echo("search and bound are compiled")
        return GOOD

    _guarded(run)


def _prepare() -> None:
    from fieldops.routing.solvers import prepare as compile_now
    from fieldops.routing.solvers import prepared

    if not prepared():
        click.echo("compiling search and bound, once on this machine: some 25 seconds ...")
        with _ended_by_sigterm():
            compile_now(lambda part: click.echo(f"the {part} is ready"))


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Unwind the block on SIGTERM as Ctrl-C does, so that what runs beside it ends too."""

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress() -> Iterator[Callable[[str, Any], None] | None]:
    """Show the best plan so far on one line of a terminal; say nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    width = 0

    def watch(region: str, progress: Any) -> None:
        nonlocal width
        head = f"{region}  " if region else ""
        line = (
            f"{head}{progress.solver} {progress.elapsed_s:5.1f} s  worth left out {progress.worth_unassigned / 10:,.1f}"
        )
        line += f"  cost {currency(progress.cost):,.2f}"
        click.echo("\r" + line.ljust(width), err=True, nl=False)
        width = len(line)

    yield watch
    if width:
        click.echo("\r" + " " * width + "\r", err=True, nl=False)
