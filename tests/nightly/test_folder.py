"""The run folder: whole or not at all, ours or refused, names that stay inside."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fieldops.errors import ConfigError
from fieldops.nightly.folder import MANIFEST, STALE_S, RunFolder, slug, slugs

TRICKS = (
    "../x",
    "a/b",
    "a\\b",
    "CON",
    "=1+1",
    "..",
    ".",
    "/etc",
    "x\0y",
    "西安",
    "西 安",
    "é",
    "e\u0301",
    "a" * 300,
    "",
)


def write(out: Path, text: str = "one", **files: str) -> None:
    """Make a run of one file."""
    with RunFolder(out) as run:
        for name, content in (files or {"visits.csv": text}).items():
            run.path(name).write_text(content, encoding="utf-8")
        run.manifest({"made": text})


def beside(out: Path) -> list[str]:
    """Name what lies beside a run folder."""
    return sorted(path.name for path in out.parent.iterdir() if path != out)


def test_a_second_run_replaces_the_first_whole(tmp_path: Path) -> None:
    """Files of the first run that the second doesn't write are gone; nothing is left beside."""
    out = tmp_path / "run"
    write(out, **{"a.csv": "1", "b.csv": "2"})
    write(out, **{"a.csv": "3"})
    assert sorted(path.name for path in out.iterdir()) == ["a.csv", MANIFEST]
    assert (out / "a.csv").read_text() == "3"
    assert beside(out) == []


def test_the_manifest_counts_and_digests_what_was_written(tmp_path: Path) -> None:
    """Each file of the run stands in the manifest with its size and SHA-256, so that a damaged one is found."""
    write(tmp_path / "run", **{"西安.csv": "一", "b.csv": ""})
    outputs = json.loads((tmp_path / "run" / MANIFEST).read_text(encoding="utf-8"))["outputs"]
    assert set(outputs) == {"西安.csv", "b.csv"}
    assert outputs["西安.csv"] == {"sha256": hashlib.sha256("一".encode()).hexdigest(), "bytes": 3}


def test_an_error_inside_leaves_the_earlier_run(tmp_path: Path) -> None:
    """Half a result is never seen: an exception, Ctrl-C included, leaves last night's run and no rest beside it."""
    out = tmp_path / "run"
    write(out, "first")

    def half(error: type[BaseException]) -> None:
        with RunFolder(out) as run:
            run.path("visits.csv").write_text("half")
            raise error

    for error in (ValueError, KeyboardInterrupt, SystemExit):
        with pytest.raises(error):
            half(error)
        assert (out / "visits.csv").read_text() == "first"
        assert beside(out) == []


def test_a_run_killed_while_writing_leaves_the_earlier_run(tmp_path: Path) -> None:
    """The process is killed without a last word: the earlier run stands, and the next run succeeds."""
    out = tmp_path / "run"
    write(out, "first")
    script = (
        "import os, sys; from fieldops.nightly.folder import RunFolder\n"
        "with RunFolder(sys.argv[1]) as run:\n"
        "    run.path('visits.csv').write_text('half'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(out)], check=False)
    assert (out / "visits.csv").read_text() == "first"
    write(out, "third")
    assert (out / "visits.csv").read_text() == "third"


def test_a_run_killed_in_the_swap_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the two renames the earlier run lies beside its place; the next run puts it back before it begins."""
    out = tmp_path / "run"
    write(out, "first")
    real = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if ".staging-" in self.name:
            raise KeyboardInterrupt  # the process is gone: nothing after this line runs
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write(out, "second")
    assert not out.exists()

    with pytest.raises(ValueError, match="no luck"), RunFolder(out):
        raise ValueError("no luck")
    assert (out / "visits.csv").read_text() == "first"


def test_a_swap_that_fails_puts_the_earlier_run_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new folder can't be moved into place, the old one is moved back at once."""
    out = tmp_path / "run"
    write(out, "first")
    real = Path.replace

    def refused(self: Path, target: Path) -> Path:
        if ".staging-" in self.name:
            raise PermissionError(13, "no")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(PermissionError):
        write(out, "second")
    assert (out / "visits.csv").read_text() == "first"


def test_what_killed_runs_left_is_swept_after_a_day(tmp_path: Path) -> None:
    """Staging folders of killed runs don't pile up; a young one may be of a run at work and is left alone."""
    out = tmp_path / "run"
    write(out, "first")
    old, young, other = (tmp_path / name for name in (".run.staging-1", ".run.staging-2", ".run2.staging-1"))
    for folder in (old, young, other):
        folder.mkdir()
    for folder in (old, other):
        before = folder.stat().st_mtime - STALE_S - 60
        os.utime(folder, (before, before))
    write(out, "second")
    assert not old.exists()
    assert young.exists()
    assert other.exists()


@pytest.mark.parametrize("manifest", [None, "{}", '{"name": "my app", "icons": []}', "no json", '{"fieldops_run": 1}'])
def test_a_folder_of_others_is_refused(manifest: str | None, tmp_path: Path) -> None:
    """A folder with other things in it is never replaced, even if a manifest.json of another kind lies there."""
    out = tmp_path / "photos"
    out.mkdir()
    (out / "grandma.jpg").write_text("dear")
    if manifest is not None:
        (out / MANIFEST).write_text(manifest)
    with pytest.raises(ConfigError, match="which no run wrote; name another with --out"):
        RunFolder(out)
    assert (out / "grandma.jpg").read_text() == "dear"


def test_a_file_put_into_a_run_folder_is_not_lost(tmp_path: Path) -> None:
    """Somebody's notes in last night's folder stop the next run; what operating systems leave does not."""
    out = tmp_path / "run"
    write(out, "first")
    (out / ".DS_Store").write_text("")
    (out / "Thumbs.db").write_text("")
    write(out, "second")
    (out / "notes.txt").write_text("call Mr Li")
    with pytest.raises(ConfigError, match=r"notes\.txt"):
        RunFolder(out)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    """A file, a link or the root of the disk is no place for a run."""
    (tmp_path / "file").write_text("")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for out in (tmp_path / "file", tmp_path / "link", Path("/")):
        with pytest.raises(ConfigError):
            RunFolder(out)
    with pytest.raises(ConfigError, match="can't be written"), RunFolder(tmp_path / "file" / "run"):
        pass


def test_an_empty_folder_and_dots_in_the_path_will_do(tmp_path: Path) -> None:
    """A folder made beforehand is taken, and so is a path with ``..``."""
    (tmp_path / "run").mkdir()
    write(tmp_path / "a" / ".." / "run", "first")
    assert (tmp_path / "run" / "visits.csv").read_text() == "first"


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", "/etc/passwd"])
def test_files_stay_inside(name: str, tmp_path: Path) -> None:
    """No name leads out of the folder."""
    with RunFolder(tmp_path / "run") as run, pytest.raises(ConfigError, match="is no file name"):
        run.path(name)


def test_slugs_are_safe_and_distinct() -> None:
    """Any region's name becomes a plain file name, and two names never share one, not even where case doesn't count."""
    made = slugs(TRICKS)
    assert len({each.casefold() for each in made.values()}) == len(TRICKS)
    for each in made.values():
        assert Path(each).name == each
        assert len(f"dispatch-{each}.xlsx".encode()) < 255
        assert each[0].isalnum()
    assert slug("西安") == "西安"
    assert len(set(slugs(["xa", "XA", "Xa"]).values())) == 3
