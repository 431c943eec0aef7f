"""Kinds of charts: what each draws of its data, and its Vega-Lite specification."""
