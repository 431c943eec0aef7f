"""One bad file never stops the others, whatever reading it raises."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from insights_nb.archive import Archive
from insights_nb.archive.additions import Additions, Download, UnforeseenError
from insights_nb.errors import ReadError
from insights_nb.reading import results
from tests.reading_files import report

Broken = Callable[[Callable[[], None]], None]
GOOD = "trends_weekly_2026_10_05.csv"
OTHER = "trends_weekly_2026_09_28.csv"
_POINT = (
    '{"start": "2026-10-05", "end": "2026-10-11", "repo": "w", "namespace": "a", "pullCount": 1'
)
BAD = {
    "year_0.csv": report("trends", {"date_granularity": "month", "date_reference": "0000-01-01"}),
    "digits.csv": report("trends", {"pulls": "9" * 5000}),
    "half.json": f'{{"pulls": [{_POINT}, "x": "\\ud800"}}]}}',
    "digits.json": f'{{"pulls": [{_POINT}, "x": {"9" * 5000}}}]}}',
    "deep.json": f'{{"pulls": {"[" * 100_000}',
    "deep_objects.json": '{"pulls":' * 100_000,
    "line.csv": "x" * 300_000,
    "nul.csv": "a\0b",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good reports; bad ones come between them, and are read before the second."""
    found = tmp_path / "downloads"
    found.mkdir()
    (found / f"a_{GOOD}").write_text(report("trends", {}))
    (found / f"z_{OTHER}").write_text(report("trends", {"date_reference": "2026-09-28"}))
    return found


def held(archive: Archive) -> list[str]:
    return sorted(Path(entry.source).name for entry in archive.entries())


@pytest.mark.system
def test_the_rest_is_kept_and_the_command_ends_with_1(folder: Path, tmp_path: Path) -> None:
    for name, content in BAD.items():
        (folder / f"m_{name}").write_text(content)
    # Pipes of a folder are no files, but a pattern names them.
    os.mkfifo(folder / "m_pipe.csv")
    odd = b"m_\xff\x1b[31m_trends_weekly_2026_09_21.csv"
    Path(os.fsdecode(os.path.join(os.fsencode(folder), odd))).write_text(  # noqa: PTH118
        report("trends", {"date_reference": "2026-09-21"})
    )
    command = [sys.executable, "-m", "insights_nb", "add", f"{folder}/*", "--archive", "archive"]
    plain = os.environ | {"PYTHONUTF8": "0", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path, env=plain
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    for name in (*BAD, "pipe.csv"):
        assert f"refused  m_{name}: {folder}/m_{name}" in done.stdout
    assert "bug in insights_nb" not in done.stdout
    # A name that is no UTF-8 is no reason to refuse what the file holds.
    assert "\x1b" not in done.stdout
    assert (
        "added    m_\\udcff\\x1b[31m_trends_weekly_2026_09_21.csv: trends, 2026-W39" in done.stdout
    )
    archive = Archive(tmp_path / "archive")
    assert held(archive) == [
        f"a_{GOOD}",
        "m_\\udcff\x1b[31m_trends_weekly_2026_09_21.csv",
        f"z_{OTHER}",
    ]
    assert archive.verify().clean


def _panic() -> None:
    """Raise what Polars raises where its own code fails: no `Exception`."""
    raise pl.exceptions.PanicException("index out of bounds")


def _raise(error: BaseException) -> Callable[[], None]:
    def do() -> None:
        raise error

    return do


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    """Make reading of the file ``m_…`` do something else."""

    def use(act: Callable[[], None]) -> None:
        real = results.sniff

        def sniff(data: bytes, name: str) -> object:
            if Path(name).name.startswith("m_"):
                act()
            return real(data, name)

        monkeypatch.setattr(results, "sniff", sniff)

    return use


@pytest.mark.parametrize("act", [_panic, _raise(KeyError("x")), _raise(RecursionError("deep"))])
def test_a_fault_of_ours_is_a_sentence_with_a_number_for_the_log(
    folder: Path,
    tmp_path: Path,
    broken: Broken,
    act: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (folder / f"m_{GOOD}").write_text(report("trends", {}))
    broken(act)
    archive = Archive(tmp_path / "archive")
    done = archive.add(folder, quiet=True)
    assert [one.status for one in done] == ["added", "refused", "added"]
    error = done.refused[0].error
    assert isinstance(error, UnforeseenError)
    assert f"m_{GOOD}" in str(error)
    assert f"because of a bug in insights_nb (error {error.number})" in str(error)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert error.number in record.getMessage()
    assert record.exc_info
    assert len(archive.entries()) == 2


def test_too_little_memory_is_said(folder: Path, tmp_path: Path, broken: Broken) -> None:
    (folder / f"m_{GOOD}").write_text(report("trends", {}))
    broken(_raise(MemoryError()))
    done = Archive(tmp_path / "archive").add(folder, quiet=True)
    assert [one.status for one in done] == ["added", "refused", "added"]
    assert "there is not enough memory to read it" in str(done.refused[0].error)


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_no_bad_file(
    folder: Path, tmp_path: Path, broken: Broken, end: type[BaseException]
) -> None:
    (folder / f"m_{GOOD}").write_text(report("trends", {}))
    broken(_raise(end()))
    with pytest.raises(end):
        Archive(tmp_path / "archive").add(folder, quiet=True)


def test_what_a_source_sends_stops_nothing(tmp_path: Path, broken: Broken) -> None:
    archive = Archive(tmp_path / "archive")
    text = report("trends", {}).encode()
    broken(_panic)
    (bad,) = archive.add_downloads([Download(text, f"m_{GOOD}", "https://hub/m")])
    assert isinstance(bad.error, UnforeseenError)
    (good,) = archive.add_downloads([Download(text, GOOD, "https://hub/a")])
    assert good.status == "added"


def test_a_name_of_others_obeys_no_terminal(tmp_path: Path) -> None:
    name = "trends\x1b[2J\u202e\nadded    forged.csv"
    (tmp_path / name).write_text("x;y\n")
    good = tmp_path / f"\x1b]0;x\a_{GOOD}"
    row = {"publisher_name": "ac\x1b[31mme"}
    good.write_text(report("trends", row).replace("TAG", "TAG,A\x1b[31mB").replace("1.0", "1.0,x"))
    done = Archive(tmp_path / "archive").add([tmp_path / name, good], namespace="b", quiet=True)
    told = str(done)
    assert isinstance(done, Additions)
    assert [one.status for one in done] == ["refused", "added"]
    lines = told.split("\n")
    assert all(line.isprintable() for line in lines), told
    assert not any(line.startswith("added    forged") for line in lines)
    assert "\\x1b[2J\\u202e\\nadded    forged.csv" in told
    assert "A\\x1b[31mB" in told


def test_an_error_prints_no_control_of_a_terminal() -> None:
    error = ReadError("a\x1b[31m.csv", "it says \x1b[2J\nand a second line", column="c\u202e\n")
    expected = "a\\x1b[31m.csv, column c\\u202e\\n: it says \\x1b[2J\nand a second line"
    assert str(error) == expected


def test_what_was_refused_is_let_go(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Frame:
        """Stands for what a refused file had been read to."""

    alive: list[weakref.ref[Frame]] = []

    def sniff(_data: bytes, name: str) -> None:
        frame = Frame()
        alive.append(weakref.ref(frame))
        raise ReadError(name, "no") from ValueError(str(frame))

    monkeypatch.setattr(results, "sniff", sniff)
    done = Archive(tmp_path / "archive").add(folder, quiet=True)
    assert len(done.refused) == len(alive) == 2
    assert [one() for one in alive] == [None, None]
