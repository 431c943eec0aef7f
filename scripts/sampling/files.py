"""Write files whose bytes repeat."""

from __future__ import annotations

import csv
import gzip
import io
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

# Magic, deflate, no flags (so no file name), no time, best compression, unknown system.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a report as UTF-8, fields quoted where they have to be."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def gzip_bytes(data: bytes) -> bytes:
    """Compress without a file name, a time or a system in the header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def content(path: Path) -> bytes:
    """Return a file's bytes, unpacked if its name ends in ``.gz``."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def write_all(out: Path, files: Mapping[str, bytes]) -> tuple[int, int]:
    """Write files below a folder; in the folders they are in, remove reports not among them.

    A file whose content is right already stays as it is: another build of zlib may pack the same
    content into other bytes.

    Parameters
    ----------
    out
        The folder.
    files
        Relative path → content; what ends in ``.gz`` is packed here.

    Returns
    -------
    tuple[int, int]
        How many were written and how many removed.
    """
    written = removed = 0
    for name, data in files.items():
        path = out / name
        if path.is_file() and _holds(path, data):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip_bytes(data) if path.suffix == ".gz" else data)
        written += 1
    wanted = {out / name for name in files}
    for folder in sorted({path.parent for path in wanted}):
        for path in sorted(folder.iterdir()):
            if path.suffix in {".csv", ".gz", ".json"} and path not in wanted:
                path.unlink()
                removed += 1
    return written, removed


def _holds(path: Path, data: bytes) -> bool:
    try:
        return content(path) == data
    except (OSError, EOFError, zlib.error):
        return False
