"""Run every benchmark: ``make bench``."""

from benchmarks import archive, dashboard, explorers, growth, reading, review, snapshot

if __name__ == "__main__":
    reading.main()
    archive.main()
    growth.main()
    dashboard.main()
    explorers.main()
    snapshot.main()
    review.main()
