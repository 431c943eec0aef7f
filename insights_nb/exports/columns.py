"""Every column that this package's frames have: what it means, in what unit, when it is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from insights_nb.exports.frames import Frame
from insights_nb.schema import REPORTS
from insights_nb.schema import Column as ReportColumn

RATIO = "ratio"
"""The unit of what is shown as percent: 0.12 is 12 %."""


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    name
        Its header.
    meaning
        One sentence.
    unit
        What a count counts, or `RATIO`; empty for text, dates and plain numbers.
    missing
        When a cell is empty; nothing where it never is.
    frames
        The functions whose column means this; empty for all others of that name.
    """

    name: str
    meaning: str
    unit: str = ""
    missing: str = ""
    frames: tuple[str, ...] = ()


def column_of(name: str, frame: Frame | None) -> Column | None:
    """Return what a column of a frame means, or None where nobody has said."""
    if frame is not None and frame.kind:
        return _LEADING.get(name) or _reported(frame.kind, name)
    meant = [one for one in COLUMNS if one.name == name]
    if frame is not None:
        for one in meant:
            if frame.name in one.frames:
                return one
    return next((one for one in meant if not one.frames), None)


def _reported(kind: str, name: str) -> Column | None:
    found: Mapping[str, ReportColumn] = {column.name: column for column in REPORTS[kind].columns}
    if name not in found:
        return None
    column = found[name]
    unit = RATIO if column.dtype == "share" else column.unit
    meaning = " ".join(part for part in (column.meaning, column.note) if part)
    return Column(name, meaning, unit, "Where the report says nothing.")


_NOT_HELD = "Where no report is held."
_UNCOUNTED = "Where no report is held, or it has no such count."
_UNKNOWN = "Where a count that it is made of is unknown."
_SEEN = "Where it never was in a held period."
_UNTOLD = "Where the report names none."
_GONE = "Where the report is held, or its source was never asked or does not tell."
_LEAST = "at least: no row or period has more"
_MOST = "at most: rows or periods added up, in which one can be counted again"
_COMPARED = ("changes", "movers", "contributions", "revisions")
_TAGGED = ("tag_pulls", "cohorts", "still_used")


def _pair(name: str, what: str, unit: str, missing: str = _UNCOUNTED) -> tuple[Column, Column]:
    return (
        Column(f"{name}_at_least", f"{what}, {_LEAST}.", unit, missing),
        Column(f"{name}_at_most", f"{what}, {_MOST}.", unit, missing),
    )


COLUMNS: tuple[Column, ...] = (
    # When
    Column("period", "The first day of the week (a Monday) or of the month."),
    Column("granularity", 'Whether the period is a "week" or a "month".', "", _UNTOLD),
    Column("label", "The period's name, 2026-W47 or 2026-11.", "", _UNTOLD),
    Column("label", "The event, in words.", "", "For a bare day.", ("effect", "first_seen_events")),
    Column("date", "The day of the event."),
    Column("first_seen", "The first day of the first period that has it.", "", _SEEN),
    Column("last_seen", "The first day of the last period that has it.", "", _SEEN),
    Column("first_period", "The first day of the first period with pulls.", "", _SEEN),
    Column("last_period", "The first day of the last period with pulls.", "", _SEEN),
    Column(
        "last_absent",
        "The first day of the last held period before it had pulls.",
        "",
        "Where no held period without it comes before.",
    ),
    Column("start", "When its first request came."),
    Column("end", "When its last request came."),
    Column("days", "Days since the first day of the release's first period.", "days"),
    # What and whose
    Column("repository", "The repository's full name; or what is added up, in words.", "", _UNTOLD),
    Column(
        "repository",
        "The repository; an extension or image where the report has no repositories.",
        "",
        _UNTOLD,
        ("revisions",),
    ),
    Column("publisher", "The publisher that the extension is of.", "", _UNTOLD),
    Column("namespace", "The publisher that the report is of.", "", _UNTOLD),
    Column("extension", "The extension.", "", "Where the files do not name it."),
    Column("tag", "The tag.", "", "For pulls by digest, which are most."),
    Column("digest", "The digest.", "", "Where it is not known."),
    Column("cohort", 'The version, "latest", "by digest", or "other" for what is none.'),
    Column(
        "cohort",
        'The major version that the release is of, or "all versions".',
        frames=("adoption_curves", "release_adoption"),
    ),
    Column("variant", "What follows the version in the tag, such as alpine.", "", "Without one."),
    Column("release", "The release: a version with its minor, or as asked for."),
    Column("country", 'The country, ISO 3166-1 alpha-2; Namibia\'s code is "NA".', "", _UNTOLD),
    Column("cloud", 'The cloud that the request came from, or "no csp".', "", _UNTOLD),
    Column("client", "The client that pulled.", "", _UNTOLD),
    Column("use_case", "What it was pulled for, as far as client and cloud tell.", "", _UNTOLD),
    Column("domain", "The company's domain.", "", "For pulls that name none."),
    Column("paired_image", "Another image that the same people or companies pulled."),
    Column("source", "The report kind that it was counted from.", "", "Where none, or several."),
    Column("definition", 'What is called a pull: "events", "actions" or "API".'),
    Column("url", "Where to read on.", "", "Without one."),
    # How many
    Column("pulls", "Pulls, in what the source calls one.", "pulls", _UNCOUNTED),
    Column("data_downloads", "Downloads of image data.", "downloads", _UNCOUNTED),
    Column(
        "version_checks",
        "Requests that looked for an update and downloaded nothing.",
        "checks",
        _UNCOUNTED,
    ),
    Column("pulls_by_tag", "Pulls that asked for a tag.", "pulls", _UNCOUNTED),
    Column("pulls_by_digest", "Pulls that asked for a digest.", "pulls", _UNCOUNTED),
    Column("pulls_before", "Pulls in the earlier periods.", "pulls", _NOT_HELD),
    Column("pulls_after", "Pulls in the later periods.", "pulls", _NOT_HELD),
    Column("pulls_last", "Pulls in the newest held period.", "pulls", _NOT_HELD),
    Column("total", "The measure over the counts that are known.", "as measured", _NOT_HELD),
    Column("tags", "How many of its tags had pulls.", "tags", _NOT_HELD),
    Column("repositories", "How many repositories it is of.", "repositories", _NOT_HELD),
    Column("values", "How many values are added up in this row.", "values"),
    Column("event_count", "How many requests it is made of.", "requests"),
    Column("events", "Which requests it is made of: labels of the frame's index, as JSON."),
    Column(
        "kind", "The report kind, or for an action version_check, pull_by_tag or pull_by_digest."
    ),
    # Shares
    Column("share", "Its share of the whole.", RATIO, _UNKNOWN),
    Column(
        "share",
        "Its share of its repository's pulls, those by digest included.",
        RATIO,
        _UNKNOWN,
        (*_TAGGED, "first_seen_events"),
    ),
    Column(
        "share",
        "Its share of its version's pulls in the period (the newest held one).",
        RATIO,
        _UNKNOWN,
        ("adoption_curves", "release_adoption"),
    ),
    Column(
        "share",
        "Its share of the pulls of all digests of the repository.",
        RATIO,
        _UNKNOWN,
        ("top_digests",),
    ),
    Column("share", "Its share of the period's pulls.", RATIO, _UNKNOWN, ("audience",)),
    Column(
        "share",
        "Its share of the measure of all repositories of its definition.",
        RATIO,
        _UNKNOWN,
        ("repository_totals",),
    ),
    Column(
        "share",
        "Its share of all companies' measure.",
        RATIO,
        _UNKNOWN,
        ("heavy_users", "company_profiles"),
    ),
    Column("share", "Its share of all companies.", RATIO, "", ("popular_pairs",)),
    Column("share_before", "Its share in the earlier periods.", RATIO, _UNKNOWN),
    Column("share_after", "Its share in the later periods.", RATIO, _UNKNOWN),
    Column("share_last", "Its share in the newest held period.", RATIO, _UNKNOWN),
    Column("share_of_change", "Its share of the total's change.", RATIO, _UNKNOWN),
    Column(
        "download_share",
        "Downloads among downloads and version checks together.",
        RATIO,
        "Where both are 0 or one is unknown.",
    ),
    Column("share_at_least", "Signed-in users among all, at least.", RATIO, _UNKNOWN),
    Column("share_at_most", "Signed-in users among all, at most.", RATIO, _UNKNOWN),
    # Changes
    Column("before", "The measure in the earlier period.", "as measured", _NOT_HELD),
    Column("after", "The measure in the later period.", "as measured", _NOT_HELD),
    Column(
        "before",
        "The measure per period held of the earlier ones (their median, in effect).",
        "as measured",
        _NOT_HELD,
        ("company_changes", "effect"),
    ),
    Column(
        "after",
        "The measure per period held of the later ones (their median, in effect).",
        "as measured",
        _NOT_HELD,
        ("company_changes", "effect"),
    ),
    Column("change", "After less before.", "as measured", _UNKNOWN, _COMPARED),
    Column(
        "change",
        "The change since the period before: 0.12 is 12 % more.",
        RATIO,
        "In a first period, after a gap and after a zero.",
        ("growth", "collection_pulls"),
    ),
    Column(
        "change",
        "The change from before to after: 0.12 is 12 % more.",
        RATIO,
        "For a new company, and where a side is unknown.",
        ("company_changes",),
    ),
    Column(
        "change",
        "The second half of the held periods against the first: -0.4 is 40 % less.",
        RATIO,
        "Where the first half has none.",
        ("still_used",),
    ),
    Column(
        "change",
        "The difference of the shares: 0.05 is five points more.",
        RATIO,
        _UNKNOWN,
        ("gaining",),
    ),
    Column("ratio", "The change by what was before: 0.12 is 12 % more.", RATIO, _UNKNOWN),
    Column("ratio", "After by before: 1.12 is 12 % more.", "times", _UNKNOWN, ("effect",)),
    Column(
        "ratio",
        "Downloads per version check.",
        "times",
        "Where there were no checks, or one is unknown.",
        ("downloads_and_checks",),
    ),
    Column("ratio_low", "The lower end of the ratio's interval.", "times", "With too few periods."),
    Column(
        "ratio_high", "The upper end of the ratio's interval.", "times", "With too few periods."
    ),
    Column("difference", "After less before, per period.", "as measured", _UNKNOWN, ("effect",)),
    Column(
        "difference_low",
        "The lower end of the difference's interval.",
        "as measured",
        "With too few periods.",
    ),
    Column(
        "difference_high",
        "The upper end of the difference's interval.",
        "as measured",
        "With too few periods.",
    ),
    Column("direction", 'Whether it went "up" or "down".'),
    Column("status", "What became of it, from before to after.", "", "Where a side is not held."),
    Column(
        "status",
        'Whether the report is "available", "revised", "missing", "expected" or "overdue".',
        frames=("coverage",),
    ),
    Column("note", "What to bear in mind of the row.", "", "Where there is nothing."),
    # Companies and people
    *_pair("unique_authenticated_users", "Signed-in users", "users"),
    *_pair("unique_unauthenticated_users", "Users who did not sign in", "users"),
    *_pair("unique_ip_addresses", "IP addresses", "addresses"),
    *_pair("unique_installs", "People who installed the extension", "people"),
    *_pair("unique_uninstalls", "People who removed the extension", "people"),
    *_pair("unique_users", "People who opened the extension", "people"),
    *_pair("users", "People who pulled both images", "users", "Where the report does not tell."),
    *_pair("domains", "Companies that pulled both", "companies", "Where the report does not tell."),
    Column("users", "People who pulled both images.", "users", "Where the pair is not listed."),
    Column("users_before", "People who pulled both, before.", "users", "Where it is not listed."),
    Column("users_after", "People who pulled both, after.", "users", "Where it is not listed."),
    Column("total_pullers", "People who pulled your image at all.", "users", _UNTOLD),
    Column("domains", "Companies that pulled both.", "companies", "Where the pair is not listed."),
    Column("total_domains", "Companies that pulled your image at all.", "companies", _UNTOLD),
    Column("pct_users", "The pair's users among the image's.", RATIO, "Where it is not listed."),
    Column("pct_domains", "The pair's companies among the image's.", RATIO, "Where not listed."),
    Column("pct_users_before", "The share of users, before.", RATIO, "Where it is not listed."),
    Column("pct_users_after", "The share of users, after.", RATIO, "Where it is not listed."),
    Column("pct_users_change", "The difference of the shares of users.", RATIO, _UNKNOWN),
    Column("pct_domains_before", "The share of companies, before.", RATIO, "Where not listed."),
    Column("pct_domains_after", "The share of companies, after.", RATIO, "Where not listed."),
    Column("pct_domains_change", "The difference of the shares of companies.", RATIO, _UNKNOWN),
    Column("listed", "Whether the period's report names the pair.", "", _NOT_HELD),
    Column("companies", "Companies that run it, each counted once.", "companies"),
    Column("current", "Whether the newest report held names it.", "", _NOT_HELD),
    Column(
        "current",
        "Companies that the newest report held names.",
        "companies",
        "",
        ("popular_pairs",),
    ),
    Column("tracked", "Whether Tracked companies names it.", "", _NOT_HELD),
    Column("related", "How many related images it runs.", "images", _NOT_HELD),
    # Extensions
    Column("installs", "Installs of the extension.", "events", _NOT_HELD),
    Column("uninstalls", "Removals of the extension.", "events", _NOT_HELD),
    Column("net", "Installs less removals.", "events", _NOT_HELD),
    Column("updates", "Updates of the extension.", "events", _NOT_HELD),
    Column("usage", "How often the extension's tab was opened.", "events", _NOT_HELD),
    Column("total_installs", "Installs of all times, as of the period's end.", "events", _NOT_HELD),
    Column("total_uninstalls", "Removals of all times, likewise.", "events", _NOT_HELD),
    Column("total_net", "Installs less removals of all times.", "events", _NOT_HELD),
    # Periods counted
    Column("missing", "How many periods are not known.", "periods"),
    Column("periods_missing", "How many periods of the window are missing.", "periods"),
    Column("periods", "How many periods have it.", "periods"),
    Column("periods_available", "How many periods are available.", "periods"),
    Column("periods_before", "How many periods before are held.", "periods"),
    Column("periods_after", "How many periods after are held.", "periods"),
    Column("quiet_periods", "Held periods since the last with pulls.", "periods", _SEEN),
    Column(
        "periods_to_10",
        "Periods until its share was 10 %.",
        "periods",
        "Where it never was, or may be older.",
    ),
    Column(
        "days_to_10",
        "Days until its share was 10 %.",
        "days",
        "Where it never was, or may be older.",
    ),
    Column(
        "periods_to_50",
        "Periods until its share was 50 %.",
        "periods",
        "Where it never was, or may be older.",
    ),
    Column(
        "days_to_50",
        "Days until its share was 50 %.",
        "days",
        "Where it never was, or may be older.",
    ),
    Column("censored", "Whether no held period without it comes before, so it may be older."),
    Column("after_gap", "Whether the period before is not held, so it may be older."),
    # Checks
    Column("check", "What is checked."),
    Column("compared", "The two sides, in words."),
    Column("scale", "How the files state the share: 0–1, 0–100 or both.", "", "For totals."),
    Column("rows", "How many rows were compared.", "rows"),
    Column("differ", "How many of them differ by more than rounding.", "rows"),
    Column("largest_difference", "The largest difference.", "as checked", "Without any row."),
    Column("series", "The repository, publisher or level that is compared."),
    Column("measure", "What is counted."),
    Column("left", "The left side's number.", "as measured"),
    Column("right_at_least", "The right side's number, at least.", "as measured", _UNKNOWN),
    Column("right_at_most", "The right side's number, at most.", "as measured", _UNKNOWN),
    Column("difference", "By how much the left side is out.", "as measured", _UNKNOWN),
    Column("verdict", "What follows from it."),
    Column("reason", "Why the sides are not equal.", "", "Where they are."),
    # What is held
    Column("files", "Original files, revisions and parts included.", "files"),
    Column("revisions", "How often the report was revised after it first came.", "revisions"),
    Column("revision", "Which revision it is, 1 for the first.", "revisions"),
    Column("empty", "Whether it is held and has no row: nothing happened, or a broken download."),
    Column("added", "When it came, in UTC."),
    Column("due", "The day on which Docker publishes the report."),
    Column("newest", "The newest period held of the series, by label."),
    Column("first", "The first period held of the series, by label."),
    Column("age", "Days since the newest period was due.", "days"),
    Column("ages_out", "The day from which its source lists it no more.", "", _GONE),
    Column("at_risk", "Whether it is not held, and gone before the next run."),
    Column("gone", "Whether it is not held, and listed no more."),
    Column("ended", "Whether the series brought nothing for more than half a year."),
    Column("available", "How many periods are available.", "periods"),
    Column("revised", "How many of these were revised.", "periods"),
    Column("expected", "How many were closed a few days ago and may still come.", "periods"),
    Column("overdue", "How many should be there and are not.", "periods"),
    Column("next_due", "When the next report is published.", "", "Where the series has ended."),
    Column("missing", "How many periods in between are not held.", "periods", "", ("status",)),
    Column("at_risk", "How many are gone before the next run.", "periods", "", ("status",)),
    Column("gone", "How many are listed no more.", "periods", "", ("status",)),
)
"""In the order in which the documentation has them."""

_LEADING = {one.name: one for one in COLUMNS if one.name in {"granularity", "period"}}
