"""The monthly review: what one month's reports say, as one page that needs no server."""
