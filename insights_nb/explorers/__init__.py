"""Selectors, numbers and charts composed per question; the only place where callbacks live."""
