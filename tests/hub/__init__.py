"""A stand-in for Docker Hub: real HTTP in the shapes of its analytics, with faults on demand.

    with Hub(user="ada", secret="dckr_pat_made_up") as hub:
        hub.add_report("acme", "trend", "week", "2026-11-16", data)
        hub.fault(Fault("429", "/reports", retry_after=1))
        …  # point a client at hub.url

`python -m tests.hub --port 8900` runs it by hand.
"""

from __future__ import annotations

from tests.hub.data import DVP_TYPES
from tests.hub.faults import KINDS, Fault
from tests.hub.server import Hub
from tests.hub.wire import Seen

__all__ = ["DVP_TYPES", "KINDS", "Fault", "Hub", "Seen"]
