"""Every way in which the package says no: one class per situation, each with its own message.

A message says what was seen, what was expected and what to do.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from insights_nb.texts import printable, printable_lines, shortened


class InsightsError(Exception):
    """Something the user can put right; the message says how."""

    def __str__(self) -> str:
        # Messages hold names and values of others, which may hold what a terminal obeys.
        return printable_lines(super().__str__())


class SelectionError(InsightsError, ValueError):
    """A value that an argument, an option or a link does not take."""


class PeriodError(InsightsError, ValueError):
    """A text names no week and no month."""


class MixedGranularityError(InsightsError, ValueError):
    """Weeks and months would share one frame, and be counted twice."""


class ArchiveError(InsightsError):
    """An archive's folder is not there, not to be read or written, or damaged."""


class ArchiveFolderError(ArchiveError, OSError):
    """The system does not let an archive's folder be written, or a file of it be read."""


class NoArchiveError(ArchiveFolderError, FileNotFoundError):
    """There is no such folder, or nothing of an archive in it."""


class LedgerAccessError(ArchiveFolderError, PermissionError):
    """The system does not let an archive's ledger be read."""


class LedgerError(ArchiveError, ValueError):
    """An archive's ledger, its journal or its list of offers cannot be understood."""


class NotHeldError(InsightsError, LookupError):
    """The archive holds nothing of what was asked."""


class UnknownRepositoryError(InsightsError, LookupError):
    """A repository that no held report names."""

    def __init__(self, names: list[str], close: list[str]) -> None:
        self.names = names
        hint = f" Did you mean {' or '.join(close)}?" if close else ""
        super().__init__(f"No held report names {', '.join(names)}.{hint}")


class ArchiveBusyError(ArchiveFolderError, TimeoutError):
    """Another process keeps writing to the archive."""


# -- Reading one file -------------------------------------------------------------------------


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
    """One file holds weeks and months."""


class UnknownNotebookError(InsightsError, LookupError):
    """No notebook has the name that was asked for."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        held = ", ".join(known) if known else "none"
        super().__init__(f"There is no notebook {name!r}. Use --notebook with one of: {held}.")


class PortBusyError(InsightsError, OSError):
    """Another program listens on the port."""

    def __init__(self, port: int, free: int | None) -> None:
        self.port = port
        hint = f"--port {free}" if free else "--port with another number"
        super().__init__(
            f"Port {port} is taken by another program, perhaps another dashboard. Use {hint}."
        )


class AddressError(InsightsError, OSError):
    """The server cannot listen where it was told to."""

    def __init__(self, ip: str, port: int, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {ip}, port {port}: {reason}. Use --ip with an address of this "
            "machine, and --port with a number from 1024 to 65535."
        )


class WeakTokenError(InsightsError, ValueError):
    """A token that is too easily guessed."""

    def __init__(self, length: int, least: int) -> None:
        super().__init__(
            f"The token has {length} characters and needs at least {least}, because it is all that "
            "stands between the network and the dashboard. Leave it out, and one is made."
        )


# -- Charts -----------------------------------------------------------------------------------


class ChartFrameError(InsightsError, ValueError):
    """A frame lacks columns that a chart draws."""

    def __init__(self, chart: str, missing: Sequence[str], source: str) -> None:
        self.missing = list(missing)
        super().__init__(
            f"{chart} needs the columns {', '.join(missing)}, which this frame lacks. "
            f"Give it a frame as {source} makes it."
        )


class ChartSpecError(InsightsError, TypeError):
    """Something that is no chart was given to be shown as one."""

    def __init__(self, given: object) -> None:
        super().__init__(
            f"A {type(given).__name__} is no chart. Give an Altair chart or the dictionary of "
            "a Vega-Lite specification."
        )


# -- Pages ------------------------------------------------------------------------------------


class PageWriteError(InsightsError, OSError):
    """A page cannot be written; one that was there before is unchanged."""

    def __init__(self, path: object, cause: OSError) -> None:
        super().__init__(
            f"{path} cannot be written: {cause.strerror or cause}. A file that was there is "
            "unchanged. Free space, or name a file in a folder that exists and that you may write "
            "to: --out FILE."
        )


class PageNameError(InsightsError, ValueError):
    """A page would be written under a name by which no browser opens it."""

    def __init__(self, path: object, better: object, more: str = "") -> None:
        super().__init__(
            f"{path} is no name for a page, which is HTML. Give it a name that ends with .html, "
            f"such as {better}.{more} Nothing was written."
        )


# -- Exports ----------------------------------------------------------------------------------


class ExportWriteError(InsightsError, OSError):
    """An export cannot be written; one that was there before is unchanged."""

    def __init__(self, path: object, cause: OSError) -> None:
        super().__init__(
            f"{path} cannot be written: {cause.strerror or cause}. A file that was there is "
            "unchanged. Free space, or name a file in a folder that exists and that you may write "
            "to."
        )


class ExportSourceError(InsightsError, ValueError):
    """Nobody can tell which reports a frame comes from."""

    def __init__(self, columns: Iterable[str], kinds: Iterable[str]) -> None:
        super().__init__(
            f"A frame with the columns {', '.join(columns)} is none that this package gives, so "
            "its source files cannot be told. Name its reports, reports=['summary', …], out of "
            f"{', '.join(kinds)}; or leave out the archive."
        )


class ExcelMissingError(InsightsError, ImportError):
    """Excel files need a package that is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "An Excel file needs openpyxl, which is not installed. Install it with: python -m pip "
            "install 'insights-nb[excel]'. Without it, to_csv writes what every spreadsheet opens."
        )


class SheetSizeError(InsightsError, ValueError):
    """A frame does not fit on an Excel sheet."""

    def __init__(self, what: str, count: int, most: int) -> None:
        super().__init__(
            f"The frame has {count:,} {what}, and an Excel sheet holds {most:,}. Write it with "
            "to_csv, or add it up or filter it first."
        )


# -- Coverage ---------------------------------------------------------------------------------


# -- Docker Hub -------------------------------------------------------------------------------


class HubError(InsightsError):
    """Docker Hub, or the way to it, said no. Holds no secret and no address's query."""

    def __init__(self, message: str) -> None:
        # It may quote what a server said.
        super().__init__(printable(message))


class HubAddressError(HubError, ValueError):
    """Something that is no server's address was given as one."""

    def __init__(self, seen: str) -> None:
        super().__init__(
            f"{seen!r} is no address of a server. Give one such as https://hub.docker.com, without "
            "user, query or fragment, with --hub-url or INSIGHTS_HUB_URL."
        )


class InsecureHubError(HubError, ValueError):
    """Credentials would travel unencrypted."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address} is not encrypted, so everybody on the way could read the credentials. "
            "Use https:// (http:// is for a server on this very machine)."
        )


class CredentialsError(HubError, ValueError):
    """One half of the credentials is set."""

    def __init__(self, held: str, lacking: str) -> None:
        super().__init__(f"{held} is set, but {lacking} is not. Set both, or neither.")


class NetrcError(HubError, ValueError):
    """The netrc file cannot be read."""

    def __init__(self, path: object, problem: str) -> None:
        super().__init__(
            f"{path} cannot be used: {problem}. Expected lines such as 'machine hub.docker.com "
            "login NAME password TOKEN'. Mend it, or set DOCKERHUB_USERNAME and DOCKERHUB_TOKEN."
        )


class NoCredentialsError(HubError):
    """An account is needed, and none is known."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} asks for an account, and none is known. Set DOCKERHUB_USERNAME and "
            f"DOCKERHUB_TOKEN (a personal access token), or write 'machine {host} login NAME "
            "password TOKEN' into ~/.netrc, or run it in a terminal, which asks. Public pull data "
            "needs no account: --source pulls --repository NAMESPACE/REPOSITORY."
        )


class SignInError(HubError):
    """Docker Hub did not accept the credentials."""

    def __init__(self, asked: str, seen: str) -> None:
        super().__init__(
            f"{asked} was answered {seen}: the username or the secret is not accepted. Check both; "
            "a personal access token can be made anew at Docker Hub > Account settings."
        )


class SecondFactorError(SignInError):
    """The account asks for a second factor that was not given, or was wrong."""

    def __init__(self, asked: str, *, given: bool) -> None:
        seen = (
            "the code was not accepted: run the command again with a fresh one"
            if given
            else "there is no terminal to ask for its code: use a personal access token, which "
            "needs none, or run the command in a terminal"
        )
        Exception.__init__(self, f"{asked}: the account has a second factor, and {seen}.")


class HubAnswerError(HubError):
    """An answer that is not the one expected; `status` is its HTTP status."""

    def __init__(self, asked: str, seen: str, remedy: str, *, status: int | None = None) -> None:
        self.asked = asked
        self.seen = seen
        self.status = status
        super().__init__(f"{asked} was answered {seen}. {remedy}")


class HubNotFoundError(HubAnswerError):
    """What was asked for does not exist, or the account may not see it."""

    def __init__(self, asked: str, seen: str, *, status: int) -> None:
        super().__init__(
            asked,
            seen,
            "It does not exist, or the account may not see it: check the name's spelling, and that "
            "the account is an owner of the organisation.",
            status=status,
        )


class HubRefusedError(HubAnswerError):
    """The account may not have what was asked for."""

    def __init__(self, asked: str, seen: str, *, status: int) -> None:
        super().__init__(
            asked,
            seen,
            "The account may not see it, or the access token was withdrawn or lacks a permission: "
            "use an owner's account and a token that may read.",
            status=status,
        )


class RateLimitError(HubAnswerError):
    """Too many requests; `until` says from when on more are welcome, as far as known."""

    def __init__(self, asked: str, seen: str, *, until: str = "") -> None:
        self.until = until
        when = f"after {until}" if until else "in an hour"
        super().__init__(
            asked, seen, f"Run the command again {when}: what arrived is kept.", status=429
        )


class HubUnreachableError(HubError):
    """No answer came at all."""

    def __init__(self, asked: str, host: str, why: str) -> None:
        super().__init__(
            f"{asked} got no answer from {host}: {why}. Check the network, the address and the "
            "proxy settings (HTTPS_PROXY), then run the command again."
        )


class BrokenTransferError(HubError):
    """An answer broke off, every time it was tried."""

    def __init__(self, asked: str, why: str) -> None:
        super().__init__(
            f"{asked} broke off: {why}. Nothing of it was kept. Run the command again."
        )


class UnsafeDownloadError(HubError):
    """A download's address is one that should not be followed."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"The download at {address} is not encrypted, so it was not followed. Expected an "
            "https:// address. Report it to Docker, or download the report by hand."
        )


class RepositoryNameError(HubError, ValueError):
    """A repository without its namespace, or of a spelling that no repository has."""

    def __init__(self, seen: str) -> None:
        super().__init__(
            f"{seen!r} names no repository. Write NAMESPACE/REPOSITORY, such as acme/web."
        )


class NamespaceNeededError(HubError):
    """Nothing tells whose reports are wanted."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Whose reports to fetch is not said, and {why}. Name the organisation with "
            "--namespace, as in --namespace acme."
        )


class ReportNeededError(NotHeldError):
    """No report is held that tells of `what`; `kinds` are those that would."""

    def __init__(self, message: str, *, what: str, kinds: Sequence[str]) -> None:
        self.what = what
        self.kinds = tuple(kinds)
        super().__init__(message)


class UnknownCohortError(InsightsError, LookupError):
    """A cohort that no tag of the frame belongs to."""

    def __init__(self, cohort: str, known: Sequence[str]) -> None:
        self.cohort = cohort
        shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
        super().__init__(
            f"No tag of the frame belongs to the cohort {cohort!r}; it has {shown or 'none'}. Name "
            "a version (2, 2.x, 2.7, 2.7.1), 'latest', 'by digest' or 'other'."
        )


# -- Companies and periods of a frame ---------------------------------------------------------


class UnknownCompanyError(InsightsError, LookupError):
    """A company that no held report names."""

    def __init__(self, domain: str, close: Sequence[str]) -> None:
        self.domain = domain
        hint = f"Did you mean {' or '.join(close)}?" if close else "Name it by its domain."
        super().__init__(
            f"No Tracked companies or Technographic companies report that is held names {domain!r}."
            f" {hint}"
        )


class PeriodNotInFrameError(InsightsError, LookupError):
    """A period that a frame does not reach to."""

    def __init__(self, label: str, known: Sequence[str]) -> None:
        self.label = label
        span = f"from {known[0]} through {known[-1]}" if known else "empty"
        super().__init__(
            f"{label} is not in the frame, which is {span}. Name a period of it, or make the "
            "frame with a longer interval: Selection(months=12)."
        )


class PeriodNotHeldError(NotHeldError):
    """No one report covers all the periods that are asked about."""


# -- A publisher's own events -----------------------------------------------------------------


class EventDayError(InsightsError, ValueError):
    """Something was given as an event that tells no day."""

    def __init__(self, seen: object) -> None:
        super().__init__(
            f"{seen!r} is no event. Give a date, such as '2026-11-16', or rows of "
            "read_events or first_seen_events, whose column date holds one."
        )


class RepositoryNotInFrameError(InsightsError, LookupError):
    """A repository that a frame has no rows of."""

    def __init__(self, name: str, close: Sequence[str]) -> None:
        self.name = name
        hint = f"Did you mean {' or '.join(close)}? " if close else ""
        super().__init__(
            f"The frame has no rows of {name!r}. {hint}Make it with a selection that includes the "
            "repository, or leave the event out."
        )


class MixedDefinitionsError(InsightsError, ValueError):
    """Repositories would be added up whose reports call different things a pull."""

    def __init__(self, definitions: Sequence[str]) -> None:
        self.definitions = tuple(definitions)
        super().__init__(
            f"The frame's repositories count pulls by different definitions "
            f"({', '.join(definitions)}), which must not be added up. Name one repository, or give "
            "the rows of one definition only."
        )


# -- Actions ----------------------------------------------------------------------------------


class EventColumnsError(InsightsError, ValueError):
    """A frame of requests lacks columns, or has them twice."""

    def __init__(
        self, missing: Sequence[str], doubled: Sequence[str], expected: Sequence[str]
    ) -> None:
        self.missing = tuple(missing)
        self.doubled = tuple(doubled)
        seen = [f"lack {', '.join(missing)}"] if missing else []
        seen += [f"have {', '.join(doubled)} twice"] if doubled else []
        super().__init__(
            f"The events {' and '.join(seen)}. Give a frame with each of the columns "
            f"{', '.join(expected)} once; DataFrame.rename gives them these names."
        )


class EventTypeError(InsightsError, TypeError):
    """A column of requests holds another type than it should."""

    def __init__(self, column: str, seen: str, expected: str, remedy: str) -> None:
        self.column = column
        super().__init__(
            f"The events' column {column} is of type {seen} and should hold {expected}: {remedy}."
        )


class EventValueError(InsightsError, ValueError):
    """Requests lack a value that they cannot be told apart without."""

    def __init__(self, column: str, label: object, count: int) -> None:
        self.column = column
        whose = f"Event {label!r} has" if count == 1 else f"{count} events, first {label!r}, have"
        super().__init__(
            f"{whose} no {column}, and no action can be told without it. Fill it in, or leave such "
            "events out."
        )


class EventMethodError(InsightsError, ValueError):
    """A request's method is none that asks for an image."""

    def __init__(self, method: str, label: object, count: int) -> None:
        self.method = method
        whose = f"Event {label!r} has" if count == 1 else f"{count} events, first {label!r}, have"
        super().__init__(
            f"{whose} the method {method[:40]!r}. Only HEAD and GET ask for an image: leave other "
            "requests out."
        )


# -- Use cases --------------------------------------------------------------------------------


class ClientColumnsError(InsightsError, ValueError):
    """A frame lacks the columns from which a use case is inferred."""

    def __init__(self, missing: Sequence[str], options: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"The frame has no column {' and none '.join(missing)}, from which the use case is "
            f"inferred. Name its own with {' and '.join(f'{option}=' for option in options)}."
        )


class UseCaseError(InsightsError, ValueError):
    """A client is said to be for a use case that there is not."""

    def __init__(self, client: object, use_case: object, allowed: Sequence[str]) -> None:
        super().__init__(
            f"clients={{{client!r}: {use_case!r}}} names no use case. Use {', '.join(allowed)}."
        )


# -- Reviews ----------------------------------------------------------------------------------


class NotebookUnreadableError(InsightsError, ValueError):
    """A file is no notebook, or cannot be read."""

    def __init__(self, path: object, cause: Exception) -> None:
        said = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        super().__init__(
            f"{path} cannot be read as a notebook: {said[:200]}. Name an .ipynb file, such as a "
            "copy of monthly_review.ipynb that 'insights-nb lab' makes."
        )


class ParameterNameError(InsightsError, ValueError):
    """A notebook does not have a parameter of that name."""

    def __init__(self, path: object, name: str, known: Sequence[str]) -> None:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        has = f"it has {', '.join(known)}" if known else "no cell of it is tagged 'parameters'"
        super().__init__(
            f"{path} has no parameter {name!r}: {has}.{hint} Nothing was run. A parameter is a "
            "name that its cell tagged 'parameters' assigns."
        )


class ParameterOwnError(InsightsError, ValueError):
    """A review's own value was given as a parameter of its notebook."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name!r} is no further parameter of the notebook: the review chooses by it. Use "
            f"--{name}, in Python the keyword {name}. Nothing was run."
        )


class MonthNotOverError(InsightsError, ValueError):
    """A review of a month is asked for that is not over, and of which nothing is held."""

    def __init__(self, dates: str, end: str) -> None:
        super().__init__(
            f"{dates} is not over yet, and nothing of it is held: its reports come from {end} on. "
            "Name an earlier month, or leave it out for the last one that is held whole."
        )


class CellFailedError(InsightsError, RuntimeError):
    """A cell of a notebook failed; what came of the others is kept."""

    def __init__(
        self, kept: object | None, number: int, heading: str, name: str, value: str
    ) -> None:
        where = f" under {heading!r}" if heading else ""
        said = " ".join(f"{name}: {value}".split())[:300].rstrip(".")
        where_kept = "The notebook could not be kept."
        if kept is not None:
            where_kept = (
                f"The notebook is kept as far as it came, with the error marked: {kept}. Nothing "
                "else was written or changed."
            )
        super().__init__(f"Code cell {number}{where} failed with {said}. {where_kept}")


class WorkFolderError(InsightsError, OSError):
    """The folder for temporary files cannot be used."""

    def __init__(self, folder: object, cause: OSError) -> None:
        super().__init__(
            f"{folder} cannot be used for temporary files: {cause.strerror or cause}. Nothing was "
            "written or changed. Free some megabytes there, or name another folder in TMPDIR."
        )


class KernelDiedError(InsightsError, RuntimeError):
    """The process that ran a notebook ended before it was done."""

    def __init__(self, path: object) -> None:
        super().__init__(
            f"The process that ran {path} was ended from outside before it was done, most likely "
            "for want of memory. Nothing was written or changed. Run it again where more is free, "
            "or for fewer repositories."
        )


class NoBrowserError(InsightsError, RuntimeError):
    """There is no browser to print a page with."""

    def __init__(self, page: object) -> None:
        super().__init__(
            "No Chromium or Chrome was found to make the PDF. Install one, name its program in "
            f"INSIGHTS_BROWSER, or open {page} in any browser and print it."
        )


class PrintError(InsightsError, RuntimeError):
    """A browser could not print a page."""

    def __init__(self, browser: str, page: object, said: str) -> None:
        super().__init__(
            f"{browser} could not make a PDF of {page}: {said[-300:] or 'it said nothing'}. Open "
            "the page in any browser and print it."
        )


# What a class is called now whose name was removed. A type checker is to refuse the old names.
_FORMER: dict[type[InsightsError], str] = {
    SelectionError: "UnknownKindError",
    ReadError: """
        ApiAnswerError ArchiveFileError BinaryFileError ClientNameError ClientTwiceError
        ClientUseCaseError ClientsHeaderError ClientsRowError CountError CutFileError
        DamagedGzipError DateError DuplicateColumnError EmptyFileError EncodingError EventDateError
        EventLabelError EventRepositoryError EventUrlError EventsHeaderError EventsRowError
        GranularityValueError MissingColumnsError NamespaceError NotAReportError PartsError
        PeriodFieldsError PeriodMismatchError PeriodStartError QuoteError RowWidthError
        SeparatorError ShareError SignInPageError SpreadsheetError UnknownPeriodError
    """,
    ArchiveFolderError: "ArchiveWriteError DamagedParquetError",
    NoArchiveError: "EmptyFolderError",
    LedgerError: "JournalError OffersError",
    MissingFileError: """
        AssetsMissingError NoReportInFolderError NothingToAddError ReportNotFoundError
    """,
}

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
