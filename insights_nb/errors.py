"""What the package raises: the classes that somebody tells apart; in parentheses what else each is.

A message says what was seen, what was expected and what to do. It stands where its check is, and so
do the few classes that only their own module tells apart, each below one of these::

    InsightsError
    ├── SelectionError (ValueError)
    ├── PeriodError (ValueError)
    ├── MixedGranularityError (ValueError)
    ├── UnknownNameError (LookupError)
    ├── MissingReportError (LookupError)
    │   ├── ReportNeededError
    │   └── MissingPeriodError
    ├── FrameError (ValueError)
    │   └── FrameTypeError (TypeError)
    ├── ReadError (ValueError)
    │   ├── MissingFileError (FileNotFoundError)
    │   ├── IsFolderError (IsADirectoryError)
    │   ├── ReportAccessError (PermissionError)
    │   └── MixedFileError (MixedGranularityError)
    ├── ArchiveError
    │   ├── LedgerError (ValueError)
    │   └── ArchiveFolderError (OSError)
    │       ├── NoArchiveError (FileNotFoundError)
    │       ├── LedgerAccessError (PermissionError)
    │       └── ArchiveBusyError (TimeoutError)
    ├── HubError
    │   ├── HubSettingError (ValueError)
    │   ├── SignInError
    │   └── HubAnswerError
    │       ├── HubNotFoundError
    │       └── HubRefusedError
    ├── WriteError (OSError)
    ├── MissingPackageError (ImportError)
    ├── NotebookError (RuntimeError)
    └── ServerError (OSError)
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from insights_nb.texts import printable, printable_lines, shortened


class InsightsError(Exception):
    """Something the user can put right; the message says how."""

    def __str__(self) -> str:
        # Names and values of others may contain what a terminal obeys.
        return printable_lines(super().__str__())


# -- What was asked for -----------------------------------------------------------------------


class SelectionError(InsightsError, ValueError):
    """A value that an argument, an option or a link does not take."""


class PeriodError(InsightsError, ValueError):
    """A text names no week and no month."""


class MixedGranularityError(InsightsError, ValueError):
    """Weeks and months would share one frame, and be counted twice."""


class UnknownNameError(InsightsError, LookupError):
    """No repository, company, version, period or notebook there has that name."""


class MissingReportError(InsightsError, LookupError):
    """The archive has no report with what was asked for."""


class ReportNeededError(MissingReportError):
    """No report in the archive shows `what`; `kinds` are those that would."""

    def __init__(self, message: str, *, what: str, kinds: Sequence[str]) -> None:
        self.what = what
        self.kinds = tuple(kinds)
        super().__init__(message)


class MissingPeriodError(MissingReportError):
    """No one report covers all the periods that are asked about."""


class FrameError(InsightsError, ValueError):
    """A frame lacks columns, holds other values than it should, or is too large."""


class FrameTypeError(FrameError, TypeError):
    """A column, or what was given in a chart's place, is of another type."""


# -- Files ------------------------------------------------------------------------------------


class ReadError(InsightsError, ValueError):
    """A file cannot be read, or not as what it should be.

    `file`, `line` and `column` say where, as far as known, and the message begins with them; one
    without a file names itself what it is about.
    """

    def __init__(
        self, file: str | None, message: str, *, line: int | None = None, column: str | None = None
    ) -> None:
        self.file = file
        self.line = line
        self.column = column
        # A line break in a name would forge a line of its own.
        place = [] if file is None else [printable(file)]
        if line is not None:
            place.append(f"line {line}")
        if column is not None:
            place.append(f"column {printable(shortened(column, 200))}")
        super().__init__(f"{', '.join(place)}: {message}" if place else message)


class MissingFileError(ReadError, FileNotFoundError):
    """No file has that name, or matches that pattern."""


class IsFolderError(ReadError, IsADirectoryError):
    """A folder was named where one file is read."""


class ReportAccessError(ReadError, PermissionError):
    """The system does not let a file or a folder of reports be read."""


class MixedFileError(ReadError, MixedGranularityError):
    """One file has weeks and months."""


class WriteError(InsightsError, OSError):
    """A page, an export or a temporary file cannot be written."""


# -- The archive ------------------------------------------------------------------------------


class ArchiveError(InsightsError):
    """An archive is not there, not to be read or written, or damaged."""


class LedgerError(ArchiveError, ValueError):
    """An archive's ledger, its journal or its list of offers cannot be understood."""


class ArchiveFolderError(ArchiveError, OSError):
    """An archive's folder cannot be written, or a file of it not be read."""


class NoArchiveError(ArchiveFolderError, FileNotFoundError):
    """There is no such folder, or nothing of an archive in it."""


class LedgerAccessError(ArchiveFolderError, PermissionError):
    """The system does not let an archive's ledger be read."""


class ArchiveBusyError(ArchiveFolderError, TimeoutError):
    """Another process keeps writing to the archive."""


# -- Docker Hub -------------------------------------------------------------------------------


class HubError(InsightsError):
    """Docker Hub, or the way to it, refused. Contains no secret and no address's query."""

    def __init__(self, message: str) -> None:
        # It may quote a server's answer.
        super().__init__(printable(message))


class HubSettingError(HubError, ValueError):
    """An address, credentials or a repository's name cannot be used as they are given."""


class SignInError(HubError):
    """Docker Hub did not accept the credentials, or wants a second factor."""


class HubAnswerError(HubError):
    """An answer that is not the one expected; `status` is its HTTP status."""

    def __init__(self, asked: str, seen: str, remedy: str, *, status: int | None = None) -> None:
        self.asked = asked
        self.seen = seen
        self.status = status
        super().__init__(f"{asked} was answered {seen}. {remedy}")


class HubNotFoundError(HubAnswerError):
    """What was asked for does not exist, or the account may not see it."""


class HubRefusedError(HubAnswerError):
    """The account may not have what was asked for."""


# -- What runs --------------------------------------------------------------------------------


class MissingPackageError(InsightsError, ImportError):
    """What was asked for needs a package that is not installed."""


class NotebookError(InsightsError, RuntimeError):
    """A notebook failed or was ended while it ran, or its page cannot be printed."""


class ServerError(InsightsError, OSError):
    """The dashboard's server cannot listen where it should."""


# -- Earlier names ----------------------------------------------------------------------------

_FORMER: dict[type[InsightsError], str] = {
    SelectionError: """
        MonthNotOverError PageNameError ParameterNameError ParameterOwnError UnknownKindError
        UseCaseError WeakTokenError
    """,
    UnknownNameError: """
        PeriodNotInFrameError RepositoryNotInFrameError UnknownCohortError UnknownCompanyError
        UnknownNotebookError UnknownRepositoryError
    """,
    MissingReportError: "NotHeldError",
    MissingPeriodError: "PeriodNotHeldError",
    FrameError: """
        ChartFrameError ClientColumnsError EventColumnsError EventDayError EventMethodError
        EventValueError ExportSourceError MixedDefinitionsError SheetSizeError
    """,
    FrameTypeError: "ChartSpecError EventTypeError",
    ArchiveFolderError: "ArchiveWriteError DamagedParquetError",
    NoArchiveError: "EmptyFolderError",
    LedgerError: "JournalError OffersError",
    ReadError: """
        ApiAnswerError ArchiveFileError BinaryFileError ClientNameError ClientsHeaderError
        ClientsRowError ClientTwiceError ClientUseCaseError CountError CutFileError DamagedGzipError
        DateError DuplicateColumnError EmptyFileError EncodingError EventDateError EventLabelError
        EventRepositoryError EventsHeaderError EventsRowError EventUrlError GranularityValueError
        MissingColumnsError NamespaceError NotAReportError NotebookUnreadableError PartsError
        PeriodFieldsError PeriodMismatchError PeriodStartError QuoteError RowWidthError
        SeparatorError ShareError SignInPageError SpreadsheetError UnknownPeriodError
    """,
    MissingFileError: """
        AssetsMissingError NoReportInFolderError NothingToAddError ReportNotFoundError
    """,
    WriteError: "ExportWriteError PageWriteError WorkFolderError",
    MissingPackageError: "ExcelMissingError",
    NotebookError: "CellFailedError KernelDiedError NoBrowserError PrintError",
    ServerError: "AddressError PortBusyError",
    HubError: """
        BrokenTransferError HubUnreachableError NamespaceNeededError NoCredentialsError
        UnsafeDownloadError
    """,
    HubSettingError: """
        CredentialsError HubAddressError InsecureHubError NetrcError RepositoryNameError
    """,
    SignInError: "SecondFactorError",
    HubAnswerError: "RateLimitError",
}

# A type checker is to refuse them.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> type[InsightsError]:
        for new, former in _FORMER.items():
            if name in former.split():
                warnings.warn(
                    f"insights_nb.errors.{name} is now {new.__name__}.",
                    DeprecationWarning,
                    stacklevel=2,
                )
                return new
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
