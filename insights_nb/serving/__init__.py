"""Notebooks as dashboards: Voilà, hardened, without any outside host."""
