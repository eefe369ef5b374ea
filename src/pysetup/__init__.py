"""pysetup: one metadata document through the six phases of distribution."""

__version__ = "0.1.0"
