"""Pages to hand on: HTML files that need no server and no kernel."""
