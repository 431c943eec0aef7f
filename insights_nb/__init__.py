"""Docker Hub pull analytics as DataFrames, charts and shared dashboards.

Importing it is cheap: each name loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from insights_nb._version import __version__

if TYPE_CHECKING:
    from insights_nb.archive import Archive as Archive
    from insights_nb.charts.adoption import cohort_chart as cohort_chart
    from insights_nb.charts.adoption import tag_chart as tag_chart
    from insights_nb.charts.audience import audience_bars as audience_bars
    from insights_nb.charts.audience import audience_chart as audience_chart
    from insights_nb.charts.bands import band_chart as band_chart
    from insights_nb.charts.companies import company_changes_chart as company_changes_chart
    from insights_nb.charts.companies import company_chart as company_chart
    from insights_nb.charts.companies import company_users_chart as company_users_chart
    from insights_nb.charts.companies import heavy_users_chart as heavy_users_chart
    from insights_nb.charts.country_map import country_map as country_map
    from insights_nb.charts.coverage import coverage_chart as coverage_chart
    from insights_nb.charts.deployments import deployment_chart as deployment_chart
    from insights_nb.charts.digests import digest_chart as digest_chart
    from insights_nb.charts.downloads import downloads_chart as downloads_chart
    from insights_nb.charts.ecosystem import pair_changes_chart as pair_changes_chart
    from insights_nb.charts.ecosystem import pair_trend_chart as pair_trend_chart
    from insights_nb.charts.events import event_notes as event_notes
    from insights_nb.charts.events import shown_events as shown_events
    from insights_nb.charts.extensions import extension_chart as extension_chart
    from insights_nb.charts.extensions import extension_people_chart as extension_people_chart
    from insights_nb.charts.gaining import gaining_chart as gaining_chart
    from insights_nb.charts.marks.lines import line_chart as line_chart
    from insights_nb.charts.pairs import pair_chart as pair_chart
    from insights_nb.charts.pull_actions import pull_actions_chart as pull_actions_chart
    from insights_nb.charts.pulls import pull_chart as pull_chart
    from insights_nb.charts.quality import reconcile_chart as reconcile_chart
    from insights_nb.charts.releases import release_chart as release_chart
    from insights_nb.charts.signed_in import signed_in_chart as signed_in_chart
    from insights_nb.charts.stacks import stacks_chart as stacks_chart
    from insights_nb.counts.sources import DEFINITIONS as DEFINITIONS
    from insights_nb.counts.use_cases import infer_use_case as infer_use_case
    from insights_nb.errors import InsightsError as InsightsError
    from insights_nb.explorers.adoption import AdoptionExplorer as AdoptionExplorer
    from insights_nb.explorers.audience import AudienceExplorer as AudienceExplorer
    from insights_nb.explorers.companies import CompaniesExplorer as CompaniesExplorer
    from insights_nb.explorers.dashboard import Dashboard as Dashboard
    from insights_nb.explorers.ecosystem import EcosystemExplorer as EcosystemExplorer
    from insights_nb.explorers.extensions import ExtensionsExplorer as ExtensionsExplorer
    from insights_nb.explorers.health import HealthExplorer as HealthExplorer
    from insights_nb.explorers.pulls import PullExplorer as PullExplorer
    from insights_nb.exports.csv import to_csv as to_csv
    from insights_nb.exports.excel import to_excel as to_excel
    from insights_nb.geography import country_name as country_name
    from insights_nb.hub.credentials import Credentials as Credentials
    from insights_nb.hub.fetching import fetch as fetch
    from insights_nb.metrics.actions import classify_actions as classify_actions
    from insights_nb.metrics.adoption import cohorts as cohorts
    from insights_nb.metrics.adoption import gaining as gaining
    from insights_nb.metrics.adoption import tag_pulls as tag_pulls
    from insights_nb.metrics.audience import audience as audience
    from insights_nb.metrics.audience import signed_in as signed_in
    from insights_nb.metrics.collection import collection_pulls as collection_pulls
    from insights_nb.metrics.collection import repository_totals as repository_totals
    from insights_nb.metrics.companies import companies as companies
    from insights_nb.metrics.companies import company_changes as company_changes
    from insights_nb.metrics.companies import heavy_users as heavy_users
    from insights_nb.metrics.contributions import contributions as contributions
    from insights_nb.metrics.contributions import fold_contributions as fold_contributions
    from insights_nb.metrics.deployments import deployment_pattern as deployment_pattern
    from insights_nb.metrics.downloads import downloads_and_checks as downloads_and_checks
    from insights_nb.metrics.downloads import top_digests as top_digests
    from insights_nb.metrics.ecosystem import newest_pairs as newest_pairs
    from insights_nb.metrics.ecosystem import pair_changes as pair_changes
    from insights_nb.metrics.ecosystem import paired_images as paired_images
    from insights_nb.metrics.ecosystem import popular_stack as popular_stack
    from insights_nb.metrics.effects import effect as effect
    from insights_nb.metrics.events import first_seen_events as first_seen_events
    from insights_nb.metrics.extensions import extension_totals as extension_totals
    from insights_nb.metrics.extensions import extensions as extensions
    from insights_nb.metrics.movers import changes as changes
    from insights_nb.metrics.movers import movers as movers
    from insights_nb.metrics.profiles import company_profiles as company_profiles
    from insights_nb.metrics.pull_actions import pull_actions as pull_actions
    from insights_nb.metrics.pulls import fold_other as fold_other
    from insights_nb.metrics.pulls import growth as growth
    from insights_nb.metrics.pulls import pulls as pulls
    from insights_nb.metrics.pulls import pulls_before as pulls_before
    from insights_nb.metrics.pulls import repositories as repositories
    from insights_nb.metrics.pulls import top_repositories as top_repositories
    from insights_nb.metrics.pulls import totals as totals
    from insights_nb.metrics.quality import reconcile as reconcile
    from insights_nb.metrics.release_curves import adoption_curves as adoption_curves
    from insights_nb.metrics.releases import cohort_pulls as cohort_pulls
    from insights_nb.metrics.releases import release_adoption as release_adoption
    from insights_nb.metrics.releases import still_used as still_used
    from insights_nb.metrics.share_checks import check_shares as check_shares
    from insights_nb.metrics.stacks import popular_pairs as popular_pairs
    from insights_nb.metrics.stacks import stacks as stacks
    from insights_nb.opening import clients_of as clients_of
    from insights_nb.opening import events_of as events_of
    from insights_nb.opening import open_archive as open_archive
    from insights_nb.opening import samples as samples
    from insights_nb.opening import tag_rules_of as tag_rules_of
    from insights_nb.periods import Period as Period
    from insights_nb.publish.review.folder import reviews as reviews
    from insights_nb.publish.review.monthly import MonthlyReview as MonthlyReview
    from insights_nb.publish.review.reviewing import review as review
    from insights_nb.publish.snapshot import snapshot as snapshot
    from insights_nb.reading import notes as notes
    from insights_nb.reading import read_report as read_report
    from insights_nb.reading.clients import read_clients as read_clients
    from insights_nb.reading.events import read_events as read_events
    from insights_nb.reading.tags import read_tag_rules as read_tag_rules
    from insights_nb.schema import REPORTS as REPORTS
    from insights_nb.selection import Selection as Selection

_HOME = {
    "AdoptionExplorer": "explorers.adoption",
    "Archive": "archive",
    "CompaniesExplorer": "explorers.companies",
    "AudienceExplorer": "explorers.audience",
    "Credentials": "hub.credentials",
    "DEFINITIONS": "counts.sources",
    "EcosystemExplorer": "explorers.ecosystem",
    "ExtensionsExplorer": "explorers.extensions",
    "HealthExplorer": "explorers.health",
    "Dashboard": "explorers.dashboard",
    "InsightsError": "errors",
    "MonthlyReview": "publish.review.monthly",
    "Period": "periods",
    "PullExplorer": "explorers.pulls",
    "REPORTS": "schema",
    "Selection": "selection",
    "adoption_curves": "metrics.release_curves",
    "audience": "metrics.audience",
    "audience_bars": "charts.audience",
    "audience_chart": "charts.audience",
    "band_chart": "charts.bands",
    "changes": "metrics.movers",
    "check_shares": "metrics.share_checks",
    "classify_actions": "metrics.actions",
    "clients_of": "opening",
    "cohort_chart": "charts.adoption",
    "cohort_pulls": "metrics.releases",
    "cohorts": "metrics.adoption",
    "collection_pulls": "metrics.collection",
    "companies": "metrics.companies",
    "company_changes": "metrics.companies",
    "company_changes_chart": "charts.companies",
    "company_chart": "charts.companies",
    "company_profiles": "metrics.profiles",
    "company_users_chart": "charts.companies",
    "contributions": "metrics.contributions",
    "country_map": "charts.country_map",
    "country_name": "geography",
    "coverage_chart": "charts.coverage",
    "deployment_chart": "charts.deployments",
    "deployment_pattern": "metrics.deployments",
    "digest_chart": "charts.digests",
    "downloads_and_checks": "metrics.downloads",
    "downloads_chart": "charts.downloads",
    "effect": "metrics.effects",
    "event_notes": "charts.events",
    "events_of": "opening",
    "extension_chart": "charts.extensions",
    "extension_people_chart": "charts.extensions",
    "extension_totals": "metrics.extensions",
    "extensions": "metrics.extensions",
    "fetch": "hub.fetching",
    "first_seen_events": "metrics.events",
    "fold_contributions": "metrics.contributions",
    "fold_other": "metrics.pulls",
    "gaining": "metrics.adoption",
    "gaining_chart": "charts.gaining",
    "growth": "metrics.pulls",
    "heavy_users": "metrics.companies",
    "heavy_users_chart": "charts.companies",
    "infer_use_case": "counts.use_cases",
    "line_chart": "charts.marks.lines",
    "movers": "metrics.movers",
    "newest_pairs": "metrics.ecosystem",
    "notes": "reading",
    "open_archive": "opening",
    "pair_changes": "metrics.ecosystem",
    "pair_changes_chart": "charts.ecosystem",
    "pair_chart": "charts.pairs",
    "pair_trend_chart": "charts.ecosystem",
    "paired_images": "metrics.ecosystem",
    "popular_pairs": "metrics.stacks",
    "popular_stack": "metrics.ecosystem",
    "pull_actions": "metrics.pull_actions",
    "pull_actions_chart": "charts.pull_actions",
    "pull_chart": "charts.pulls",
    "pulls": "metrics.pulls",
    "pulls_before": "metrics.pulls",
    "read_clients": "reading.clients",
    "read_events": "reading.events",
    "read_report": "reading",
    "read_tag_rules": "reading.tags",
    "reconcile": "metrics.quality",
    "reconcile_chart": "charts.quality",
    "release_adoption": "metrics.releases",
    "release_chart": "charts.releases",
    "repositories": "metrics.pulls",
    "repository_totals": "metrics.collection",
    "review": "publish.review.reviewing",
    "reviews": "publish.review.folder",
    "samples": "opening",
    "shown_events": "charts.events",
    "signed_in": "metrics.audience",
    "signed_in_chart": "charts.signed_in",
    "snapshot": "publish.snapshot",
    "stacks": "metrics.stacks",
    "stacks_chart": "charts.stacks",
    "tag_rules_of": "opening",
    "still_used": "metrics.releases",
    "tag_chart": "charts.adoption",
    "tag_pulls": "metrics.adoption",
    "to_csv": "exports.csv",
    "to_excel": "exports.excel",
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
