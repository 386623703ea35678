"""The headers that open a site behind a firewall; their values come from the environment only."""

from __future__ import annotations

import re
from collections.abc import Mapping

from w3lib.http import basic_auth_header

from recommender.config import CrawlConfig
from recommender.errors import ConfigError

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?")


def secret_headers(config: CrawlConfig, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that open the site: the configured one and basic authentication.

    Raises ConfigError, which quotes no value, where one is missing or cannot be sent.
    """
    headers: dict[str, str] = {}
    if config.header:
        if not _HEADER_NAME.fullmatch(config.header):
            raise ConfigError(
                f"crawl.header: {config.header!r} is not the name of a header",
                subject=config.header,
                hint="give a name such as X-Crawl-Token; the value comes from the environment",
            )
        headers[config.header] = _secret("crawl.header", config.header_env, environment)
        if not _HEADER_VALUE.fullmatch(headers[config.header]):
            raise ConfigError(
                f"the value of the environment variable {config.header_env} cannot be a header's",
                subject=config.header_env,
                hint="it takes visible ASCII characters, no blanks or line breaks at its ends",
            )
    if config.username:
        password = _secret("crawl.username", config.password_env, environment)
        sent = basic_auth_header(config.username, password, encoding="utf-8")
        headers["Authorization"] = sent.decode("ascii")
    return headers


def _secret(key: str, variable: str, environment: Mapping[str, str]) -> str:
    value = environment.get(variable, "")
    if not value:
        raise ConfigError(
            f"{key} is set, but the environment variable {variable} is not",
            subject=variable,
            hint=f"set {variable} where this runs, or take {key} out of the configuration",
        )
    return value
