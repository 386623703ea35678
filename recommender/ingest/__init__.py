"""Gathering: search metrics and the crawl, as frames."""
