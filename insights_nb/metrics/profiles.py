"""Everything that the reports say of each company, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from insights_nb.counts.companies import PAIRED, TRACKED
from insights_nb.frames import MISSING, Column, frame
from insights_nb.metrics.companies import companies, company_changes, heavy_users
from insights_nb.metrics.deployments import deployment_pattern
from insights_nb.metrics.stacks import stacks
from insights_nb.selection import Selection

if TYPE_CHECKING:
    from insights_nb.archive import Archive

WHAT = "companies and what they run"


@frame(
    "a company over the time range",
    (TRACKED, PAIRED),
    "domain tracked pulls share.company status country use_case related repositories current",
    Column("tracked", "Whether Tracked companies names it.", "", MISSING),
    Column("related", "How many related images it runs.", "images", MISSING),
)
def company_profiles(
    archive: Archive, selection: Selection | None = None, *, related: Iterable[str] | None = None
) -> pd.DataFrame:
    """Set side by side what each company pulls, how that changes, and what else it runs.

    Filter it for whom to talk to: those that grow, those of one country, those that run a related
    image and pull little.

    Parameters
    ----------
    archive
        Where the reports are. One of the two reports of companies is enough.
    selection
        Granularity, time range and repositories; its measure does not matter here. The default
        is 6 months of weeks of every repository.
    related
        Other images, such as ``["library/redis", "library/valkey"]``, of which to count how many a
        company runs; all that the report names unless given.

    Returns
    -------
    pandas.DataFrame
        One row per company that either report names in the time range, most pulls first, untracked
        ones after them by how many related images they run: ``domain`` (missing for pulls that name
        none), ``tracked`` (whether Tracked companies names it), ``pulls`` (``Int64``, over the
        available periods), ``share`` of all tracked companies' pulls (``Float64``, a ratio),
        ``status`` (the second half of the time range against the first, as
        `insights_nb.company_changes` calls it), ``country`` and ``use_case`` (that with most of its
        pulls), ``related`` (how many related images it runs), ``repositories`` (how many of the
        selected it runs these beside; both ``Int64``), ``current`` (whether the newest report in
        the archive names one of these pairs). An untracked company's pulls are unknown, so they are
        missing, not 0; a report that is missing leaves all of its columns missing.
        ``attrs["granularity"]`` is the selection's.

    Raises
    ------
    ReportNeededError
        If neither report of companies is available by that granularity.
    UnknownNameError
        If the selection names a repository that no report does.

    Notes
    -----
    Source: Tracked companies; Technographic companies for ``related``, ``repositories`` and
    ``current``. Each time range ends with the newest available period of its report. Both reports
    name only companies that pull the publisher's images: a company that does not is in no report.
    How many Tracked companies names is a setting of the account, so an untracked one may pull much.
    """
    chosen = selection or Selection()
    available = {
        kind: bool(archive.available(kind, chosen.granularity)) for kind in (TRACKED, PAIRED)
    }
    if not any(available.values()):
        raise archive.needed(WHAT, chosen.granularity, list(available))
    parts = []
    if available[TRACKED]:
        parts.append(_tracked(archive, chosen))
    if available[PAIRED]:
        parts.append(_paired(archive, chosen, related))
    texts = dict.fromkeys(["domain", "status", "country", "use_case"], "str")
    counts = dict.fromkeys(["pulls", "related", "repositories"], "Int64")
    flags = dict.fromkeys(["tracked", "current"], "boolean")
    types = {**texts, **counts, **flags, "share": "Float64"}
    result = parts[0] if len(parts) == 1 else parts[0].merge(parts[1], on="domain", how="outer")
    result = result.reindex(columns=list(types)).astype(types)
    # A company that a report does not name is not tracked, or runs none of these images.
    if available[TRACKED]:
        result = result.fillna({"tracked": False})
    if available[PAIRED]:
        result = result.fillna({"related": 0, "repositories": 0, "current": False})
    result = result.sort_values(["pulls", "related", "domain"], ascending=[False, False, True])
    result.attrs = {"granularity": chosen.granularity}
    columns = [
        "domain", "tracked", "pulls", "share", "status", "country", "use_case", "related",
        "repositories", "current",
    ]  # fmt: skip
    return result[columns].reset_index(drop=True)


def _tracked(archive: Archive, selection: Selection) -> pd.DataFrame:
    frame = companies(archive, selection)
    result = heavy_users(frame)[["domain", "pulls", "share"]].assign(tracked=True)
    status = company_changes(frame)[["domain", "status"]]
    result = result.merge(status, on="domain", how="left")
    for name in ("country", "use_case"):
        where = deployment_pattern(archive, selection, by=["domain", name])
        # It comes with the most pulls first.
        main = where.drop_duplicates("domain")[["domain", name]]
        result = result.merge(main, on="domain", how="left")
    return result


def _paired(archive: Archive, selection: Selection, related: Iterable[str] | None) -> pd.DataFrame:
    frame = stacks(archive, selection)
    wanted = pd.Series(data=True, index=frame.index)
    if related is not None:
        wanted = frame["paired_image"].isin(list(related))
    # A company that runs none of the related images is in the report all the same.
    given = frame.assign(
        paired_image=frame["paired_image"].where(wanted),
        repository=frame["repository"].where(wanted),
        current=frame["current"] & wanted,
    )
    grouped = given.groupby("domain", dropna=False)
    result = grouped[["paired_image", "repository"]].nunique()
    result.columns = pd.Index(["related", "repositories"])
    return result.assign(current=grouped["current"].any()).reset_index()
