"""The controls of a page; their JavaScript and style sheet lie beside them in ``static``."""

from __future__ import annotations

from insights_nb.widgets._base import box as box
from insights_nb.widgets._base import show as show
from insights_nb.widgets.actions import Actions as Actions
from insights_nb.widgets.chart_view import ChartView as ChartView
from insights_nb.widgets.code import Code as Code
from insights_nb.widgets.event_list import Event as Event
from insights_nb.widgets.event_list import EventList as EventList
from insights_nb.widgets.facet import Facet as Facet
from insights_nb.widgets.facet import Item as Item
from insights_nb.widgets.figures import Figure as Figure
from insights_nb.widgets.figures import Figures as Figures
from insights_nb.widgets.guard import SessionGuard as SessionGuard
from insights_nb.widgets.notice import Notice as Notice
from insights_nb.widgets.picker import RepositoryPicker as RepositoryPicker
from insights_nb.widgets.picker import Swatch as Swatch
from insights_nb.widgets.segmented import Segmented as Segmented
from insights_nb.widgets.select import Select as Select
from insights_nb.widgets.table import Column as Column
from insights_nb.widgets.table import DataTable as DataTable
from insights_nb.widgets.tabs import Tabs as Tabs
from insights_nb.widgets.words import Words as Words
