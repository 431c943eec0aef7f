"""The monthly review: what one month's reports tell, as one page that needs no server."""
