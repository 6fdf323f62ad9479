"""Measurements against bounds: ``python -m benchmarks [live] [painted]``. Not part of the product."""
