"""Every report's columns, declared once as data.

Only the Trends header line has been seen in a real file; the spellings of the legacy and extension
reports are not published. Headers are therefore matched by a normal form and a list of aliases.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

Dtype = Literal["text", "count", "share", "date", "timestamp"]

NULLS = ("", "\\N", "\\\\N")
"""What a database's exporter writes for "nothing"; documented for TAG, possible anywhere."""

UseCase = Literal["Local Dev", "CI/CD", "Prod", "Unknown"]
"""Where a pull ran, in the words of the tracked companies report."""

USE_CASES: tuple[UseCase, ...] = get_args(UseCase)

UNKNOWN = "unknown"
"""The kind of a report that the schema does not know; it is kept whole, as text."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHER = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Column:
    """One column of a report.

    Parameters
    ----------
    name
        Its name in our frames: Docker's header in snake_case.
    header
        Docker's header, as documented.
    aliases
        Other spellings to accept; case, spaces and underscores never matter.
    dtype
        ``"text"``, ``"count"`` (whole, not negative), ``"share"`` (a ratio, 0.12 is 12 %),
        ``"date"`` or ``"timestamp"``.
    unit
        What a count counts.
    meaning
        One sentence.
    additive
        Whether values may be summed over rows. Unique people are counted once per row and never
        add up.
    since
        When Docker introduced it; older files lack it.
    missing
        The texts that stand for a missing value.
    required
        Whether the report is no such report without it.
    optional
        Whether its absence is ordinary and needs no note.
    note
        What a reader of its numbers must know.
    ratio
        For a share: the counts that it divides.
    """

    name: str
    header: str
    aliases: tuple[str, ...] = ()
    dtype: Dtype = "text"
    unit: str = ""
    meaning: str = ""
    additive: bool = False
    since: dt.date | None = None
    missing: tuple[str, ...] = NULLS
    required: bool = False
    optional: bool = False
    note: str = ""
    ratio: tuple[str, str] | None = None


@dataclass(frozen=True)
class Sum:
    """A measure that count columns add up to; only those that may be added (`Column.additive`)."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class Count:
    """A measure that is the number of rows whose column holds one of some values."""

    column: str
    values: tuple[str, ...]


OWNERS = ("publisher_name", "namespace", "owner")
"""Columns that name a row's owner, the first that a report has."""


@dataclass(frozen=True)
class Dimension:
    """Something that pulls are told apart by.

    Parameters
    ----------
    one, several
        What its values are called.
    meaning
        What a column of its values holds.
    missing
        What pulls that name no value are called.
    empty
        When a cell of the column is empty.
    note
        What a reader has to know of it.
    """

    one: str
    several: str
    meaning: str
    missing: str = "not named"
    empty: str = "Where the report names none."
    note: str = ""


DIMENSIONS: dict[str, Dimension] = {
    "country": Dimension(
        "country", "countries", 'The country, ISO 3166-1 alpha-2; Namibia\'s code is "NA".'
    ),
    "cloud": Dimension(
        "cloud provider",
        "cloud providers",
        'The cloud that the request came from, or "no csp".',
    ),
    "client": Dimension("client", "clients", "The client that pulled."),
    "use_case": Dimension(
        "use case",
        "use cases",
        "What it was pulled for, as far as client and cloud tell.",
        note="use cases are inferred",
    ),
    "tag": Dimension(
        "tag", "tags", "The tag.", "by digest", "For pulls by digest, which are most."
    ),
    "repository": Dimension(
        "repository",
        "repositories",
        "The repository's full name; or what is added up, in words.",
    ),
    "industry": Dimension("industry", "industries", "The company's industry."),
    "domain": Dimension(
        "domain", "domains", "The company's domain.", empty="For pulls that name none."
    ),
}
"""What pulls are told apart by, whichever report names it (`Roles.dimensions`)."""

Definition = Literal["events", "actions", "API"]
"""What a report calls a pull (`insights_nb.DEFINITIONS`)."""


@dataclass(frozen=True)
class Rows:
    """Which rows of a report count each pull once, where it states the same pulls several times.

    Parameters
    ----------
    level
        Those with this value of the column ``level``; all of them where it is empty.
    view
        Those of this kind of its files; None is any.
    """

    level: str = ""
    view: str | None = None


@dataclass(frozen=True)
class Roles:
    """How a report is read: what its columns are to whoever counts.

    Parameters
    ----------
    publisher
        The column that tells whose a row is, and that completes a bare repository name; empty where
        the file's name alone tells.
    repository
        The repository's; None where it has none, or only at one of its levels.
    reference
        The tag's or digest's.
    definition
        What it calls a pull: only counts of one definition may share a series. None where it
        counts no pulls.
    measures
        Pulls, data downloads and version checks, as far as it has them: how its columns make them
        up.
    dimensions
        What else pulls are told apart by → its column.
    people
        Columns that count people.
    repositories, tags, digests
        Which of its rows tell of each, the preferred ones first; none where they do not.
    everybody
        Whether all who pull are counted, and not some companies alone.
    preference
        Of the reports of one definition those with the lowest are asked first.
    absent_is_zero
        Whether a period whose report is there, and that does not name a repository, means that
        nobody pulled it.
    """

    publisher: str = "publisher_name"
    repository: str | None = None
    reference: str | None = None
    definition: Definition | None = None
    measures: Mapping[str, Sum | Count] = field(default_factory=dict)
    dimensions: Mapping[str, str] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    repositories: tuple[Rows, ...] = (Rows(),)
    tags: tuple[Rows, ...] = ()
    digests: tuple[Rows, ...] = ()
    everybody: bool = True
    preference: int = 0
    absent_is_zero: bool = True


@dataclass(frozen=True)
class Report:
    """One kind of report.

    Parameters
    ----------
    kind
        Our name for it.
    title
        Docker's name for it.
    row
        What one row is.
    columns
        Its columns, in the documented order.
    period
        Where its period stands: in ``"columns"`` of its own, only in the file's ``"name"``, in the
        ``"days"`` of its events (so far as they tell), or in the ``"fields"`` start and end.
    aliases
        Other names by which the kind may be asked for.
    total
        A column and the columns whose sum it must be.
    roles
        What its columns are to whoever counts.
    place
        Where Docker Hub hands it out.
    ended
        Whether its program has ended, and none is published any more.
    """

    kind: str
    title: str
    row: str
    columns: tuple[Column, ...]
    period: Literal["columns", "name", "days", "fields"]
    aliases: tuple[str, ...] = ()
    total: tuple[str, tuple[str, ...]] | None = None
    roles: Roles = Roles()
    place: str = ""
    ended: bool = False

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns that the report cannot do without."""
        return tuple(column for column in self.columns if column.required)

    @property
    def typical(self) -> tuple[Column, ...]:
        """The columns that tell it from other reports: not the period's, not the publisher's."""
        shared = {"date_granularity", "date_reference", "publisher_id", "publisher_name"}
        return tuple(c for c in self.columns if c.name not in shared and not c.optional)

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises
        ------
        KeyError
            If the report has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def snake_case(header: str) -> str:
    """Return the normal form of a header: ``DATE_REFERENCE``, ``Action day``, ``pullCount``.

    Case is folded and every run of other characters becomes one underscore; a capital after a
    small letter starts a new word.
    """
    return _OTHER.sub("_", _CAMEL.sub("_", header.strip())).strip("_").casefold()


@lru_cache(maxsize=4096)
def match_key(header: str) -> str:
    """Return what two spellings of one header share, ``actionday``."""
    return snake_case(header).replace("_", "")


def title_of(kind: str) -> str:
    """Return what Docker calls a report; a report that the schema does not know is called so."""
    return REPORTS[kind].title if kind in REPORTS else f"{kind} report"


def find_kind(text: str) -> str | None:
    """Return the kind that a text names (``trend``, ``Tracked companies``), or None."""
    return _KINDS.get(match_key(text))


# -- Columns that several reports share -------------------------------------------------------

_GRANULARITY = Column(
    "date_granularity",
    "DATE_GRANULARITY",
    ("granularity",),
    meaning="Whether the row covers a week or a month.",
    required=True,
)
_REFERENCE_DATE = Column(
    "date_reference",
    "DATE_REFERENCE",
    ("reference_date",),
    "date",
    meaning="The first day of the week or month.",
    required=True,
)
_PUBLISHER = Column(
    "publisher_name",
    "PUBLISHER_NAME",
    ("publisher",),
    meaning="The organization that owns the repository.",
)
_COUNTRY = Column(
    "ip_country",
    "IP_COUNTRY",
    ("country", "country_code"),
    meaning="The country of the request, ISO 3166-1 alpha-2.",
    note='Namibia\'s code is "NA".',
)
_CLOUD = Column(
    "cloud_service_provider",
    "CLOUD_SERVICE_PROVIDER",
    ("csp", "cloud_provider"),
    meaning='The cloud that the request came from, or "no csp".',
)
_AGENT = Column("user_agent", "USER_AGENT", meaning="The client that pulled.")
_DVP_REPOSITORY = Column(
    "image_repository",
    "IMAGE_REPOSITORY",
    ("repository",),
    meaning="The repository's full name.",
    required=True,
)
_OWN_IMAGE = Column(
    "dvpp_image", "DVPP_IMAGE", ("dvp_image",), meaning="Your repository.", required=True
)
_PAIRED_IMAGE = Column(
    "paired_image",
    "PAIRED_IMAGE",
    meaning="Another repository that the same people pulled.",
    required=True,
)
_COMPANY = Column("domain", "DOMAIN", meaning="A company's domain.", required=True)
_OWNER = Column(
    "owner",
    "Owner",
    ("owner_name",),
    meaning="The organization that owns the repository.",
    since=dt.date(2022, 12, 19),
)
_PERIOD = (_GRANULARITY, _REFERENCE_DATE)


def _sum(name: str, header: str, unit: str, meaning: str, *aliases: str) -> Column:
    return Column(name, header, aliases, "count", unit, meaning, additive=True, required=True)


def _people(name: str, header: str, unit: str, meaning: str, *aliases: str) -> Column:
    note = "Counted once per row: over rows or periods, at least the largest, at most the sum."
    return Column(name, header, aliases, "count", unit, meaning, note=note)


_DATA_DOWNLOADS = _sum(
    "data_downloads", "DATA_DOWNLOADS", "downloads", "Downloads of image data.", "downloads"
)
_VERSION_CHECKS = _sum(
    "version_checks",
    "VERSION_CHECKS",
    "checks",
    "HEAD requests that looked for an update and downloaded nothing.",
)
_PULLS = _sum("pulls", "PULLS", "pulls", "Data downloads plus version checks.")
_AUTHENTICATED = _people(
    "unique_authenticated_users",
    "UNIQUE_AUTHENTICATED_USERS",
    "users",
    "Signed-in users who pulled.",
)
_PULL_TOTAL = ("pulls", ("data_downloads", "version_checks"))
_EVENTS: Mapping[str, Sum | Count] = {
    "pulls": Sum(("pulls",)),
    "data_downloads": Sum(("data_downloads",)),
    "version_checks": Sum(("version_checks",)),
}
_USERS = ("unique_authenticated_users", "unique_unauthenticated_users")

_EXTENSION = Column(
    "extension",
    "Extension",
    ("extension_name", "name", "repository", "repo", "image"),
    meaning="The extension; the documented columns do not name it.",
    optional=True,
)
_EXTENSION_SINCE = dt.date(2024, 2, 1)


def _extension(
    name: str, header: str, meaning: str, *, additive: bool = True, required: bool = False
) -> Column:
    return Column(
        name,
        header,
        (),
        "count",
        "users" if name.startswith("unique") else "events",
        meaning,
        additive=additive,
        since=_EXTENSION_SINCE,
        required=required,
    )


def _raw(
    name: str,
    header: str,
    meaning: str,
    *aliases: str,
    dtype: Dtype = "text",
    since: dt.date | None = None,
    required: bool = False,
) -> Column:
    first = dt.date(2022, 1, 1)
    return Column(
        name, header, aliases, dtype, meaning=meaning, since=since or first, required=required
    )


# -- The reports ------------------------------------------------------------------------------

_ALL = (
    Report(
        "summary",
        "Summary",
        "a reference at one level in one period",
        (
            *_PERIOD,
            _PUBLISHER,
            Column(
                "level",
                "LEVEL",
                ("aggregation_level",),
                meaning="What the reference is: repository, tag, digest, namespace or publisher.",
                required=True,
                note="Levels restate the same events: never sum across them.",
            ),
            Column(
                "reference",
                "REFERENCE",
                meaning="The repository, tag or digest that is summed up.",
                required=True,
            ),
            _DATA_DOWNLOADS,
            _VERSION_CHECKS,
            _sum("event_count", "EVENT_COUNT", "pulls", "Data downloads plus version checks."),
        ),
        "columns",
        total=("event_count", ("data_downloads", "version_checks")),
        roles=Roles(
            # The reference names a repository at the level of that name.
            repository="reference",
            reference="reference",
            definition="events",
            measures={**_EVENTS, "pulls": Sum(("event_count",))},
            # It states the same events at several levels: take one, never the sum.
            repositories=(Rows("repository"),),
            tags=(Rows("tag"),),
            digests=(Rows("digest"),),
        ),
        place="Analytics > Overview",
    ),
    Report(
        "trends",
        "Trends",
        "repository × country × cloud × client × tag in one period",
        (
            *_PERIOD,
            _PUBLISHER,
            _DVP_REPOSITORY,
            Column("namespace", "NAMESPACE", meaning="The namespace that owns the repository."),
            _COUNTRY,
            _CLOUD,
            _AGENT,
            Column(
                "tag",
                "TAG",
                ("image_tag",),
                meaning="The tag that was pulled; missing for a pull by digest.",
                required=True,
                note="Missing in most pulls: to drop those rows is to understate everything.",
            ),
            _DATA_DOWNLOADS,
            _VERSION_CHECKS,
            _PULLS,
            _AUTHENTICATED,
            _people(
                "unique_unauthenticated_users",
                "UNIQUE_UNAUTHENTICATED_USERS",
                "users",
                "Users who pulled without signing in.",
            ),
        ),
        "columns",
        ("trend",),
        _PULL_TOTAL,
        roles=Roles(
            repository="image_repository",
            reference="tag",
            definition="events",
            measures=_EVENTS,
            dimensions={
                "country": "ip_country",
                "cloud": "cloud_service_provider",
                "client": "user_agent",
                "tag": "tag",
            },
            people=_USERS,
            tags=(Rows(),),
        ),
        place="Analytics > Trends",
    ),
    Report(
        "technographic",
        "Technographic",
        "your image paired with another image in one period",
        (
            *_PERIOD,
            Column("publisher_id", "PUBLISHER_ID", meaning="The publisher's identifier."),
            _PUBLISHER,
            _OWN_IMAGE,
            _PAIRED_IMAGE,
            _people("users", "USERS", "users", "Users who pulled both images (at least 10)."),
            _people(
                "total_pullers",
                "TOTAL_PULLERS",
                "users",
                "Users who pulled your image; the same on every row of an image.",
            ),
            Column(
                "pct_users",
                "PCT_USERS",
                ("percent_users",),
                "share",
                meaning="users / total_pullers.",
                ratio=("users", "total_pullers"),
            ),
            _people("domains", "DOMAINS", "domains", "Companies that pulled both images."),
            _people(
                "total_domains",
                "TOTAL_DOMAINS",
                "domains",
                "Companies that pulled your image; the same on every row of an image.",
            ),
            Column(
                "pct_domains",
                "PCT_DOMAINS",
                ("percent_domains",),
                "share",
                meaning="domains / total_domains.",
                ratio=("domains", "total_domains"),
            ),
        ),
        "columns",
        ("technographics",),
        roles=Roles(repository="dvpp_image"),
        place="Analytics > Technographic",
    ),
    Report(
        "technographic_companies",
        "Technographic companies",
        "company domain × your image × paired image in one period",
        (*_PERIOD, _PUBLISHER, _COMPANY, _OWN_IMAGE, _PAIRED_IMAGE),
        "columns",
        ("technographic_company", "technographics_companies"),
        roles=Roles(repository="dvpp_image", dimensions={"domain": "domain"}),
        place="Analytics > Technographic",
    ),
    Report(
        "tracked_companies",
        "Tracked companies",
        "domain × country × cloud × client × use case × repository in one period",
        (
            *_PERIOD,
            _PUBLISHER,
            _COMPANY,
            _COUNTRY,
            _CLOUD,
            _AGENT,
            Column(
                "inferred_use_case",
                "INFERRED_USE_CASE",
                ("use_case",),
                meaning="Local Dev, CI/CD, Prod or Unknown, inferred from client and cloud.",
            ),
            _DVP_REPOSITORY,
            _DATA_DOWNLOADS,
            _VERSION_CHECKS,
            _PULLS,
            _AUTHENTICATED,
        ),
        "columns",
        ("tracked_company",),
        _PULL_TOTAL,
        roles=Roles(
            repository="image_repository",
            definition="events",
            measures=_EVENTS,
            dimensions={
                "country": "ip_country",
                "cloud": "cloud_service_provider",
                "client": "user_agent",
                "use_case": "inferred_use_case",
                "domain": "domain",
            },
            people=_USERS[:1],
            everybody=False,
        ),
        place="Analytics > Tracked Companies",
    ),
    Report(
        "image_pulls_raw",
        "Image pulls raw data",
        "one pull action",
        (
            _raw("action", "Action", "pull_by_tag, pull_by_digest or version_check.",
                 "action_type", required=True),
            _raw("action_day", "Action day", "The date of the action.", "day", "date",
                 dtype="date", required=True),
            _raw("country", "Country", "The country of the request.", "ip_country", "country_code"),
            _raw("digest", "Digest", "The image's digest.", "image_digest"),
            _raw("http_method", "HTTP method", "GET or HEAD.", "method", "request_method"),
            _raw("host", "Host", "The cloud service provider.", "cloud_service_provider", "csp"),
            _raw("namespace", "Namespace", "The organization.", "org", "organization"),
            _raw("reference", "Reference", "The tag or digest that was asked for.", "ref"),
            _raw("repository", "Repository", "The image's name, without its namespace.",
                 "repo", "repository_name", "image", required=True),
            _raw("tag", "Tag", "The tag, where the request named one.", "image_tag", "tag_name"),
            _raw("timestamp", "Timestamp", "When the request came, UTC.", "time", "datetime",
                 "action_timestamp", dtype="timestamp"),
            _raw("type", "Type", "business, isp, hosting, education or null.",
                 "ip_type", "industry"),
            _raw("user_agent_tool", "User agent tool", "The client.", "ua_tool", "tool"),
            _raw("user_agent_version", "User agent version", "The client's version.",
                 "ua_version", "tool_version"),
            _raw("domain", "Domain", "The company or provider that owns the address.",
                 "ip_domain", since=dt.date(2022, 10, 11)),
            _OWNER,
        ),
        "days",
        ("raw", "image_pulls", "pulls_raw"),
        roles=Roles(
            publisher="namespace",
            repository="repository",
            reference="tag",
            definition="actions",
            measures={
                "pulls": Count("action", ("pull_by_tag", "pull_by_digest")),
                "version_checks": Count("action", ("version_check",)),
            },
            dimensions={
                "country": "country",
                "cloud": "host",
                "client": "user_agent_tool",
                "tag": "tag",
                "industry": "type",
                "domain": "domain",
            },
            tags=(Rows(),),
            preference=1,
        ),
        place="Insights and analytics > Images",
        ended=True,
    ),
    Report(
        "image_pulls_summary",
        "Image pulls summary data",
        "repository, or repository × reference (tag or digest)",
        (
            Column("namespace", "Namespace", ("org", "organization"), meaning="The organization."),
            Column(
                "repository",
                "Repository",
                ("repo", "repository_name", "image"),
                meaning="The image's name, without its namespace.",
                required=True,
            ),
            Column(
                "reference",
                "Reference",
                ("ref", "tag_or_digest"),
                meaning="The tag or digest; missing throughout at the repository level.",
                optional=True,
            ),
            _people(
                "unique_ip_address",
                "Unique IP address",
                "addresses",
                "IP addresses that asked for the image.",
                "unique_ip_addresses",
                "unique_ips",
                "unique_ip",
                "unique_ip_count",
                "ip_count",
            ),
            _sum("pull_by_tag", "Pull by tag", "pulls", "GET requests by tag.", "pulls_by_tag",
                 "pull_by_tag_count"),
            _sum("pull_by_digest", "Pull by digest", "pulls", "Requests by digest.",
                 "pulls_by_digest", "pull_by_digest_count"),
            _sum("version_check", "Version check", "checks", "HEAD by tag without a GET after it.",
                 "version_checks", "version_check_count"),
            _OWNER,
        ),
        "name",
        ("repo_summary", "pulls_summary", "legacy_summary"),
        roles=Roles(
            publisher="namespace",
            repository="repository",
            reference="reference",
            definition="actions",
            measures={
                "pulls": Sum(("pull_by_tag", "pull_by_digest")),
                "version_checks": Sum(("version_check",)),
            },
            repositories=(Rows(view="repository"), Rows(view="reference")),
            tags=(Rows(view="reference"),),
            digests=(Rows(view="reference"),),
        ),
        place="Insights and analytics > Images",
        ended=True,
    ),
    Report(
        "extension_core",
        "Extension core summary",
        "one extension",
        (
            _EXTENSION,
            _extension("installs", "Installs", "Installs.", required=True),
            _extension("total_installs", "TotalInstalls", "Installs of all times.",
                       additive=False, required=True),
            _extension("uninstalls", "Uninstalls", "Uninstalls."),
            _extension("total_uninstalls", "TotalUninstalls", "Uninstalls of all times.",
                       additive=False),
            _extension("updates", "Updates", "Updates."),
        ),
        "name",
        ("core", "core_summary", "extension_core_summary"),
        roles=Roles(publisher="", repository="extension"),
        place="Insights and analytics > Extensions",
    ),
    Report(
        "extension_premium",
        "Extension premium summary",
        "one extension",
        (
            _EXTENSION,
            _extension("installs", "Installs", "Installs.", required=True),
            _extension("unique_installs", "UniqueInstalls", "Users who installed.",
                       additive=False, required=True),
            _extension("uninstalls", "Uninstalls", "Uninstalls."),
            _extension("unique_uninstalls", "UniqueUninstalls", "Users who uninstalled.",
                       additive=False),
            _extension("usage", "Usage", "Openings of the extension's tab."),
            _extension("unique_users", "UniqueUsers", "Users who opened the tab.",
                       additive=False),
        ),
        "name",
        ("premium", "premium_summary", "extension_premium_summary"),
        roles=Roles(publisher="", repository="extension"),
        place="Insights and analytics > Extensions",
    ),
    Report(
        "pulls",
        "Pull data (API)",
        "repository in one period",
        (
            Column("start", "start", (), "date", meaning="The period's first day.", required=True),
            Column("end", "end", (), "date", meaning="The period's last day.", required=True),
            Column("repo", "repo", meaning="The repository, as the answer writes it."),
            Column("namespace", "namespace", meaning="The namespace."),
            Column(
                "pull_count",
                "pullCount",
                ("pulls",),
                "count",
                "pulls",
                "Pulls, by a definition of the API's own.",
                additive=True,
                required=True,
                note="Need not equal the reports' counts: never on one line with them.",
            ),
            _people("ip_count", "ipCount", "addresses", "IP addresses that pulled."),
            Column("country", "country", optional=True, meaning="The country, where asked for."),
            Column(
                "repository",
                "repository",
                optional=True,
                meaning="The full name, namespace/repository, from the answer's outer key.",
            ),
        ),
        "fields",
        ("pull_data",),
        roles=Roles(
            publisher="namespace",
            repository="repository",
            definition="API",
            measures={"pulls": Sum(("pull_count",))},
            # The API's points come in late, one repository at a time.
            absent_is_zero=False,
        ),
    ),
)  # fmt: skip

REPORTS: dict[str, Report] = {}
"""Every report by kind."""

_KINDS = {match_key(UNKNOWN): UNKNOWN}


def declare(report: Report) -> None:
    """Make a report known: read, kept, counted and documented by what it says of itself.

    It comes after those that are known, and before anything is read: who counts what is decided
    when `insights_nb.counts` is imported.
    """
    REPORTS[report.kind] = report
    for name in (report.kind, report.title, *report.aliases):
        _KINDS.setdefault(match_key(name), report.kind)


for _report in _ALL:
    declare(_report)
