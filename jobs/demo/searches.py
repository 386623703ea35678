"""What is searched on the demo's site: the model's rows, and what edits add to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from jobs.demo.search_model import SearchModel

PLANTED = 0.4  # log lift of a linked page's impressions: half as many again
RAMP_DAYS = 5
_SEED = 185
_MODELLED = "https://www.example.com/"  # draws must not hang on the port that is free today


class Searches:
    """A source of rows for the fake Search Console whose site is crawled, and edited, later."""

    def __init__(
        self, site_url: str, *, first_day: date, brand: str, typed: Mapping[str, Sequence[str]]
    ) -> None:
        """``typed`` are the queries of each page, by path."""
        self._site_url = site_url
        self._first_day = first_day
        self._brand = brand
        self._typed = typed
        self._model: SearchModel | None = None

    @property
    def model(self) -> SearchModel:
        """The searches of the site. Raises RuntimeError before :meth:`learn`."""
        if self._model is None:
            raise RuntimeError("the site has to be crawled before it is searched")
        return self._model

    def learn(self, pages: pd.DataFrame) -> None:
        """Model the searches of the crawled ``pages`` (PAGES)."""
        urls = pages["url"].str.replace(self._site_url, _MODELLED, regex=False)
        self._model = SearchModel.of_site(
            pages.assign(url=urls),
            seed=_SEED,
            first_day=self._first_day,
            brand=self._brand,
            queries={_MODELLED.rstrip("/") + path: typed for path, typed in self._typed.items()},
        )

    def lift(self, page: str, from_day: date, log_lift: float = PLANTED) -> None:
        """Let ``page`` be shown more often from a day on; a negative lift takes one back."""
        modelled = page.replace(self._site_url, _MODELLED)
        self._model = self.model.with_lift(modelled, from_day, log_lift, RAMP_DAYS)

    def day(self, day: date) -> pd.DataFrame:
        """Return the rows of ``day`` with the URLs that are served, as :meth:`SearchModel.day`."""
        rows = self.model.day(day)
        return rows.assign(page=rows["page"].str.replace(_MODELLED, self._site_url, regex=False))
