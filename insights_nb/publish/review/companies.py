"""Companies that are new or stopped pulling, and new image pairings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from insights_nb.charts.companies import STATUS_LABELS
from insights_nb.counts.companies import TRACKED
from insights_nb.counts.pairs import TECHNOGRAPHIC
from insights_nb.metrics import companies as company_metrics
from insights_nb.metrics import ecosystem
from insights_nb.periods import Period
from insights_nb.publish.review.numbers import counted, grown, listed, percent, whole
from insights_nb.publish.review.pieces import (
    Column,
    Piece,
    Row,
    Section,
    Table,
    Words,
    note,
    numbers,
    texts,
)
from insights_nb.publish.review.subject import Subject
from insights_nb.schema import REPORTS

_MOST = 20
_NO_DOMAIN = "no company named"


def companies(of: Subject) -> Section:
    """Say which companies are new, and which stopped pulling."""
    frame = company_metrics.companies(of.archive, of.selection, periods=[of.base, of.month])
    if unknown := _unknown(of, frame, TRACKED, "pulls"):
        return Section([Words(unknown, "nothing")], {"companies": frame})
    changed = company_metrics.company_changes(frame, of.base.label, of.month.label)
    pieces: list[Piece] = [Words(_counts(of, frame, changed))]
    for status, title in (("new", "New companies"), ("lapsed", "Companies that stopped pulling")):
        pieces += _listed(of, changed[changed["status"] == status], status, title)
    pieces += _largest(of, changed)
    pieces.append(
        note(
            "The report covers the companies that the account tracks. A new one may have been "
            "tracked only from then on."
        )
    )
    return Section(pieces, {"companies": frame, "changes": changed})


def pairs(of: Subject) -> Section:
    """Say which image pairings are new."""
    frame = ecosystem.paired_images(of.archive, of.selection, periods=[of.base, of.month])
    if unknown := _unknown(of, frame, TECHNOGRAPHIC, "listed"):
        return Section([Words(unknown, "nothing")], {"pairs": frame})
    changed = ecosystem.pair_changes(frame, of.base, of.month)
    appeared = changed[changed["status"] == "appeared"]
    gone = int(changed["status"].eq("vanished").sum())
    text = (
        f"Since {of.base.dates}: {counted(len(appeared), 'new image pairing')}, {gone:,} gone. In "
        f"either month there were {len(changed):,}."
    )
    pieces: list[Piece] = [Words(text)]
    if len(appeared):
        pieces.append(_appeared(of, appeared))
    pieces.append(
        note(
            "The report leaves out pairings with fewer than ten users, so a new one may have had "
            "up to nine before."
        )
    )
    return Section(pieces, {"pairs": frame, "changes": changed})


def _unknown(of: Subject, frame: pd.DataFrame, kind: str, column: str) -> str:
    """Say why a report does not cover the two months, or nothing where it does."""
    periods, title = (of.base, of.month), REPORTS[kind].title
    available = set().union(*of.archive.available(kind, "month").values())
    missing = [one for one in periods if one not in available or _nothing(frame, one, column)]
    if missing:
        return f"The {title} report for {listed([one.dates for one in missing])} is missing."
    if frame.empty:
        dates = listed([one.dates for one in periods])
        return f"The {title} reports of {dates} name none of the repositories."
    return ""


def _nothing(frame: pd.DataFrame, period: Period, column: str) -> bool:
    """Tell whether what there is of a month is all unknown."""
    own = frame.loc[frame["period"] == pd.Timestamp(period.start), column]
    return bool(len(own) and own.isna().all())


def _counts(of: Subject, frame: pd.DataFrame, changed: pd.DataFrame) -> str:
    own = frame[(frame["period"] == pd.Timestamp(of.month.start)) & frame["domain"].notna()]
    number = int((own["pulls"] > 0).sum())
    status = changed["status"]
    # What is steady is one that changed by no more than that.
    named = STATUS_LABELS | {"steady": "steady (within 10 %)"}
    other = ", ".join(
        f"{int(status.eq(name).sum()):,} {named.get(name, name)}"
        for name in company_metrics.STATUSES
    )
    return (
        f"{counted(number, 'tracked company', 'tracked companies')} pulled in {of.month.dates}. "
        f"Compared with {of.base.dates}: {other}."
    )


def _listed(of: Subject, own: pd.DataFrame, status: str, title: str) -> list[Piece]:
    if own.empty:
        return []
    month, side = (of.month, "after") if status == "new" else (of.base, "before")
    columns = [Column("Company", number=False), Column(f"Pulls in {month.dates}")]
    rows = [
        Row([_domain(row["domain"]), whole(row[side])])
        for row in own.head(_MOST).to_dict("records")
    ]
    caption = title if len(own) <= _MOST else f"{title}, the largest {_MOST} of {len(own):,}"
    return [Table(f"companies-{status}", caption, columns, rows)]


def _largest(of: Subject, changed: pd.DataFrame) -> list[Piece]:
    """Compare the companies that pulled most."""
    own = changed[changed["after"] > 0].sort_values(
        ["after", "domain"], ascending=[False, True], kind="stable"
    )
    if own.empty:
        return []
    columns = [*texts("Company"), *numbers(of.month.dates, of.base.dates, "in %")]
    rows = [
        Row(
            [
                _domain(row["domain"]),
                whole(row["after"]),
                whole(row["before"]),
                grown(row["after"], row["before"]),
            ]
        )
        for row in own.head(10).to_dict("records")
    ]
    return [Table("companies-largest", "Companies that pulled most", columns, rows)]


def _appeared(of: Subject, own: pd.DataFrame) -> Piece:
    columns = [
        *texts("Your image", "Users also use"),
        *numbers("Users", "of the image's users", "of its companies"),
    ]
    rows = [
        Row(
            [
                str(row["repository"]),
                str(row["paired_image"]),
                whole(row["users_after"]),
                percent(row["pct_users_after"]),
                percent(row["pct_domains_after"]),
            ]
        )
        for row in own.head(_MOST).to_dict("records")
    ]
    caption = f"New image pairings in {of.month.dates}"
    if len(own) > _MOST:
        caption += f", the {_MOST} largest of {len(own):,}"
    return Table("pairs", caption, columns, rows)


def _domain(value: Any) -> str:  # noqa: ANN401 - text or missing
    return _NO_DOMAIN if pd.isna(value) else str(value)
