"""The sample data: a made-up world, its daily truth, and the reports that tell of it."""
