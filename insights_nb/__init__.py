"""Docker Hub pull analytics as DataFrames, charts and shared dashboards.

Importing it is cheap: each name loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insights_nb.archive import Archive as Archive
    from insights_nb.charts.adoption import cohort_chart as cohort_chart
    from insights_nb.charts.adoption import tag_chart as tag_chart
    from insights_nb.charts.coverage import coverage_chart as coverage_chart
    from insights_nb.charts.pulls import pull_chart as pull_chart
    from insights_nb.errors import InsightsError as InsightsError
    from insights_nb.explorers.pulls import PullExplorer as PullExplorer
    from insights_nb.hub.credentials import Credentials as Credentials
    from insights_nb.hub.fetching import fetch as fetch
    from insights_nb.metrics.actions import classify_actions as classify_actions
    from insights_nb.metrics.adoption import cohorts as cohorts
    from insights_nb.metrics.adoption import gaining as gaining
    from insights_nb.metrics.adoption import tag_pulls as tag_pulls
    from insights_nb.metrics.downloads import downloads_and_checks as downloads_and_checks
    from insights_nb.metrics.downloads import top_digests as top_digests
    from insights_nb.metrics.pull_sources import DEFINITIONS as DEFINITIONS
    from insights_nb.metrics.pulls import fold_other as fold_other
    from insights_nb.metrics.pulls import growth as growth
    from insights_nb.metrics.pulls import pulls as pulls
    from insights_nb.metrics.pulls import pulls_before as pulls_before
    from insights_nb.metrics.pulls import repositories as repositories
    from insights_nb.metrics.pulls import top_repositories as top_repositories
    from insights_nb.metrics.pulls import totals as totals
    from insights_nb.metrics.releases import cohort_pulls as cohort_pulls
    from insights_nb.metrics.releases import release_adoption as release_adoption
    from insights_nb.metrics.releases import still_used as still_used
    from insights_nb.metrics.use_cases import infer_use_case as infer_use_case
    from insights_nb.opening import open_archive as open_archive
    from insights_nb.opening import samples as samples
    from insights_nb.periods import Period as Period
    from insights_nb.reading import notes as notes
    from insights_nb.reading import read_report as read_report
    from insights_nb.schema import REPORTS as REPORTS
    from insights_nb.selection import Selection as Selection

__version__ = "0.1.0"

_HOME = {
    "Archive": "archive",
    "Credentials": "hub.credentials",
    "DEFINITIONS": "metrics.pull_sources",
    "InsightsError": "errors",
    "Period": "periods",
    "PullExplorer": "explorers.pulls",
    "REPORTS": "schema",
    "Selection": "selection",
    "classify_actions": "metrics.actions",
    "cohort_chart": "charts.adoption",
    "cohort_pulls": "metrics.releases",
    "cohorts": "metrics.adoption",
    "coverage_chart": "charts.coverage",
    "downloads_and_checks": "metrics.downloads",
    "fetch": "hub.fetching",
    "fold_other": "metrics.pulls",
    "gaining": "metrics.adoption",
    "growth": "metrics.pulls",
    "infer_use_case": "metrics.use_cases",
    "notes": "reading",
    "open_archive": "opening",
    "pull_chart": "charts.pulls",
    "pulls": "metrics.pulls",
    "pulls_before": "metrics.pulls",
    "read_report": "reading",
    "release_adoption": "metrics.releases",
    "repositories": "metrics.pulls",
    "samples": "opening",
    "still_used": "metrics.releases",
    "tag_chart": "charts.adoption",
    "tag_pulls": "metrics.adoption",
    "top_digests": "metrics.downloads",
    "top_repositories": "metrics.pulls",
    "totals": "metrics.pulls",
}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
