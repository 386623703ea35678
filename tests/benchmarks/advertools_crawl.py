"""advertools' crawl of a site into a file: run by the Python of an environment that has it.

``python advertools_crawl.py HOME FILE``. It stands alone: Linkwright is not installed there.
"""

from __future__ import annotations

import sys

import advertools  # type: ignore[import-not-found, unused-ignore]

SETTINGS = {
    "ROBOTSTXT_OBEY": True,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "AUTOTHROTTLE_ENABLED": False,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "WARNING",
}

if __name__ == "__main__":
    advertools.crawl(
        sys.argv[1],
        sys.argv[2],
        follow_links=True,
        allowed_domains=["127.0.0.1"],
        custom_settings=SETTINGS,
    )
