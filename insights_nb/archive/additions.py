"""Files on their way into an archive: as they came, as they were read, and what became of them."""

from __future__ import annotations

import hashlib
import io
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from insights_nb.archive.ledger import Entry
from insights_nb.errors import InsightsError, ReadError
from insights_nb.files import plain_name
from insights_nb.periods import Granularity
from insights_nb.texts import printable

if TYPE_CHECKING:
    from insights_nb.reading import ReadResult
    from insights_nb.reading.results import Stated

Status = Literal["added", "revised", "unchanged", "withdrawn", "refused"]

# Parquet is read back far oftener than written; zstd at its lowest level costs little of either.
_COMPRESSION_LEVEL = 1
# What is read is brought in together, since flushing to disk is slow; but not so much of it that
# an interrupt, a kill or a full disk costs more than a moment's work.
_BATCH_BYTES = 32 << 20
_BATCH_SECONDS = 1.0
_log = logging.getLogger(__name__)
# Polars computes outside of Python's lock: two files are read in less time than one by one.
_READERS = 2
_AHEAD = 4
_LARGE = 16 << 20


class MemoryShortError(ReadError):
    """There is not enough memory to read a file."""

    def __init__(self, file: str) -> None:
        super().__init__(
            file,
            "there is not enough memory to read it. Close other programs, or add it on a machine "
            "with more memory.",
        )


class UnforeseenError(ReadError):
    """Reading a file failed unexpectedly; the log has the traceback."""

    def __init__(self, file: str, number: str) -> None:
        self.number = number
        super().__init__(
            file,
            f"it could not be read because of a bug in insights_nb (error {number}). Nothing of it "
            "was added. Please report the log lines with that number. Until then you can leave the "
            "file out.",
        )


@dataclass(frozen=True)
class Added:
    """What became of one file given to `Archive.add`.

    Parameters
    ----------
    path
        The file.
    status
        ``"added"``; ``"revised"`` where it replaces an earlier file of the same report (both are
        kept); ``"unchanged"`` where the same bytes, or the same rows in other bytes, were
        there already; ``"withdrawn"`` where they were, and were taken out of every count;
        ``"refused"``.
    kind, granularity, periods, rows
        What it was taken for; empty where refused.
    notes
        What was odd about it.
    error
        Why it was refused.
    revision
        How often its report had been revised before and with it; 0 for the first that came.
    beside
        Files that it is a part of one report with, or, where ``"revised"``, whose place it takes.
    """

    path: Path
    status: Status
    kind: str = ""
    granularity: Granularity | None = None
    periods: tuple[str, ...] = ()
    rows: int = 0
    notes: tuple[str, ...] = ()
    error: InsightsError | None = None
    revision: int = 0
    beside: tuple[str, ...] = ()

    def __str__(self) -> str:
        # Names and notes hold texts of others.
        name = printable(self.path.name)
        if self.error is not None:
            return f"refused  {name}: {self.error}"
        span = self.periods[0] if self.periods else "no period"
        if len(self.periods) > 1:
            span += f" … {self.periods[-1]}"
        noun = "row" if self.rows == 1 else "rows"
        line = f"{self.status:<8} {name}: {self.kind}, {span}, {self.rows:,} {noun}"
        others = printable(", ".join(self.beside))
        if others and self.status == "revised":
            line += f"; counts instead of {others}, which is kept"
        elif others:
            line += f"; part of one report with {others}"
        return "\n".join([line, *(f"           note: {printable(note)}" for note in self.notes)])


class Additions(list[Added]):
    """The outcome of each file of one `Archive.add`, in order; prints as a list and a summary.

    Parameters
    ----------
    left_out
        What else in the folders reports could be in, each with what to do about it.
    """

    def __init__(self, done: Iterable[Added] = (), *, left_out: Sequence[str] = ()) -> None:
        super().__init__(done)
        self.left_out = tuple(left_out)

    @property
    def refused(self) -> list[Added]:
        """The files that were refused."""
        return [one for one in self if one.status == "refused"]

    @property
    def summary(self) -> str:
        """One line of counts."""
        counts = {
            name: sum(one.status == name for one in self)
            for name in ("added", "revised", "unchanged", "withdrawn", "refused")
        }
        words = {"unchanged": "already in the archive"}
        named = [f"{count} {words.get(name, name)}" for name, count in counts.items() if count]
        noun = "file" if len(self) == 1 else "files"
        return f"{len(self)} {noun}: {', '.join(named)}." if self else "No files."

    def __str__(self) -> str:
        lines = [*(str(one) for one in self), self.summary]
        if any(one.status == "revised" for one in self):
            lines.append(
                "A further file for a period replaces the one before. If they are parts of one "
                "report, add them again with --parts."
            )
        if self.left_out:
            lines.append(f"Left out: {printable(', '.join(self.left_out))}.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        # In a notebook, where `add` has printed itself, the list would only repeat it.
        return f"<Additions: {self.summary}>"


@dataclass(frozen=True)
class Download:
    """One file as a source gave it.

    Parameters
    ----------
    data
        Its bytes, as they came.
    name
        What the source calls it: kind, publisher and period are read from it too.
    source
        Where it came from, without query or credentials; the ledger records it.
    """

    data: bytes = field(repr=False)
    name: str
    source: str


@dataclass(frozen=True)
class Prepared:
    """A file that was read, before anything is decided: its rows, or why there are none."""

    download: Download
    result: ReadResult | None
    parquet: bytes = b""
    error: InsightsError | None = None
    stated: bool = False

    @property
    def path(self) -> Path:
        """What it is called."""
        return Path(self.download.name)

    @property
    def digest(self) -> str:
        """Hash of its bytes."""
        return self.result.sha256 if self.result else sha256(self.download.data)


def prepare(download: Download, stated: Stated) -> Prepared:
    """Read a file, and type its rows as Parquet."""
    from insights_nb.reading import read_bytes

    certain = stated.get("kind") is not None or stated.get("period") is not None

    def read() -> Prepared:
        result = read_bytes(download.data, in_unicode(download.name), **stated)
        return Prepared(download, result, parquet_bytes(result), stated=certain)

    return _attempt(read, download, stated=certain)


def _attempt(read: Callable[[], Prepared], download: Download, *, stated: bool) -> Prepared:
    """Read a file; whatever goes wrong is its outcome, and stops no other."""
    name = in_unicode(download.name)
    try:
        return read()
    except InsightsError as error:
        return Prepared(download, None, error=_without_frames(error), stated=stated)
    except MemoryError:
        return Prepared(download, None, error=MemoryShortError(name), stated=True)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException:  # noqa: BLE001 - Polars' panics are no `Exception`
        number = secrets.token_hex(4)
        _log.exception("Error %s: %s could not be read", number, printable(name))
        return Prepared(download, None, error=UnforeseenError(name, number), stated=True)


def in_unicode(name: str) -> str:
    r"""Write a file's name as text: where it is no UTF-8, a byte of it is ``\udcff``."""
    return name.encode(errors="backslashreplace").decode()


def _without_frames(error: InsightsError) -> InsightsError:
    """Let go of what was read: an error would keep it as long as it lives."""
    one: BaseException | None = error
    while one is not None:
        one.__traceback__ = None
        one = one.__cause__ or one.__context__
    return error


def prepare_files(paths: Iterable[Path], stated: Stated) -> Iterator[Prepared]:
    """Read files from disk, in order, a few ahead of the one that is asked for.

    A zip archive gives each of its files.
    """
    with ThreadPoolExecutor(_READERS) as pool:
        ahead: deque[Future[Prepared]] = deque()
        try:
            for path in paths:
                if _is_zip(path):
                    while ahead:
                        yield ahead.popleft().result()
                    yield from _prepare_zip(path, stated)
                    continue
                ahead.append(pool.submit(_prepare_file, path, stated))
                # Large files are read one by one: several at once would fill the memory.
                while len(ahead) > _AHEAD or (ahead and _is_large(path)):
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _prepare_file(path: Path, stated: Stated) -> Prepared:
    from insights_nb.reading import load

    download = Download(b"", str(path), str(path))

    def read() -> Prepared:
        # Read once: what is kept is then what was understood, whatever happens to the file.
        return prepare(replace(download, data=load(path)), stated)

    return _attempt(read, download, stated=True)


def _prepare_zip(path: Path, stated: Stated) -> Iterator[Prepared]:
    """Read each file of a zip archive; of one that cannot be opened, say so once."""
    from insights_nb.reading import load
    from insights_nb.reading.zips import members

    name = in_unicode(str(path))
    try:
        for one in members(load(path), name):
            if isinstance(one, InsightsError):
                yield Prepared(Download(b"", one.file or name, name), None, error=one, stated=True)
            else:
                yield prepare(Download(one.data, one.name, one.name), stated)
    except InsightsError as error:
        yield Prepared(Download(b"", name, name), None, error=_without_frames(error), stated=True)


def _is_zip(path: Path) -> bool:
    from insights_nb.reading.zips import ZIP, is_zip

    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return is_zip(file.read(len(ZIP[0])))
    except OSError:
        # Whatever it is, it is said where the file is read.
        return False


def _is_large(path: Path) -> bool:
    try:
        return path.stat().st_size > _LARGE
    except OSError:
        return False


def batches(files: Iterator[Prepared]) -> Iterator[list[Prepared]]:
    """Gather files; what was gathered before an interrupt still comes, then the interrupt."""
    batch: list[Prepared] = []
    size, began = 0, time.monotonic()
    stopped: BaseException | None = None
    while stopped is None:
        try:
            one = next(files, None)
        except KeyboardInterrupt as interrupt:
            stopped = interrupt
            break
        if one is None:
            break
        batch.append(one)
        size += len(one.download.data) + len(one.parquet)
        if size >= _BATCH_BYTES or time.monotonic() - began >= _BATCH_SECONDS:
            yield batch
            batch, size, began = [], 0, time.monotonic()
    if batch:
        yield batch
    if stopped is not None:
        raise stopped


def describe(prepared: Prepared, owners: tuple[str, ...]) -> Entry:
    """Return a file's ledger entry, before it is known what it is a part or revision of."""
    result, download = prepared.result, prepared.download
    assert result is not None  # noqa: S101 - callers sort out what could not be read
    folder = Path(result.kind) / (result.granularity or "any")
    # Without rows, the same bytes stand for different periods.
    start = result.periods[0].label if result.periods else "any"
    short = result.sha256[:12]
    name = plain_name(prepared.path.name).removeprefix(f"{short}-")
    rows = f"{start}-{result.sha256[:16]}"
    if result.repository:
        # The same bytes may be stated to be of several.
        rows += f"-{plain_name(result.repository)}"
    return Entry(
        # Set where it is written.
        added="",
        source=in_unicode(download.source),
        sha256=result.sha256,
        size=len(download.data),
        compression="gzip" if result.gzipped else "",
        original=(Path("originals") / folder / f"{short}-{name}").as_posix(),
        parquet=(Path("parquet") / folder / f"{rows}.parquet").as_posix(),
        parquet_sha256=sha256(prepared.parquet),
        kind=result.kind,
        namespaces=owners,
        granularity=result.granularity,
        periods=tuple(period.label for period in result.periods),
        view=_view(result),
        answer="",
        part=1,
        parts=1,
        revisions=(),
        rows=result.rows,
        notes=result.notes,
    )


def _view(result: ReadResult) -> str:
    if result.repository:
        return result.repository
    if result.kind != "image_pulls_summary":
        return ""
    named = result.frame.get_column("reference").is_not_null().any()
    return "reference" if named else "repository"


def parquet_bytes(result: ReadResult) -> bytes:
    """Return a file's rows as Parquet."""
    buffer = io.BytesIO()
    result.frame.write_parquet(buffer, compression_level=_COMPRESSION_LEVEL)
    return buffer.getvalue()


def sha256(data: bytes) -> str:
    """Return the hash by which the ledger knows a file."""
    return hashlib.sha256(data).hexdigest()
