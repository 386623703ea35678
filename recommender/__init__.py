"""Linkwright's thinking: the few internal links worth writing, and what they did.

Start with :mod:`recommender.models` (what things are), then :mod:`recommender.ports` (what is
needed from outside), then :mod:`recommender.pipeline` (in what order).
"""

import os

# Arrow's own allocator keeps what it once had, 50 MB in a crawl; read when Arrow is first imported.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

__version__ = "0.1.0"
