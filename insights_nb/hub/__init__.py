"""Docker Hub over HTTP: sign-in, the report catalogue, exports and pull data, into an archive.

`fetch` does all of it; `Hub` is the client underneath.
"""

from insights_nb.hub.credentials import Credentials, find_credentials
from insights_nb.hub.fetching import fetch
from insights_nb.hub.outcome import Fetched, ReportOutcome, SourceOutcome
from insights_nb.hub.patience import Patience
from insights_nb.hub.transport import Hub

__all__ = [
    "Credentials",
    "Fetched",
    "Hub",
    "Patience",
    "ReportOutcome",
    "SourceOutcome",
    "fetch",
    "find_credentials",
]
