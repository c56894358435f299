"""While a deployment runs, decoys come among its alerts: rarely, at random, and never in the way of a real one.

Rules:
  - a decoy is shown only where a camera that is scanning has a face in view: out of an empty street it would be
    known;
  - whether one may be shown is looked at in the very transaction in which it is raised (`overt.domain.decoying`);
  - a pair is shown once, and not at all where its reference, or a face that the machine takes for the same, is on the
    list of the deployment: nobody who is looked for is a decoy;
  - an alert that is one has what every alert has: a key, pictures, numbers, an entry in the ledger. Its score is drawn
    above the threshold, since its own would tell;
  - what is open when a run ends is taken back.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol

from overt.domain.alert import Alert
from overt.domain.decoying import Ended, Moment, comes, may_show
from overt.domain.errors import OvertError
from overt.domain.figures import Health
from overt.domain.policy import Rules
from overt.domain.tally import OPERATION
from overt.domain.time import SECOND_US
from overt.recognition.threshold import false_alerts_per_1000
from overt.services.decoy_alerts import NONCE_BYTES, commitment, end, shown_of
from overt.services.decoy_pictures import PairContent
from overt.services.decoy_sets import bound_to, usable_sets
from overt.services.desk import alert_facts
from overt.services.erase import key_name
from overt.services.evidence import AlertEvidence, AlertPicture
from overt.services.installation import Installation
from overt.services.now import waiting_anywhere
from overt.services.prepare import Prepared
from overt.services.standing import Under
from overt.store.ports import Work
from overt.store.records import NO_ENTRY, AlertRow, DecoyRow, DecoySetRow, Subject
from overt.vault.errors import NoKey
from overt.vault.seal import new_key, seal, unseal

#: What a decoy's score lies above the threshold, at most; how old its best shot is, and its latency, microseconds.
SCORE_ABOVE: Final = 0.16
AGE_US: Final = (250_000, 900_000)
BETWEEN_SHOTS_US: Final = (120_000, 500_000)
QUALITY: Final = (0.45, 0.9)
LIVE: Final = "live"


class Street(Protocol):
    """What the run shows of itself, and where its alerts are told."""

    @property
    def healths(self) -> dict[int, Health]:
        """How each camera is doing, by its position."""
        ...

    def tell(self, alert: Alert) -> None: ...


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """A pair that may be shown."""

    decoy_set: DecoySetRow
    position: int
    same: bool
    content: PairContent


def has_decoys(under: Under) -> bool:
    """Whether the people of a run may be tested; nobody is in a trial."""
    return under.row.kind == OPERATION and under.policy.rules.decoys_per_h_max > 0


class Decoying:
    """Asked from time to time, in any one thread, while a deployment runs; a context, at whose end open ones are taken
    back."""

    def __init__(
        self,
        installation: Installation,
        prepared: Prepared,
        under: Under,
        street: Street,
        *,
        scans: Callable[[], bool] = lambda: True,
    ) -> None:
        self._installation, self._prepared, self._under = installation, prepared, under
        self._street, self._scans = street, scans
        self._rules: Rules = under.policy.rules
        self._drawn = random.Random(int.from_bytes(installation.random_bytes(16), "big"))
        self._began_us, self._asked_us = installation.clock.now_us(), installation.clock.boot_us()
        self._due = False

    def __enter__(self) -> Decoying:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OvertError):  # where the store is away they are taken back when their time is over
            self._installation.store.write(self._end_all)

    def after(self, first: Callable[[], None]) -> Callable[[], None]:
        """Does something, and then looks."""

        def both() -> None:
            first()
            self.look()

        return both

    def look(self) -> None:
        """As `show_if_due`; where it cannot be kept now, there is no test."""
        with suppress(OvertError):
            self.show_if_due()

    def show_if_due(self) -> str:
        """Shows a decoy where one is due and may be shown now; its alert's id, or "".

        Raises:
            StoreUnavailable, KeyringUnavailable: it could not be kept; nothing was.
            Stopped: the run may not go on.
            OSError: it could not be told.
        """
        boot_us = self._installation.clock.boot_us()
        elapsed_us, self._asked_us = boot_us - self._asked_us, boot_us
        if not has_decoys(self._under):
            return ""
        drawn = self._installation.random_bytes(8)
        self._due = self._due or comes(self._rules.decoys_per_h_max, elapsed_us, drawn)
        camera = self._camera() if self._due and self._scans() else None
        return "" if camera is None else self._show(camera)

    def _camera(self) -> int | None:
        """One that is scanning and has somebody in view."""
        found = [at for at, health in self._street.healths.items() if health.state == LIVE and health.in_view]
        return self._drawn.choice(sorted(found)) if found else None

    def _show(self, camera: int) -> str:
        self._due = False
        chosen = self._installation.store.read(self._choose)
        if chosen is None:
            return ""
        alert, evidence = self._alert(chosen, camera)
        key, nonce = new_key(self._installation.random_bytes), self._installation.random_bytes(NONCE_BYTES).hex()
        sealed = seal(key, f"alert:{alert.id}", evidence.to_bytes(), self._installation.random_bytes)
        row = self._row(alert, sealed)
        decoy = DecoyRow(
            alert=alert.id,
            decoy_set=chosen.decoy_set.id,
            position=chosen.position,
            same=chosen.same,
            nonce=nonce,
        )
        facts = alert_facts(row, camera, committed=commitment(nonce, row.id, decoy.decoy_set, decoy.position))

        def change(work: Work) -> bool:
            if chosen.decoy_set.id not in {one.id for one in usable_sets(work)} or not self._may(work):
                return False
            work.alerts.add(row)
            work.decoys.add(decoy)
            work.record("alert.raised", deployment=row.deployment, facts=facts)
            return True

        keyring = self._installation.keyring
        with keyring.creating():
            keyring.put(key_name(Subject.ALERT, row.id), key)
            shown = self._installation.store.write(change)
        if not shown:
            keyring.destroy(key_name(Subject.ALERT, row.id))
            return ""
        self._street.tell(alert)
        return alert.id

    def _may(self, work: Work) -> bool:
        now_us, row = self._installation.clock.now_us(), self._under.row
        waiting = len(waiting_anywhere(work, now_us))
        shown_us = (one.at_us for one in work.alerts.of(row.id) if one.is_decoy)
        moment = Moment(
            now_us=now_us,
            began_us=self._began_us,
            closes_us=row.closes_us,
            waiting=waiting,
            shown_us=tuple(shown_us),
        )
        return may_show(moment, self._rules.decoys_per_h_max)

    def _choose(self, work: Work) -> _Chosen | None:
        """A pair that was never shown, at random; None: it may not be now, or none is left."""
        if not self._may(work):
            return None
        left = [
            (row, pair)
            for row in usable_sets(work)
            for used in (shown_of(work, row.id),)
            for pair in work.decoys.pairs(row.id)
            if pair.position not in used
        ]
        self._drawn.shuffle(left)
        for row, pair in left:
            try:
                key = self._installation.keyring.get(key_name(Subject.DECOYS, row.id))
            except NoKey:  # it is being erased
                continue
            content = PairContent.from_bytes(unseal(key, bound_to(row.id, pair.position), pair.sealed))
            if not self._is_listed(content):
                return _Chosen(decoy_set=row, position=pair.position, same=pair.same, content=content)
        return None

    def _is_listed(self, content: PairContent) -> bool:
        listed = self._prepared.watch_list
        if content.reference.casefold() in {one.casefold() for one in listed.references}:
            return True
        if content.templates.shape[1] != listed.templates.shape[1]:
            return True  # of another pack: nobody can tell
        return bool((content.templates @ listed.templates.T >= self._prepared.look_alike).any())

    def _alert(self, chosen: _Chosen, camera: int) -> tuple[Alert, AlertEvidence]:
        prepared, now_us = self._prepared, self._installation.clock.now_us()
        threshold, content = prepared.threshold.value, chosen.content
        score = min(0.99, threshold + SCORE_ABOVE * min(self._drawn.random(), self._drawn.random()))
        at_us = now_us - self._drawn.randint(*AGE_US)
        alert = Alert(
            id=self._installation.new_id(),
            deployment=prepared.deployment.name,
            camera=prepared.deployment.cameras[camera].name,
            at_us=at_us,
            media_time_s=None,
            passage=self._street.healths[camera].counts.faces_detected + 1,
            entry=content.reference,
            score=score,
            threshold=threshold,
            false_alerts_per_1000=false_alerts_per_1000(prepared.curve, score, len(prepared.watch_list.templates)),
            shots=len(content.shots),
            cautions=("threshold extrapolated",) if prepared.threshold.extrapolated else (),
            blind=self._rules.blind_first,
        )
        listed = self._response(content)
        return alert, AlertEvidence(
            reference=content.reference,
            pictures=self._pictures(content.shots, at_us),
            listed=content.listed,
            response=listed,
        )

    def _response(self, content: PairContent) -> str:
        return content.response if content.response in self._rules.responses else self._rules.responses[0]

    def _pictures(self, shots: Sequence[bytes], at_us: int) -> tuple[AlertPicture, ...]:
        qualities = sorted((self._drawn.uniform(*QUALITY) for _ in shots), reverse=True)
        found, taken_us = [], at_us
        for jpeg, quality in zip(shots, qualities, strict=True):
            found.append(AlertPicture(jpeg=jpeg, captured_us=taken_us, quality=quality))
            taken_us -= self._drawn.randint(*BETWEEN_SHOTS_US)
        return tuple(found)

    def _row(self, alert: Alert, sealed: bytes) -> AlertRow:
        return AlertRow(
            id=alert.id,
            deployment=self._under.row.id,
            camera=alert.camera,
            passage=alert.passage,
            at_us=alert.at_us,
            list_position=NO_ENTRY,
            score=alert.score,
            threshold=alert.threshold,
            false_alerts_per_1000=alert.false_alerts_per_1000,
            shots=alert.shots,
            cautions=alert.cautions,
            latency_us=self._installation.clock.now_us() - alert.at_us + self._drawn.randint(0, SECOND_US // 10),
            erase_after_us=alert.at_us + self._under.policy.retention().possible_match_us,
            sealed=sealed,
        )

    def _end_all(self, work: Work) -> None:
        now_us = self._installation.clock.now_us()
        work.decoys.sets()
        for one in work.decoys.of(self._under.row.id):
            row = work.alerts.get(one.alert)
            if row is not None and one.over_us is None:
                end(work, row, now_us, Ended.RUN_ENDED)
