"""Reports in a zip archive: which of its files they are, and no more of them than is fit."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from insights_nb.errors import ReadError
from insights_nb.files import is_report_name
from insights_nb.limits import RATIO, RATIO_FROM, UNPACKED, ZIP_FILES
from insights_nb.reading.sizes import ANOTHER_COPY, OverLimitError, in_words

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# What systems put into archives beside the files.
_SYSTEM = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
_ENCRYPTED = 1
# The first member of such a file says what it is, and is not compressed.
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_WORKBOOK = "xl/workbook.xml"
_NESTED = (".zip", ".7z", ".rar", ".tar", ".tgz")
_PIECE = 4 << 20
_FEW = 5


class Member(NamedTuple):
    """One file of a zip archive: what it is called, archive and all, and its bytes."""

    name: str
    data: bytes


class SeveralFilesError(ReadError):
    """A zip archive of several files was to be read as one report."""

    def __init__(self, file: str, names: list[str]) -> None:
        shown = ", ".join(names[:_FEW]) + (" and others" if len(names) > _FEW else "")
        super().__init__(
            file,
            f"this zip archive has {len(names):,} files ({shown}), and one report was to be read. "
            "Unpack it, or add all of them to an archive: insights-nb add.",
        )


def is_zip(data: bytes) -> bool:
    """Return whether bytes are those of a zip archive."""
    return data.startswith(ZIP)


def only_member(data: bytes, name: str) -> Member:
    """Return the one file of a zip archive.

    Raises
    ------
    ReadError
        If there are none or several (`SeveralFilesError`), or it cannot be unpacked.
    """
    with _opened(data, name) as inside:
        found = _files(inside, name)
        if len(found) > 1:
            raise SeveralFilesError(name, [one.filename for one in found])
        return _unpacked(inside, found[0], name, RATIO_FROM.value + len(data) * RATIO.value)


def members(data: bytes, name: str) -> Iterator[Member | ReadError]:
    """Yield each file of a zip archive, or why it cannot be read, in the archive's order.

    Raises
    ------
    ReadError
        If it is damaged, has no files, or more than are read.
    """
    with _opened(data, name) as inside:
        room = RATIO_FROM.value + len(data) * RATIO.value
        for one in _files(inside, name):
            try:
                member = _unpacked(inside, one, name, room)
            except OverLimitError:
                # What exploded once is not tried again.
                raise
            except ReadError as error:
                yield error
                continue
            room -= len(member.data)
            yield member


def _opened(data: bytes, name: str) -> zipfile.ZipFile:
    try:
        inside = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise ReadError(name, f"this zip archive is damaged ({error}). {ANOTHER_COPY}") from error
    if _WORKBOOK in inside.namelist() or _OPEN_DOCUMENT in data[:128]:
        raise ReadError(name, "this is a spreadsheet. Save its sheet as CSV, and read that.")
    return inside


def _files(inside: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    found = [
        one
        for one in inside.infolist()
        if not one.is_dir()
        and not one.filename.casefold().startswith(_SYSTEM)
        and not one.filename.casefold().endswith(_SYSTEM)
    ]
    found = [one for one in found if is_report_name(one.filename)] or found
    if not found:
        raise ReadError(name, "this zip archive has no files. Choose another one.")
    if len(found) > ZIP_FILES.value:
        raise OverLimitError(name, f"this zip archive has {len(found):,} files", ZIP_FILES)
    return found


def _unpacked(inside: zipfile.ZipFile, one: zipfile.ZipInfo, name: str, room: int) -> Member:
    called = f"{name}/{one.filename}"
    if one.filename.casefold().endswith(_NESTED):
        raise ReadError(called, "this is an archive within an archive. Unpack the outer one.")
    if one.flag_bits & _ENCRYPTED:
        raise ReadError(called, "it is encrypted. Unpack it with its password, and read that.")
    limit, most = (RATIO, room) if room < UNPACKED.value else (UNPACKED, UNPACKED.value)
    pieces: list[bytes] = []
    total = 0
    try:
        with inside.open(one) as file:
            while piece := file.read(_PIECE):
                pieces.append(piece)
                total += len(piece)
                if total > most:
                    seen = f"it unpacks to over {in_words(most)}"
                    raise OverLimitError(called, seen, limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(called, f"it cannot be unpacked ({error}). {ANOTHER_COPY}") from error
    data = b"".join(pieces)
    if is_zip(data):
        raise ReadError(called, "this is an archive within an archive. Unpack the outer one.")
    return Member(called, data)
