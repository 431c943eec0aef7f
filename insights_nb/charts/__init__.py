"""Charts: a module per question turns a metric's frame into a `Drawing`, `marks` draw it.

What every chart function does:

- It takes a frame as the metric that it names gives it, or some of its rows, and copies none.
- It returns an ``altair.LayerChart`` with its rows in it, however many, that asks no host for
  anything.
- It raises `insights_nb.errors.FrameError` if the frame lacks a column, and
  `insights_nb.errors.MixedGranularityError` if weeks and months share a frame over time.
- Its ``width``, ``height`` and ``paint`` are those of `insights_nb.charts.drawing.Drawing.chart`.

A function that ends with ``_drawing`` is the same before it is drawn, for pages: of the same
arguments, with the same errors. Importing a module here does not load Altair.
"""
