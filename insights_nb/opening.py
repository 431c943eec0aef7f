"""Which archive is meant: the one named, the server's, or the sample data."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import fields
from pathlib import Path

import platformdirs

from insights_nb import assets
from insights_nb.archive import Archive
from insights_nb.ledger import Entry

ARCHIVE_VARIABLE = "INSIGHTS_ARCHIVE"
"""Environment variable that names the archive which `open_archive` opens."""

_CACHED = "samples-"


def samples() -> Archive:
    """Open the sample data that ships with the package.

    A made-up organisation of about a dozen repositories over 15 months, weekly and monthly, in
    all ten reports; ``data/samples/README.md`` tells its stories. Nothing in it is real.

    Returns
    -------
    Archive
        In the user's cache folder, where it is built on the first call (some seconds).
    """
    source = assets.samples()
    files = sorted(
        p for p in source.rglob("*") if p.is_file() and p.suffix in {".csv", ".gz", ".json"}
    )
    archive = Archive(_cache() / f"{_CACHED}{_fingerprint(source, files)}")
    if not archive.exists:
        _build(archive.folder, files)
    return archive


def open_archive(folder: str | os.PathLike[str] | None = None) -> Archive:
    """Open an archive: the folder given, else the one in ``INSIGHTS_ARCHIVE``, else the samples.

    Notebooks use it, so that the same notebook serves whatever archive the dashboard was
    started with.

    Raises
    ------
    NoArchiveError
        If the folder does not exist.
    """
    chosen = folder or os.environ.get(ARCHIVE_VARIABLE)
    return Archive(chosen).require() if chosen else samples()


def is_samples(archive: Archive) -> bool:
    """Tell whether an archive is the sample data, so that a page can say so."""
    return archive.folder.parent == _cache() and archive.folder.name.startswith(_CACHED)


def _cache() -> Path:
    return Path(platformdirs.user_cache_dir("insights_nb"))


def _fingerprint(source: Path, files: list[Path]) -> str:
    # Sizes and times instead of contents: a dashboard's start should not hash megabytes.
    # An archive of another version's layout is none for this one.
    digest = hashlib.sha256(",".join(field.name for field in fields(Entry)).encode())
    for path in files:
        stat = path.stat()
        digest.update(f"{path.relative_to(source)}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]


def _build(folder: Path, files: list[Path]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        Archive(work).add(files, quiet=True)
        work.rename(folder)
    except OSError:
        # Another process was quicker; its copy is the same.
        if not Archive(folder).exists:
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
