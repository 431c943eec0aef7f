"""Every question on one page, as tabs that share one selection and one link."""

from __future__ import annotations

from insights_nb.explorers.adoption import AdoptionPage
from insights_nb.explorers.audience import AudiencePage
from insights_nb.explorers.companies import CompaniesPage
from insights_nb.explorers.ecosystem import EcosystemPage
from insights_nb.explorers.extensions import ExtensionsPage
from insights_nb.explorers.health import HealthPage
from insights_nb.explorers.pulls import PullPage
from insights_nb.explorers.shell import Explorer


class Dashboard(Explorer):
    """All explorers as tabs, each built when it is first opened.

    Repositories, granularity and interval are shared; the link names the tab that is open. A tab
    whose reports are missing says which it needs, and where to download them.

    Parameters
    ----------
    archive, selection, today, events, clients, tags
        As for every explorer.
    """

    pages = (
        PullPage,
        AdoptionPage,
        AudiencePage,
        CompaniesPage,
        EcosystemPage,
        ExtensionsPage,
        HealthPage,
    )
