"""Plan tomorrow's field service and set what spare parts to stock where."""

__version__ = "0.1.0"
