"""Tables that are computed once: by a process for itself, or for all processes of a machine.

Each table is a file of its own in the user's cache folder, uncompressed Arrow that processes map
into memory, so that none of them pays for it. Only `filling` writes there; everybody else reads
what is there. A file is found by the ledger's bytes and by the package's own code, so it cannot
be one of another archive or of rules that have changed, and a check sum is compared before it is
used. Where it is missing or damaged, its table is computed, as if there were no cache at all.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import mmap
import os
import shutil
import struct
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

import platformdirs
import polars as pl
import pyarrow as pa

from insights_nb.archive.commits import LEDGER

if TYPE_CHECKING:
    from insights_nb.archive import Archive

T = TypeVar("T")
Key = tuple[str, ...]
Build = Callable[[], pl.DataFrame]

_MAGIC = b"insights_nb table"
# Magic, length and check sum of what follows, which begins where Arrow wants it: at a multiple.
_HEADER = struct.Struct("<24sQQ24x")
_CATEGORIES = b"categories"
# The code that tables come from; pages and charts can change without them.
_COMPUTING = ("*.py", "archive/*.py", "reading/*.py", "counts/*.py", "metrics/*.py")
_MONTH = 30 * 24 * 60 * 60


@dataclass
class _Memory:
    """What a process knows of an archive's tables until something is added to it."""

    version: tuple[object, ...]
    folder: Path
    tables: dict[Key, pl.DataFrame] = field(default_factory=dict)
    useless: set[Key] = field(default_factory=set)
    values: dict[object, Any] = field(default_factory=dict)

    def path(self, key: Key) -> Path:
        return self.folder / f"{_digest(*key)}.arrow"


_memories: WeakKeyDictionary[Archive, _Memory] = WeakKeyDictionary()
_failures: WeakKeyDictionary[Archive, list[OSError]] = WeakKeyDictionary()


def remembered(archive: Archive, key: object, build: Callable[[], T]) -> T:
    """Return a value that a process computes once until something is added to the archive.

    Parameters
    ----------
    archive
        Whose it is.
    key
        What it is: no other kind of value has it.
    build
        Computes it.
    """
    values = _memory(archive).values
    if key not in values:
        values[key] = build()
    found: T = values[key]
    return found


def kept(archive: Archive, key: Key, build: Build) -> pl.DataFrame:
    """Return a table, computed once until something is added to the archive.

    Parameters
    ----------
    archive
        Whose it is.
    key
        What it is; with the archive it decides what `build` returns.
    build
        Computes it.
    """
    table = shared(archive, key, build)
    if table is None:
        table = _memory(archive).tables[key] = build()
    return table


def shared(archive: Archive, key: Key, build: Build) -> pl.DataFrame | None:
    """Return a table that is worth its while only if it need not be computed, or None.

    Parameters
    ----------
    archive, key, build
        As for `kept`; computed only within `filling`.
    """
    memory = _memory(archive)
    if key not in memory.tables:
        table = None if key in memory.useless else _read(memory.path(key))
        if table is None and archive in _failures:
            table = _fill(archive, memory, key, build)
        if table is None:
            # Files are never written in place: a damaged one stays as it is.
            if memory.path(key).exists():
                memory.useless.add(key)
            return None
        memory.tables[key] = table
    return memory.tables[key]


@contextlib.contextmanager
def filling(archive: Archive) -> Iterator[list[OSError]]:
    """Write to the cache what is computed for an archive until the block ends.

    Yields
    ------
    list of OSError
        Why tables could not be written; nothing else comes of it.
    """
    # The archive could be in somebody's memory already, where nothing is written from.
    _memories.pop(archive, None)
    _failures[archive] = []
    try:
        folder = _memory(archive).folder
        with contextlib.suppress(OSError):
            _tidy(folder)
        yield _failures[archive]
    finally:
        del _failures[archive]


def _memory(archive: Archive) -> _Memory:
    # With the day: it decides which periods are over.
    version = (archive.version, archive.today)
    memory = _memories.get(archive)
    if memory is None or memory.version != version:
        memory = _memories[archive] = _Memory(version, _folder(archive))
    return memory


def _fill(archive: Archive, memory: _Memory, key: Key, build: Build) -> pl.DataFrame:
    table = build()
    # What was added meanwhile may be in the table: it would be filed under the wrong ledger.
    if _folder(archive) != memory.folder:
        return table
    path = memory.path(key)
    try:
        _write(path, table)
    except OSError as error:
        _failures[archive].append(error)
        return table
    # The file's pages are everybody's, the computed table is this process's own.
    found = _read(path)
    return table if found is None else found


# --- where ----------------------------------------------------------------------------------------


def _folder(archive: Archive) -> Path:
    """Return the folder for an archive as it is now."""
    try:
        ledger = (archive.folder / LEDGER).read_bytes()
    except OSError:
        ledger = b""
    root = Path(platformdirs.user_cache_dir("insights_nb")) / "tables"
    content = hashlib.sha256(ledger).hexdigest()
    last = archive.last.label if archive.last else ""
    cut = " ".join(period.label for period in archive.unfinished())
    return root / _digest(str(archive.folder.resolve())) / _digest(content, last, cut, _code())


@functools.cache
def _code() -> str:
    """Return a mark of this package's code, and of what it reads and writes with."""
    package = Path(__file__).parent
    parts = [pl.__version__, pa.__version__]
    for path in sorted(path for part in _COMPUTING for path in package.glob(part)):
        # Sizes and times, as for the sample data: each kernel's start waits for it.
        stat = path.stat()
        parts.append(f"{path.relative_to(package)} {stat.st_size} {stat.st_mtime_ns}")
    return _digest(*parts)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def _tidy(folder: Path) -> None:
    """Remove tables of earlier contents, and of archives that nobody opened for a month."""
    own, root = folder.parent, folder.parent.parent
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(own)
    for path in [*own.iterdir(), *root.iterdir()]:
        outdated = path.parent == own and path != folder
        if outdated or path.stat().st_mtime < time.time() - _MONTH:
            shutil.rmtree(path, ignore_errors=True)


# --- one file -------------------------------------------------------------------------------------


def _write(path: Path, table: pl.DataFrame) -> None:
    """Write a file, whole or not at all."""
    handle, name = tempfile.mkstemp(suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            file.write(bytes(_HEADER.size))
            arrow = _to_arrow(table)
            with pa.ipc.new_file(file, arrow.schema) as writer:
                writer.write_table(arrow)
            file.flush()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                head = _head(memoryview(content)[_HEADER.size :])
            file.seek(0)
            file.write(head)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path) -> pl.DataFrame | None:
    """Return a file's table, or None where it is missing or not as it was written."""
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # An empty file cannot be mapped.
        return None
    body = memoryview(content)[_HEADER.size :]
    if content[: _HEADER.size] != _head(body):
        return None
    return _from_arrow(pa.ipc.open_file(pa.py_buffer(body)).read_all())


def _head(body: memoryview) -> bytes:
    return _HEADER.pack(_MAGIC, len(body), zlib.crc32(body))


def _to_arrow(table: pl.DataFrame) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return a table with numbers in place of categories, which go into the metadata."""
    categories = {
        name: dtype.categories.to_list()
        for name, dtype in table.schema.items()
        if isinstance(dtype, pl.Enum)
    }
    numbers = table.with_columns(pl.col(name).to_physical() for name in categories)
    arrow = numbers.rechunk().to_arrow()
    return arrow.replace_schema_metadata({_CATEGORIES: json.dumps(categories).encode()})


def _from_arrow(arrow: Any) -> pl.DataFrame:  # noqa: ANN401
    categories: dict[str, list[str]] = json.loads(arrow.schema.metadata[_CATEGORIES])
    numbers = pl.DataFrame(arrow)
    return numbers.with_columns(
        pl.col(name).cat.to(pl.Enum(names)) for name, names in categories.items()
    )
