"""What the review of a month should say, worked out from the text of the reports' files.

Each function of `SECTIONS` gives a section's pieces as `tests.review_answers.page` reads them:
whole tables and sentences, in their order. Nothing but Python and what is in here: no pandas, and
no code of the package.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.review_answers.asked import Asked
from tests.review_answers.moves import movers
from tests.review_answers.others import companies, pairs
from tests.review_answers.page import Piece
from tests.review_answers.sources import definitions, inputs, provenance
from tests.review_answers.tags import adoption
from tests.review_answers.top import headline, summary
from tests.review_answers.year import twelve_months

SECTIONS: dict[str, Callable[[Asked], list[Piece]]] = {
    "": summary,
    "The month in numbers": headline,
    "Twelve months": twelve_months,
    "What moved": movers,
    "Adoption of versions": adoption,
    "Companies": companies,
    "New image pairings": pairs,
    "Inputs": inputs,
    "Definitions": definitions,
    "Provenance": provenance,
}
"""Heading → what is under it; what is above the first heading has none."""
