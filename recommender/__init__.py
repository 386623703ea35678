"""Linkwright's thinking: the few internal links worth writing, and what they did.

Start with :mod:`recommender.models` (what things are), then :mod:`recommender.ports` (what is
needed from outside), then :mod:`recommender.pipeline` (in what order).
"""

__version__ = "0.1.0"
