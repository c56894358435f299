"""Deployment files that a policy allows, and an installation in which they are entered, signed and watched."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from overt.domain.errors import OvertError, Stopped
from overt.domain.policy import RULES
from overt.domain.roles import Role
from overt.domain.time import to_text
from overt.services.authorise import RuleBroken
from overt.services.case import Case
from overt.services.ending import end
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.reviews import file_review
from overt.services.standing import Standing, Under, begin
from overt.store.records import DeploymentRow, DeploymentState
from overt.testing.fixed_clock import FixedClock
from overt.testing.toy_reader import ToyReader
from overt.vault import passphrase
from tests.authority import _LENIENT, OFFICER, case_in, entered, signed, staff, write_entries, write_policy
from tests.installations import in_memory
from tests.preparing import CONSULTED, ready_to_sign, ready_to_start
from tests.unit.services.keeping import portraits

HOUR_US = 3_600_000_000
REVIEW = "It did what it was for."
#: One hectare has about 100 m each way: 0.0009 degrees of latitude, 0.00144 of longitude at 51.5 degrees.
SQUARE = ((51.5, 0.0), (51.5, 0.0006), (51.5004, 0.0006), (51.5004, 0.0))
WORDS = {"legal_basis": "the law", "aim": "to find them", "proportionality": "small", "alternatives": "none"}
#: For each policy: keys of [deployment], of [authority], kinds of documents, columns of every entry.
ASKED: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any], Sequence[str], Mapping[str, str]]] = {
    "uk-police": (
        {"use_case": "hotspot", "purpose": "locate-wanted"},
        {},
        ("dpia", "appropriate-policy", "equality-impact", "bias-test", "community-impact", "public-notice", "signs"),
        {"category": "wanted-by-court", "serious": "yes", "source": "custody", "response": "arrest"},
    ),
    "eu-ai-act": (
        {"use_case": "likely-location", "purpose": "serious-offence-suspect"},
        {"outside_authorisation": "order 17 of the district court"},
        ("fria", "registration", "dpia", "bias-test", "public-notice", "signs"),
        {"category": "annex-ii-suspect", "serious": "yes", "source": "police", "response": "arrest"},
    ),
    "consent": (
        {"use_case": "protective", "purpose": "self-exclusion"},
        {"statute": "the act, section 1"},
        ("dpia", "appropriate-policy", "bias-test", "consent-records", "signs"),
        {"category": "self-excluded", "source": "taken-with-consent", "response": "welfare"},
    ),
}
POLICIES = tuple(ASKED)


class Moment(str):
    """A time, which TOML has without quotes."""

    __slots__ = ()


def toml(value: object) -> str:
    if isinstance(value, Moment):
        return str(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


@dataclass
class Site:
    """An installation in memory with its people, and a folder in which deployments are written.

    `policy`: a name; None: one that asks for little. `prepares`: what its policy wants before the start is filed.
    """

    folder: Path
    policy: str | None = None
    clock: FixedClock = field(default_factory=FixedClock)
    prepares: bool = True
    installation: Installation = field(init=False)

    def __post_init__(self) -> None:
        self.installation = replace(in_memory(self.clock), machine="this machine and home")

    def by(self, role: Role) -> Account:
        return staff(self.installation)[role]

    @property
    def second(self) -> Account:
        return staff(self.installation).second

    def moment(self, hours: float) -> Moment:
        """So many hours from now."""
        return Moment(to_text(self.clock.now_us() + round(hours * HOUR_US)))

    def policy_file(self, **rules: object) -> str:
        """The name of a policy file that asks for little but for these rules."""
        if not (self.folder / "mild.toml").exists():
            write_policy(self.folder / "mild.toml")
        if not rules:
            return "mild.toml"
        write_policy(self.folder / "other.toml", {**_LENIENT, **rules})
        return "other.toml"

    def case(
        self,
        name: str = "High Street",
        *,
        opens_h: float = -1.0,
        hours: float = 7.5,
        cameras: int = 1,
        area: Sequence[tuple[float, float]] | None = SQUARE,
        people: Sequence[str] = ("ann", "bob"),
        entry: Mapping[str, str] | None = None,
        authority: Mapping[str, Any] | None = None,
        documents: Sequence[str] | None = None,
        signs_h: float | None = None,
        rules: Mapping[str, object] | None = None,
        consultations: Sequence[Mapping[str, Any]] | None = None,
        **deployment: Any,
    ) -> Case:
        """A deployment file that its policy allows, but for what is changed; None leaves a key out."""
        about, words, kinds, columns = ASKED[self.policy] if self.policy else ({}, {}, ("signs",), {})
        place = {
            "name": name,
            "place": "there",
            "use_case": "hotspot",
            "policy": self.policy or self.policy_file(**(rules or {})),
            "purpose": "trial",
            "why_here": "they were seen here",
            "why_now": "they come on Sundays",
            "expected_passages": 1000,
            "area": None if area is None else [list(corner) for corner in area],
            "nearby": [],
            **about,
            **deployment,
        }
        written = {
            **WORDS,
            "necessity": f"nothing else finds them at {name}, we tried",
            "authorised_by": OFFICER,
            "valid_from": self.moment(opens_h),
            "valid_until": self.moment(opens_h + hours),
            **words,
            **(authority or {}),
        }
        folder = self.folder / f"people of {name}"
        portraits(folder, *people)
        expires = to_text(self.clock.now_us() + 48 * HOUR_US)
        write_entries(folder, self.clock.now_us(), **{"expires": expires, **columns, **(entry or {})})
        tables = [
            ("[deployment]", place),
            ("[authority]", written),
            ("[watchlist]", {"folder": folder.name, "wanted_far": 0.0005}),
        ]
        for at in range(cameras):
            corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
            camera = {"name": f"camera {at}", "url": f"rtsp://10.0.0.{at + 5}/a", "zone": corners, "serial": f"A{at}"}
            tables.append(("[[camera]]", camera))
        at_h = min(opens_h, 0.0) - 1 if signs_h is None else signs_h
        for kind in kinds if documents is None else documents:
            paper = {"kind": kind, "reference": f"{kind} 1", "version": "1", "date": self.moment(at_h)}
            tables.append(("[[document]]", {**paper, **({"sha256": "0" * 64} if self.policy else {})}))
        asked = (CONSULTED if self.policy else ()) if consultations is None else consultations
        tables.extend(("[[consultation]]", dict(one)) for one in asked)
        lines = []
        for head, table in tables:
            lines += [head, *(f"{key} = {toml(value)}" for key, value in table.items() if value is not None), ""]
        file = self.folder / f"{name}.toml"
        file.write_text("\n".join(lines), "utf-8")
        return case_in(file)

    def enter(self, case: Case, tell: Callable[[str], None] = lambda _: None) -> DeploymentRow:
        with quick_passphrases():
            return entered(self.installation, case, ToyReader(), tell)

    def sign(self, case: Case, row: DeploymentRow, **options: Any) -> DeploymentRow:
        if self.policy and self.prepares:
            self.ready_to_sign(case)
        return signed(self.installation, case, row, **options)

    def authorised(self, case: Case) -> DeploymentRow:
        return self.sign(case, self.enter(case))

    def under(self, case: Case, row: DeploymentRow) -> Under:
        return Under(row=row, policy=case.policy, by=self.by(Role.OPERATOR))

    def ready_to_sign(self, case: Case) -> None:
        ready_to_sign(self.installation, case.policy.rules, self.by)

    def ready_to_start(self, row: DeploymentRow) -> None:
        ready_to_start(self.installation, row, self.by)

    def begin(self, case: Case, row: DeploymentRow) -> None:
        may_run = self.row(row).state is DeploymentState.AUTHORISED and self.clock.now_us() < row.closes_us
        if self.policy and self.prepares and may_run:
            self.ready_to_start(row)
        begin(self.installation, case.deployment, self.under(case, row))

    def standing(self, case: Case, row: DeploymentRow, people: Crowd | None = None) -> Standing:
        return Standing(
            self.installation,
            case.deployment,
            self.under(case, row),
            people=people or Crowd(),
            tell=lambda _: None,
        )

    def watched(self, case: Case, row: DeploymentRow) -> None:
        """It runs for a moment."""
        self.begin(case, row)
        with self.standing(case, row) as gate:
            assert gate.may_scan()

    def over(self, case: Case, row: DeploymentRow, *, reviewed: bool = True) -> DeploymentRow:
        """It was watched, and ended by its operator."""
        self.watched(case, row)
        end(self.installation, self.by(Role.OPERATOR), row, case.policy.retention())
        self.clock.advance(1)
        if reviewed:
            file_review(self.installation, self.by(Role.AUTHORISING_OFFICER), row, REVIEW)
        return self.row(row)

    def row(self, row: DeploymentRow) -> DeploymentRow:
        """As it is now."""
        found = self.installation.store.read(lambda work: work.deployments.get(row.id))
        assert found is not None
        return found


@dataclass
class Crowd:
    """People of a run, as the test says."""

    why_pause: str = ""
    why_stop: str = ""

    def pause(self, paused: bool) -> str:
        assert paused in (True, False)
        return self.why_pause

    def stop(self) -> str:
        return self.why_stop


@contextmanager
def quick_passphrases() -> Iterator[None]:
    """Stretched by next to nothing: what is sealed so is not opened later."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passphrase, "MEMORY_KIB", 64)
        patch.setattr(passphrase, "PASSES", 1)
        patch.setattr(passphrase, "LANES", 1)
        yield


@contextmanager
def breaks(*rules: str) -> Iterator[None]:
    """Refused, and by these rules alone."""
    with pytest.raises(RuleBroken) as caught:
        yield
    said = str(caught.value)
    named = {rule for rule in RULES if f"({rule})" in said}
    assert named == set(rules), said


def stops_within(gate: Standing, seconds: float) -> str:
    """Why the gate closes for good, which it has to do in time."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        try:
            gate.may_scan()
        except Stopped as stopped:
            return str(stopped)
        time.sleep(0.01)
    raise AssertionError(f"it may scan still, {seconds} s later")


def becomes(what: Callable[[], object], wanted: object, seconds: float = 5.0) -> None:
    until_s = time.monotonic() + seconds
    while what() != wanted:
        assert time.monotonic() < until_s, f"{what()} for {seconds} s"
        time.sleep(0.01)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each gave, or the OvertError that it raised, all begun at the same moment."""
    ready, found = threading.Barrier(len(acts)), list[object]([None] * len(acts))

    def do(at: int) -> None:
        ready.wait(10)
        try:
            found[at] = acts[at]()
        except OvertError as error:
            found[at] = error

    threads = [threading.Thread(target=do, args=(at,)) for at in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found
