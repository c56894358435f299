"""The desk: takes what the engine finds, seals it, puts it into the record and shows it to people.

Rules:
  - pictures are sealed at once, with a key of their own; nothing unsealed waits;
  - an alert counts as raised when it has been committed with its entry in the ledger, and is shown only then;
  - the figures of each camera and minute go the same way;
  - a camera process learns positions on the list, never names; names are put back here;
  - nobody is told of a match with an entry that was withdrawn while it was still searched for, and nothing of it is
    kept; where the whole list was erased, the run stops;
  - a rehearsal keeps no picture; a demonstration does, in memory, as long as it runs;
  - whatever decoy is open is taken back in the transaction in which an alert is raised (`overt.services.decoy_alerts`).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Protocol

import numpy as np

from overt.domain.alert import Alert, PossibleMatch
from overt.domain.entries import LISTED
from overt.domain.errors import Stopped
from overt.domain.figures import Counts, Health, MinuteFigures, RunFigures, add_up, to_the_millisecond
from overt.domain.profile import Profile
from overt.domain.retention import RetentionRules
from overt.faces.picture import to_jpeg
from overt.ledger.entry import SYSTEM, Fact
from overt.recognition.threshold import false_alerts_per_1000
from overt.services.decoy_alerts import no_commitment, take_back_all
from overt.services.erase import key_name
from overt.services.evidence import AlertEvidence, AlertPicture
from overt.services.installation import Installation
from overt.services.outbox import Item, Outbox
from overt.services.prepare import Prepared
from overt.services.sealed_lists import OpenList, listed_person
from overt.store.ports import Work
from overt.store.records import AlertRow, FigureRow, State, Subject
from overt.vault.errors import KeyExists
from overt.vault.seal import new_key, seal, unseal
from overt.video.reader import Pace

#: A caution: the prompt may be about either of two people.
LOOK_ALIKE = "another entry looks alike"
LIST_GONE = "The list of this deployment was erased while it ran, so scanning has stopped."


class Viewer(Protocol):
    """Whoever shows a run to people: a terminal, or lines for programs."""

    def alert(self, alert: Alert) -> None:
        """Shows an alert.

        Raises:
            OSError: it could not be shown; it will be tried again.
        """
        ...

    def health(self, health: Health) -> None: ...

    def profile(self, profile: Profile) -> None: ...

    def trouble(self, camera: str | None, sentence: str) -> None: ...


@dataclass(kw_only=True)
class _Raised:
    """An alert on its way: sealed, then committed, then shown."""

    alert: Alert
    row: AlertRow
    camera: int
    key: bytes
    first_usable_us: int
    complete: bool = False
    committed: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Where what a run finds is kept.

    Attributes:
        deployment: the id under which everything is kept.
        open_list: the sealed list, open; None in a rehearsal, which keeps no picture.
        blind: people decide first, and are told afterwards how sure the machine was.
        decoys: there may be alerts that test the people who decide, so that each commits to whether it is one.
        by: id of the account that runs it.
        rests_on: what its start rests on, as facts, or a refusal; None: nobody asks for anything.
    """

    installation: Installation
    deployment: str
    retention: RetentionRules
    open_list: OpenList | None = None
    blind: bool = False
    decoys: bool = False
    by: str = SYSTEM
    rests_on: Callable[[Work], Mapping[str, Fact]] | None = None


class Desk:
    """The engine's alert and figure sink."""

    def __init__(self, prepared: Prepared, *, keeping: Keeping, viewer: Viewer) -> None:
        self._prepared, self._installation, self._deployment = prepared, keeping.installation, keeping.deployment
        self._open_list, self._retention = keeping.open_list, keeping.retention
        self._blind, self._by, self._decoys = keeping.blind, keeping.by, keeping.decoys
        self._rests_on = keeping.rests_on
        self.healths: dict[int, Health] = {}  # the newest, by camera
        self._viewer, self._screen = viewer, threading.Lock()
        self._clock = keeping.installation.clock
        self._timed = prepared.task.pace is not Pace.FAST
        self._latencies: list[float] = []
        self._total = Counts()
        self._list_is_gone = False
        self.alerts = 0
        self._outbox = Outbox(self._clock, lambda sentence: self.trouble(None, sentence))

    def begin(self) -> None:
        """The run begins, and the record says so, with what it rests on, before anything is scanned.

        Raises:
            StoreUnavailable: nothing can be kept.
            Refused: what it has to rest on is not there.
        """
        prepared = self._prepared
        facts: dict[str, Fact] = {
            "list": None if self._open_list is None else self._open_list.row.id,
            "entries": len(set(prepared.watch_list.row_entry.tolist())),
            "threshold_e4": round(prepared.threshold.value * 10_000),
            "cameras": len(prepared.deployment.cameras),
        }

        def change(work: Work) -> None:
            on = {} if self._rests_on is None else self._rests_on(work)
            work.record("watch.started", actor=self._by, deployment=self._deployment, facts={**facts, **on})

        self._installation.store.write(change)
        self._outbox.start()

    def raise_alert(self, match: PossibleMatch) -> None:
        raised = self._sealed(match)
        self._outbox.put(Item(deliver=lambda: self._deliver(raised), is_alert=True))
        self._outbox.check()

    def deliver(self) -> bool:
        """Hands over what it can now; says whether nothing is left. A desk that has begun does so by itself."""
        return self._outbox.deliver()

    def settle(self) -> None:
        """Raises Stopped, or another error, where alerts can no longer be handed over or the list is gone."""
        if self._list_is_gone:
            raise Stopped(LIST_GONE)
        self._outbox.check()

    def look_after_the_list(self) -> None:
        """Sees whether the list is still kept; called from time to time, in any thread."""
        if self._open_list is not None:
            watch_list = self._open_list.row.id
            row = self._installation.store.read(lambda work: work.lists.get(watch_list))
            self._list_is_gone = row is None or row.state is not State.KEPT

    def finish(self) -> None:
        """The run is over: what still waits is handed over now or never.

        Raises:
            Stopped: something still waits.
        """
        self._outbox.put(Item(deliver=self._end, is_alert=False))
        self._outbox.finish()

    def minute(self, figures: MinuteFigures) -> None:
        figures = replace(figures, counts=to_the_millisecond(figures.counts))
        self._total = add_up([self._total, figures.counts])
        self._outbox.put(Item(deliver=lambda: self._keep_minute(figures), is_alert=False))

    def health(self, health: Health) -> None:
        self.healths[health.camera] = health
        with self._screen:
            self._viewer.health(health)

    def tell(self, alert: Alert) -> None:
        """Shows an alert that is in the record."""
        with self._screen:
            self._viewer.alert(alert)

    def profile(self, profile: Profile) -> None:
        with self._screen:
            self._viewer.profile(profile)

    def trouble(self, camera: int | None, sentence: str) -> None:
        with self._screen:
            self._viewer.trouble(None if camera is None else self._prepared.deployment.cameras[camera].name, sentence)

    def figures(self) -> RunFigures:
        """The figures of the run: the sum of its minutes."""
        return RunFigures(
            counts=self._total,
            alerts=self.alerts,
            latencies_s=tuple(self._latencies) if self._timed else None,
        )

    def _end(self) -> None:
        facts = {"alerts": self.alerts, **count_facts(self._total)}
        self._installation.store.write(lambda work: self._record(work, "watch.ended", facts))

    def _record(self, work: Work, kind: str, facts: Mapping[str, Fact]) -> None:
        work.record(kind, deployment=self._deployment, facts=facts)

    def _deliver(self, raised: _Raised) -> None:
        if not raised.committed:
            self._complete(raised)
            if raised.withdrawn:
                return
            self._commit(raised)
        self.tell(raised.alert)
        self.alerts += 1
        self._latencies.append(max(0, self._clock.now_us() - raised.first_usable_us) / 1e6)

    def _commit(self, raised: _Raised) -> None:
        keyring, store = self._installation.keyring, self._installation.store
        row = raised.row
        committed = no_commitment(self._installation) if self._decoys else ""

        def change(work: Work) -> None:
            work.alerts.add(row)
            take_back_all(work, self._clock.now_us())
            self._record(work, "alert.raised", alert_facts(row, raised.camera, committed=committed))

        with keyring.creating():
            # put anew each time: what an attempt left that failed after it may have been swept away since, or not
            with suppress(KeyExists):
                keyring.put(key_name(Subject.ALERT, row.id), raised.key)
            store.write(change)
        raised.committed = True

    def _complete(self, raised: _Raised) -> None:
        """Puts the entry's own picture to those of the passage."""
        if raised.complete:
            return
        row, what = raised.row, _bound_to(raised.alert)
        latency_us = max(0, self._clock.now_us() - raised.first_usable_us) if self._timed else None
        if self._open_list is not None and row.sealed is not None:
            person = listed_person(self._installation, self._open_list, row.list_position)
            if person is None:
                self._drop(raised, self._open_list.row.id)
                return
            seen = AlertEvidence.from_bytes(unseal(raised.key, what, row.sealed))
            response = person.fields.get("response", "")
            content = replace(seen, listed=person.picture, response=response).to_bytes()
            row = replace(row, sealed=seal(raised.key, what, content, self._installation.random_bytes))
        raised.row, raised.complete = replace(row, latency_us=latency_us), True

    def _drop(self, raised: _Raised, watch_list: str) -> None:
        def change(work: Work) -> bool:
            row = work.lists.get(watch_list)
            if row is None or row.state is not State.KEPT:
                return False
            self._record(work, "alert.dropped", {"camera": raised.camera, "reason": "entry-withdrawn"})
            return True

        if not self._installation.store.write(change):
            raise Stopped(LIST_GONE)
        raised.withdrawn = True

    def _sealed(self, match: PossibleMatch) -> _Raised:
        alert = self._named(match)
        random_bytes = self._installation.random_bytes
        key = new_key(random_bytes)
        content = self._evidence(match, alert.entry).to_bytes()
        row = AlertRow(
            id=alert.id,
            deployment=self._deployment,
            camera=alert.camera,
            passage=alert.passage,
            at_us=alert.at_us,
            list_position=match.entry,
            score=alert.score,
            threshold=alert.threshold,
            false_alerts_per_1000=alert.false_alerts_per_1000,
            shots=alert.shots,
            cautions=alert.cautions,
            latency_us=None,
            erase_after_us=alert.at_us + self._retention.possible_match_us,
            about=about[match.entry] if (about := self._prepared.watch_list.about) else LISTED,
            sealed=seal(key, _bound_to(alert), content, random_bytes),
        )
        return _Raised(alert=alert, row=row, camera=match.camera, key=key, first_usable_us=match.first_usable_us)

    def _evidence(self, match: PossibleMatch, reference: str) -> AlertEvidence:
        """What the cameras saw, as far as it is kept."""
        pictures = tuple(
            AlertPicture(
                jpeg=to_jpeg(np.frombuffer(one.bgr, np.uint8).reshape(one.height, one.width, 3)),
                captured_us=one.captured_us,
                quality=one.quality,
            )
            for one in (match.pictures if self._open_list else ())
        )
        return AlertEvidence(reference=reference, pictures=pictures, listed=None)

    def _keep_minute(self, figures: MinuteFigures) -> None:
        row = FigureRow(
            deployment=self._deployment,
            camera=self._prepared.deployment.cameras[figures.camera].name,
            minute_us=figures.minute_us,
            counts=figures.counts,
        )

        def change(work: Work) -> None:
            work.figures.add(row)
            facts: dict[str, Fact] = {"camera": figures.camera, "minute_us": figures.minute_us}
            self._record(work, "figures.minute", {**facts, **count_facts(figures.counts)})

        self._installation.store.write(change)

    def _named(self, match: PossibleMatch) -> Alert:
        prepared = self._prepared
        size = len(prepared.watch_list.templates)
        cautions = match.cautions
        if prepared.threshold.extrapolated:
            cautions = (*cautions, "threshold extrapolated")
        if prepared.watch_list.has_look_alike(match.entry, prepared.look_alike):
            cautions = (*cautions, LOOK_ALIKE)
        return Alert(
            id=self._installation.new_id(),
            deployment=prepared.deployment.name,
            camera=prepared.deployment.cameras[match.camera].name,
            at_us=match.captured_us,
            media_time_s=match.media_time_s,
            passage=match.passage,
            entry=prepared.watch_list.references[match.entry],
            score=match.score,
            threshold=prepared.threshold.value,
            false_alerts_per_1000=false_alerts_per_1000(prepared.curve, match.score, size),
            shots=match.shots,
            cautions=cautions,
            blind=self._blind,
        )


def _bound_to(alert: Alert) -> str:
    return f"alert:{alert.id}"


def alert_facts(row: AlertRow, camera: int, *, committed: str = "") -> dict[str, Fact]:
    """What the ledger says of an alert as it is raised. Scores in ten-thousandths; the digest binds the sealed content
    to this entry. `committed`: what it commits to, where the deployment may have decoys."""
    assert row.sealed is not None
    facts: dict[str, Fact] = {
        "alert": row.id,
        "camera": camera,
        "passage": row.passage,
        "score_e4": round(row.score * 10_000),
        "threshold_e4": round(row.threshold * 10_000),
        "shots": row.shots,
        "about": row.about,
        "latency_ms": None if row.latency_us is None else row.latency_us // 1000,
        "sealed": f"sha256:{hashlib.sha256(row.sealed).hexdigest()}",
    }
    return {**facts, "committed": committed} if committed else facts


def count_facts(counts: Counts) -> dict[str, Fact]:
    """Every count by its name; seconds as whole milliseconds."""
    facts: dict[str, Fact] = {}
    for one in fields(Counts):
        value = getattr(counts, one.name)
        if isinstance(value, float):
            facts[one.name.removesuffix("_s") + "_ms"] = round(value * 1000)
        else:
            facts[one.name] = value
    return facts
