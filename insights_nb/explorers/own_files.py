"""What a publisher wrote beside the reports, as an explorer takes and watches it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from insights_nb.archive import Archive
from insights_nb.explorers.call import Call, call, spelled
from insights_nb.opening import CLIENTS, TAGS, clients_file, clients_of, tag_rules_of, tags_file
from insights_nb.reading.tags import TagRule, TagRules

T = TypeVar("T")
V = TypeVar("V")
Place = str | os.PathLike[str] | None

GivenClients = Mapping[str, str] | Place
"""Clients as an explorer takes them: client → use case, a file, or None for `clients_of`."""
GivenTags = TagRules | Place
"""Rules for tags as an explorer takes them: pattern → rule, a file, None for `tag_rules_of`."""


class OwnFile(Generic[T]):
    """A file beside the reports, read again whenever it has changed.

    Parameters
    ----------
    archive
        Whose.
    given
        What it would say, or a file; None is what is found.
    name
        What it is called in an archive's folder.
    find, read
        Find the file, and read it, as `insights_nb.opening` does.
    """

    def __init__(
        self,
        archive: Archive,
        given: T | Place,
        name: str,
        find: Callable[[Archive, Place], Path | None],
        read: Callable[[Archive, Place], T | None],
    ) -> None:
        self._archive = archive
        self._given: T | None = None
        self._path: Place = None
        if given is None or isinstance(given, str | os.PathLike):
            self._path = given
        else:
            self._given = given
        self._name = name
        self._find = find
        self._load = read
        self._read: tuple[object, T | None] | None = None

    @property
    def version(self) -> tuple[object, ...] | None:
        """A value that changes whenever the file does; None without one."""
        path = self.path
        if path is None:
            return None
        try:
            stat = path.stat()
        except OSError:
            return (path,)
        return (path, stat.st_size, stat.st_mtime_ns)

    @property
    def path(self) -> Path | None:
        """The file; None where there is none, or what it says was given."""
        return None if self._given is not None else self._find(self._archive, self._path)

    def read(self) -> T | None:
        """Return what it says, or None where there is none.

        Raises
        ------
        ReadError
            If the file cannot be read, or a line of it is wrong.
        """
        if self._given is not None:
            return self._given
        version = self.version
        if self._read is None or self._read[0] != version:
            self._read = (version, self._load(self._archive, self._path))
        return self._read[1]

    def call(self, source: Call) -> Call | None:
        """Return the call that reads the same file for an archive's; None where there is none."""
        path = self.path
        if path is None:
            return None
        own = path == self._archive.folder / self._name
        return call(self._load, source, *([] if own else [str(path)]))


class OwnList(OwnFile[Mapping[str, V]]):
    """The same of a list of names, each with what is said of it, which code can spell out."""

    def call(self, source: Call) -> Call | None:
        """Return the call that gives the same list; None where there is none."""
        return super().call(source) if self._given is None else spelled(dict(self._given))


class Tags(OwnList[TagRule]):
    """A publisher's own rules for reading tags.

    Parameters
    ----------
    archive
        Whose.
    given
        Pattern → rule, or a file; None is what `insights_nb.tag_rules_of` finds.
    """

    def __init__(self, archive: Archive, given: GivenTags = None) -> None:
        super().__init__(archive, given, TAGS, tags_file, tag_rules_of)


class Clients(OwnList[str]):
    """What a publisher's own clients are for.

    Parameters
    ----------
    archive
        Whose.
    given
        Client → use case, or a file; None is what `insights_nb.clients_of` finds.
    """

    def __init__(self, archive: Archive, given: GivenClients = None) -> None:
        super().__init__(archive, given, CLIENTS, clients_file, clients_of)

    @property
    def file(self) -> str:
        """What further clients are written to; empty where they were given as no file."""
        if self._given is not None:
            return ""
        return f"{CLIENTS} in the archive's folder" if self.path is None else self.path.name
