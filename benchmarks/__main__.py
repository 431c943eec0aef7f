"""Run every benchmark: ``make bench``."""

from benchmarks import dashboard, reading

if __name__ == "__main__":
    reading.main()
    dashboard.main()
