"""Frames as files for elsewhere: CSV and Excel, with what their numbers mean and come from."""

from __future__ import annotations

from insights_nb.exports.csv import to_bytes, to_csv
from insights_nb.exports.excel import to_excel
from insights_nb.exports.sidecar import SIDECAR, sidecar

__all__ = ["SIDECAR", "sidecar", "to_bytes", "to_csv", "to_excel"]
