"""The decisions of one property as rows: recommendations, effects, digests, deliveries, runs.

One transaction per call; whatever returned is committed. The same code runs on SQLite and on
PostgreSQL (``INSERT .. ON CONFLICT`` is the one thing that they spell through their dialects).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Table,
    case,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from recommender.errors import InvalidTransition, StoreError, UnknownRecommendation
from recommender.models import (
    TRANSITIONS,
    Delivery,
    DeliveryState,
    Effect,
    Message,
    Recommendation,
    Run,
    Status,
)
from recommender.store import rows, schema
from recommender.store.migrate import store_error, writing

_UNSENT = (DeliveryState.CLAIMED, DeliveryState.FAILED)
"""States from which a delivery may be handed over; from any other somebody may have it."""


class SqlDecisions:
    """A :class:`~recommender.ports.DecisionStore` on ``engine`` for one property."""

    def __init__(self, engine: Engine, property_name: str) -> None:
        self._reading = engine
        self._writing = writing(engine)
        self._property = property_name

    # --- Recommendations ----------------------------------------------------------------------

    def recommendations(self, statuses: Iterable[Status] | None = None) -> list[Recommendation]:
        """Return those in ``statuses`` (None: all), best value first."""
        kept = schema.recommendations
        wanted = [] if statuses is None else [kept.c.status.in_([s.value for s in statuses])]
        order = (kept.c.value.desc(), kept.c.id)
        return [rows.recommendation_of(r) for r in self._rows(kept, *wanted, order=order)]

    def recommendation(self, recommendation_id: str) -> Recommendation:
        """Return one by its id or an unambiguous beginning of it.

        Raises UnknownRecommendation, naming the ids that are meant perhaps.
        """
        asked = recommendation_id.strip().lower()
        kept = schema.recommendations
        found = self._rows(kept, kept.c.id.startswith(asked, autoescape=True), order=(kept.c.id,))
        exact = [r for r in found if r["id"] == asked] or found
        if len(exact) == 1:
            return rows.recommendation_of(exact[0])
        raise self._unknown(asked, [str(r["id"]) for r in found])

    def save(
        self,
        recommendations: Iterable[Recommendation],
        *,
        since: Iterable[Recommendation] | None = None,
    ) -> list[Recommendation]:
        """Insert or replace, all or none, and return what was saved; statuses have a history.

        With ``since``, the records as they were read, one whose status was changed meanwhile stays
        as it is: compared and set in one transaction. Raises InvalidTransition where what is
        stored cannot become what is saved, such as a dismissed one a new proposal.
        """
        new = {r.id: r for r in recommendations}
        if not new:
            return []
        kept = schema.recommendations
        with self._transaction(write=True) as connection:
            stored = self._statuses(connection)
            if since is not None:
                new = unchanged_since(new, stored, since)
            for key in new.keys() & stored.keys():
                check_step(key, stored[key], new[key].status)
            if new:
                self._put(connection, kept, [rows.recommendation_row(r) for r in new.values()])
            changes: list[rows.Row] = [
                {"recommendation_id": key, "status": r.status.value, "at": r.changed_at}
                for key, r in new.items()
                if stored.get(key) is not r.status
            ]
            if changes:
                connection.execute(insert(schema.status_changes), self._owned(changes))
        return list(new.values())

    def history(self, recommendation_id: str) -> list[tuple[Status, datetime]]:
        """Return the statuses that a recommendation went through, oldest first."""
        kept = schema.status_changes
        found = self._rows(
            kept, kept.c.recommendation_id == recommendation_id, order=(kept.c.number,)
        )
        return [(Status(r["status"]), r["at"]) for r in found]

    # --- Effects ------------------------------------------------------------------------------

    def save_effects(self, effects: Iterable[Effect]) -> None:
        """Insert or replace readings; the key is (batch, page, role, metric, reading_day)."""
        by_key = {(e.batch, e.page, e.role, e.metric, e.reading_day): e for e in effects}
        if by_key:
            with self._transaction(write=True) as connection:
                readings = [rows.effect_row(e) for e in by_key.values()]
                self._put(connection, schema.effects, readings)

    def effects(self) -> list[Effect]:
        """Return all readings, newest first."""
        kept = schema.effects
        key = (c for c in kept.primary_key.columns if c.name != "property")
        found = self._rows(kept, order=(kept.c.measured_at.desc(), *key))
        return [rows.effect_of(r) for r in found]

    # --- Digests ------------------------------------------------------------------------------

    def claim_digest(self, period: str, recipients: Sequence[str], at: datetime) -> list[Delivery]:
        """Claim the digest of ``period`` and return all its deliveries, by recipient.

        Two processes may call it at once: the first row of a recipient stays.
        """
        claims = [
            Delivery(period=period, recipient=r, state=DeliveryState.CLAIMED, changed_at=at)
            for r in dict.fromkeys(recipients)
        ]
        kept = schema.deliveries
        with self._transaction(write=True) as connection:
            self._add(connection, kept, [rows.delivery_row(c) for c in claims])
        found = self._rows(kept, kept.c.period == period, order=(kept.c.recipient,))
        return sorted((rows.delivery_of(r) for r in found), key=lambda d: d.recipient)

    def freeze_digest(self, period: str, message: Message) -> Message:
        """Keep ``message`` as the period's digest unless one is kept; return the kept one."""
        with self._transaction(write=True) as connection:
            self._add(connection, schema.digests, [{"period": period, **rows.message_row(message)}])
        kept = self.digest(period)
        assert kept is not None, "a digest is never removed"
        return kept

    def digest(self, period: str) -> Message | None:
        """Return the frozen digest of ``period``."""
        found = self._rows(schema.digests, schema.digests.c.period == period)
        return rows.message_of(found[0]) if found else None

    def mark_delivery(
        self, period: str, recipient: str, state: DeliveryState, at: datetime, error: str = ""
    ) -> None:
        """Record how far a delivery has come (committed before this returns).

        An attempt counts once: when it hands over, or when it ends before that. Only one caller
        gets to mark a delivery ``sending``; raises StoreError for any other, and for a delivery
        that nobody claimed.
        """
        kept = schema.deliveries
        ended_early = state is not DeliveryState.CLAIMED
        tried = case((kept.c.state == DeliveryState.SENDING.value, 0), else_=int(ended_early))
        change = (
            update(kept)
            .where(
                kept.c.property == self._property,
                kept.c.period == period,
                kept.c.recipient == recipient,
            )
            .values(state=state.value, changed_at=at, error=error, attempts=kept.c.attempts + tried)
        )
        if state is DeliveryState.SENDING:
            change = change.where(kept.c.state.in_([s.value for s in _UNSENT]))
        with self._transaction(write=True) as connection:
            changed = connection.execute(change).rowcount
        if not changed:
            raise StoreError(
                f"the digest of {period} to {recipient} is not there to be marked {state}",
                subject=recipient,
                hint="another run has it, or it was never claimed",
            )

    # --- Runs ---------------------------------------------------------------------------------

    def start_run(self, run: Run) -> None:
        """Record that a run began."""
        with self._transaction(write=True) as connection:
            self._put(connection, schema.runs, [rows.run_row(run)])

    def end_run(self, run: Run) -> None:
        """Record how it ended."""
        self.start_run(run)

    def runs(self, command: str | None = None, limit: int = 50) -> list[Run]:
        """Return the latest runs, newest first."""
        kept = schema.runs
        wanted = [] if command is None else [kept.c.command == command]
        order = (kept.c.started_at.desc(), kept.c.id.desc())
        return [rows.run_of(r) for r in self._rows(kept, *wanted, order=order, limit=limit)]

    # --- Rows ---------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self, *, write: bool) -> Iterator[Connection]:
        """Give a connection whose work is committed, all or none, when the block ends."""
        try:
            with (self._writing if write else self._reading).begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise store_error(error, self._reading) from error

    def _rows(
        self,
        table: Table,
        *conditions: ColumnElement[bool],
        order: Sequence[ColumnElement[object]] = (),
        limit: int | None = None,
    ) -> Sequence[RowMapping]:
        """Return the property's rows of ``table`` that meet all ``conditions``."""
        ours = table.c.property == self._property
        query = select(table).where(ours, *conditions).order_by(*order).limit(limit)
        with self._transaction(write=False) as connection:
            return connection.execute(query).mappings().all()

    def _statuses(self, connection: Connection) -> dict[str, Status]:
        """Return the status of each stored recommendation, held fast until the transaction ends."""
        kept = schema.recommendations
        query = select(kept.c.id, kept.c.status).where(kept.c.property == self._property)
        found = connection.execute(query.with_for_update())
        return {row.id: Status(row.status) for row in found}

    def _owned(self, records: Sequence[rows.Row]) -> list[rows.Row]:
        return [{"property": self._property, **record} for record in records]

    def _put(self, connection: Connection, table: Table, records: Sequence[rows.Row]) -> None:
        """Insert ``records``, replacing those of the same key."""
        statement = _insert(connection, table)
        key = table.primary_key.columns
        values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in key}
        replacing = statement.on_conflict_do_update(index_elements=list(key), set_=values)
        connection.execute(replacing, self._owned(records))

    def _add(self, connection: Connection, table: Table, records: Sequence[rows.Row]) -> None:
        """Insert ``records``, leaving those of the same key as they are."""
        if records:
            statement = _insert(connection, table).on_conflict_do_nothing()
            connection.execute(statement, self._owned(records))

    def _unknown(self, asked: str, found: Sequence[str]) -> UnknownRecommendation:
        if found:
            hint = f"it may be {', '.join(found[:5])}: give more of the id"
            return UnknownRecommendation(
                f"{len(found)} recommendations begin with {asked!r}", subject=asked, hint=hint
            )
        known = [r.id for r in self.recommendations()]
        nearest = ", ".join(difflib.get_close_matches(asked, known))
        hint = f"nearest: {nearest}" if nearest else "`linkwright list` shows all ids"
        return UnknownRecommendation(
            f"no recommendation has the id {asked!r}", subject=asked, hint=hint
        )


def unchanged_since(
    new: Mapping[str, Recommendation],
    stored: Mapping[str, Status],
    since: Iterable[Recommendation],
) -> dict[str, Recommendation]:
    """Return those of ``new`` whose ``stored`` status is still the one that was read."""
    read = {r.id: r.status for r in since}
    return {key: r for key, r in new.items() if stored.get(key) is read.get(key)}


def check_step(recommendation_id: str, stored: Status, new: Status) -> None:
    """Raise InvalidTransition unless steps of TRANSITIONS lead from ``stored`` to ``new``.

    Several steps may lie between two saves; staying is no step.
    """
    reached, left = {stored}, [stored]
    while left:
        for after in TRANSITIONS[left.pop()] - reached:
            reached.add(after)
            left.append(after)
    if new not in reached:
        raise InvalidTransition(
            f"{recommendation_id} is stored as {stored} and cannot become {new}",
            subject=recommendation_id,
            hint="it was changed since it was read: read it again",
        )


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
