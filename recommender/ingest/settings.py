"""The settings of Scrapy for one crawl."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.ingest.crawl_job import CrawlJob
from recommender.ingest.guard import guard_settings
from recommender.ingest.rendering import rendering_settings

PARALLEL = 8  # requests at one time to one host, where no pause is configured


def scrapy_settings(job: CrawlJob) -> dict[str, object]:
    """Return the settings for ``job``: one request at a time where a pause is configured."""
    config = job.config
    guard, rendering = guard_settings(job.site, config), rendering_settings(job.site, config)
    return {
        "USER_AGENT": config.user_agent,
        "ROBOTSTXT_OBEY": False,  # the spider asks for robots.txt itself, see robots.py
        "DOWNLOAD_TIMEOUT": config.timeout_s,
        "DOWNLOAD_MAXSIZE": config.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_DELAY": config.delay_s,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1 if config.delay_s else PARALLEL,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": config.delay_s,
        "EXTENSIONS": {
            "scrapy.extensions.throttle.AutoThrottle": None,
            "recommender.ingest.throttle.Courtesy": 0,
        },
        "CLOSESPIDER_TIMEOUT": job.seconds or 0,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "COOKIES_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
        "LOG_LEVEL": "WARNING",
        "CONCURRENT_ITEMS": 1,  # else Scrapy starts a hundred tasks for each answer
        "WARN_ON_GENERATOR_RETURN_VALUE": False,  # else it reads our source for each answer
        "URLLENGTH_LIMIT": 0,  # the spider's own rules leave out what is too long, and say so
        **guard,
        **rendering,
        "DOWNLOADER_MIDDLEWARES": {**_middlewares(guard), **_middlewares(rendering)},
    }


def _middlewares(settings: Mapping[str, object]) -> Mapping[object, object]:
    named = settings.get("DOWNLOADER_MIDDLEWARES", {})
    assert isinstance(named, Mapping)
    return named
