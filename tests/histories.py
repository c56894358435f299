"""Deployments with a history, kept in the store and in the ledger as the services keep them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources

from overt.domain.deciding import IDENTIFIED, NOT_MET
from overt.domain.decision import Followed, Means, Recipient, Result, Verdict
from overt.domain.figures import Counts, to_the_millisecond
from overt.domain.policy import Rules
from overt.domain.retention import RetentionRules
from overt.ledger.entry import SYSTEM, Fact
from overt.services.acting import keep_policy
from overt.services.adjudicate import decide
from overt.services.desk import count_facts
from overt.services.erase import key_name, withdraw_entry
from overt.services.installation import Installation
from overt.services.outcomes import conclude, disclose
from overt.services.policies import load_policy
from overt.services.record import export
from overt.services.undecided import count_undecided
from overt.store.ports import Work
from overt.store.records import AlertRow, DeploymentRow, FigureRow, ListRow, LookRow, SealedEntry, Subject
from overt.testing.fixed_clock import SOME_DAY_US, FixedClock
from overt.vault.seal import new_key, seal
from tests.installations import in_memory
from tests.stores import MINUTE_US, uuid
from tests.unit.services.handed_over import handed
from tests.unit.services.keeping import EVIDENCE

CAMERAS = ("north", "south")
#: Policies that ask for one verdict and for two.
ONE_VERDICT, TWO_VERDICTS = "consent", "uk-police"


@dataclass
class History:
    """One deployment on an installation in memory; what happens to it takes a second each. `on`: one that there is."""

    clock: FixedClock = field(default_factory=FixedClock)
    on: Installation | None = None
    installation: Installation = field(init=False)
    deployment: str = field(init=False)
    rules: Rules = field(init=False)
    kind: str = "operation"
    watch_list: str = ""

    def __post_init__(self) -> None:
        self.installation = self.on or in_memory(self.clock)
        self.enter()

    def enter(self, policy: str = ONE_VERDICT, *, kind: str = "operation", name: str = "High Street") -> str:
        """Another deployment, which is then the one that things happen to; its id."""
        installation, loaded = self.installation, load_policy(policy)
        text = resources.files("overt").joinpath("policies", f"{policy}.toml").read_text("utf-8")
        row = DeploymentRow(
            id=installation.new_id(),
            digest=os.urandom(32).hex(),
            name=name,
            opens_us=SOME_DAY_US,
            closes_us=SOME_DAY_US + 8 * 60 * MINUTE_US,
            policy=policy,
            policy_digest=loaded.digest,
            kind=kind,
        )

        def change(work: Work) -> None:
            keep_policy(installation, work, loaded, text, SYSTEM)
            work.deployments.add(row)
            facts: dict[str, Fact] = {"digest": row.digest, "kind": kind}
            facts |= {"policy": policy, "policy_digest": row.policy_digest}
            facts |= {"opens_us": row.opens_us, "closes_us": row.closes_us, "cameras": len(CAMERAS)}
            work.record("deployment.made", deployment=row.id, facts=facts)

        self._do(change)
        self.deployment, self.rules, self.kind = row.id, loaded.rules, kind
        return row.id

    def seal(self, entries: int, made_of: Mapping[str, Fact] | None = None) -> str:
        """A list without content. `made_of`: facts of what it is made of; None: as the version before this one did."""
        row = ListRow(
            id=self.installation.new_id(),
            deployment=self.deployment,
            salt=b"salt",
            entries=entries,
            made_us=self.clock.now_us(),
            erase_after_us=self.clock.now_us() + MINUTE_US,
        )
        facts: dict[str, Fact] = {"list": row.id, "entries": entries, "templates": entries, **(made_of or {})}

        def change(work: Work) -> None:
            work.lists.add(row, [SealedEntry(position=at, sealed=b"") for at in range(entries)])
            work.record("list.sealed", deployment=self.deployment, facts=facts)

        self._do(change)
        self.watch_list = row.id
        return row.id

    def withdraw(self, position: int) -> None:
        withdraw_entry(self.installation, self.watch_list, position, "by-hand")

    def raised(
        self,
        passage: int = 1,
        *,
        camera: int = 0,
        about: str | None = "listed",
        latency_us: int | None = 420_999,
        threshold: float = 0.5,
        committed: str = "",
        before: Callable[[Work, int], object] = lambda *_: None,
    ) -> str:
        """An alert of now, as the desk keeps it; its id.

        Args:
            about: None: as the version before this one did.
            committed: what it commits to, where the deployment may have decoys.
            before: done in the same transaction.
        """
        installation, now_us = self.installation, self.clock.now_us()
        alert, key = installation.new_id(), new_key(installation.random_bytes)
        row = AlertRow(
            id=alert,
            deployment=self.deployment,
            camera=CAMERAS[camera],
            passage=passage,
            at_us=now_us,
            list_position=0,
            score=0.7,
            threshold=threshold,
            false_alerts_per_1000=0.1,
            shots=3,
            cautions=(),
            latency_us=latency_us,
            erase_after_us=now_us + 24 * 60 * MINUTE_US,
            sealed=seal(key, f"alert:{alert}", EVIDENCE.to_bytes(), installation.random_bytes),
            about=about or "listed",
        )
        facts: dict[str, Fact] = {
            "alert": alert,
            "camera": camera,
            "passage": passage,
            "score_e4": 7000,
            "threshold_e4": round(threshold * 10_000),
            "shots": 3,
            "latency_ms": None if latency_us is None else latency_us // 1000,
            "sealed": "sha256:" + "0" * 64,
        }
        if about is not None:
            facts["about"] = about
        if committed or (self.kind == "operation" and self.rules.decoys_per_h_max):
            facts["committed"] = committed or "sha256:" + "0" * 64

        def change(work: Work) -> None:
            work.alerts.add(row)
            before(work, now_us)
            work.record("alert.raised", deployment=self.deployment, facts=facts)

        installation.keyring.put(key_name(Subject.ALERT, alert), key)
        self._do(change)
        return alert

    def says(self, alert: str, verdict: Verdict, by: int | str = 0xAA, *, looked_us: int = MINUTE_US) -> None:
        """Somebody looks for so long and decides."""
        account = by if isinstance(by, str) else uuid(by)
        look = LookRow(alert=alert, account=account, shown_us=self.clock.now_us() - looked_us)
        self.installation.store.write(lambda work: work.alerts.show(look))
        decide(
            self.installation,
            alert,
            verdict,
            words="The ears differ.",
            account=account,
            rules=self.rules,
            retention=RetentionRules(),
        )
        self.clock.advance(1)

    def came(
        self,
        alert: str,
        result: Result,
        *,
        held_min: int = 5,
        followed: Followed = Followed.NOTHING,
        served_aim: bool = False,
    ) -> None:
        """It is recorded what came of an alert on which "worth a look" stands."""
        conclude(
            self.installation,
            alert,
            means=Means.DOCUMENT if result in IDENTIFIED else Means.NOT_IDENTIFIED,
            result=result,
            held_min=None if result in NOT_MET else held_min,
            followed=followed,
            served_aim=served_aim,
            account=uuid(0xAB),
            rules=self.rules,
        )
        self.clock.advance(1)

    def ended(self, passage: int, result: Result | None, **given: int) -> str:
        """An alert about a listed person that was worth a look, and what came of it; its id."""
        alert = self.raised(passage)
        self.says(alert, Verdict.WORTH_A_LOOK)
        if result is not None:
            self.came(alert, result, held_min=given.get("held_min", 5), served_aim=result is Result.RIGHT)
        return alert

    def disclosed(self, alert: str) -> None:
        disclose(
            self.installation,
            alert,
            to=Recipient.COURT,
            why="Order 17 of 2026",
            account=uuid(0xAB),
            rules=self.rules,
        )

    def handed_over(self, alert: str) -> None:
        """Its record with its pictures; by two who have not decided."""
        handed(self.installation, alert, account=uuid(0xB1), seconded_by=uuid(0xB2), rules=self.rules)

    def overdue(self) -> int:
        """The policy's minutes pass; how many alerts nobody decided."""
        self.clock.advance(60 * self.rules.undecided_after_min)
        return count_undecided(self.installation, self.deployment, self.rules)

    def minute(self, minute: int = 0, *, camera: int = 0, seen: int = 100, detected: int = 110, lost: int = 0) -> None:
        """A camera's minute, as the desk keeps it."""
        self.counted(
            minute, camera, Counts(frames=1500, faces_detected=detected, faces_seen=seen, lost=lost, video_s=59.96)
        )

    def counted(self, minute: int, camera: int, counts: Counts) -> None:
        at_us = SOME_DAY_US + minute * MINUTE_US
        counts = to_the_millisecond(counts)
        row = FigureRow(deployment=self.deployment, camera=CAMERAS[camera], minute_us=at_us, counts=counts)
        facts: dict[str, Fact] = {"camera": camera, "minute_us": at_us, **count_facts(counts)}

        def change(work: Work) -> None:
            work.figures.add(row)
            work.record("figures.minute", deployment=self.deployment, facts=facts)

        self._do(change)

    def notes(self, kind: str, /, **facts: Fact) -> None:
        """Something that stands in the ledger alone."""
        self._do(lambda work: work.record(kind, deployment=self.deployment, facts=facts))

    def row(self) -> DeploymentRow:
        """The deployment as it stands."""
        row = self.installation.store.read(lambda work: work.deployments.get(self.deployment))
        assert row is not None
        return row

    def exported(self) -> list[bytes]:
        """The lines of an export of its ledger."""
        out = io.BytesIO()
        export(self.installation.store, out.write)
        return out.getvalue().splitlines(keepends=True)

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def _do(self, change: Callable[[Work], None]) -> None:
        self.installation.store.write(change)
        self.clock.advance(1)
