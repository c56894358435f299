"""A console over an installation in memory, with the people of a deployment, for the tests of its pages."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastapi.testclient import TestClient
from httpx2 import Response

from overt.console.app import create_app
from overt.console.house import House
from overt.console.runs import Runs
from overt.console.visitor import COOKIE
from overt.domain.retention import DAY_US
from overt.domain.roles import Role
from overt.domain.time import to_text
from overt.services.installation import Installation
from overt.services.people import Account
from overt.services.policies import load_policy
from overt.settings import Settings
from overt.store.records import SessionRow
from overt.testing.fixed_clock import FixedClock
from tests.authority import KEY, OFFICER, SECOND, SECOND_KEY, public
from tests.drafting import imported, listed
from tests.installations import in_memory
from tests.people import administrators, person
from tests.preparing import CONSULTED, ready_to_sign

HOST = "testserver"
HOUR_US = 3_600_000_000
#: Of the person on the list; no page that needs no face may say it.
REFERENCE = "reference-of-somebody"
DOCUMENTS = (
    *("dpia", "appropriate-policy", "equality-impact", "bias-test", "community-impact", "public-notice", "signs"),
)


@dataclass
class Console:
    """A console, who works with it, and all that it has answered.

    `seen`: every page that was got, but those of doors from which a reference may come.
    """

    folder: Path
    clock: FixedClock = field(default_factory=FixedClock)
    host: str = HOST
    secure: bool = True
    installation: Installation = field(init=False)
    house: House = field(init=False)
    people: dict[str, Account] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.installation = replace(in_memory(self.clock), machine="this machine and home")
        home = self.folder / "home"
        home.mkdir(mode=0o700)
        settings = Settings(home=home)
        self.house = House(
            installation=self.installation,
            settings=settings,
            runs=Runs(self.installation, settings),
            hosts=frozenset({self.host}),
            secure=self.secure,
        )
        ann, _ = administrators(self.installation, "uk-police")
        self.people["administrator"] = ann
        for role in Role:
            if role is Role.AUTHORISING_OFFICER:
                rank = {"rank": "superintendent"}
                self.people[role] = person(self.installation, OFFICER, role, key=public(KEY), **rank)
                self.people["second"] = person(self.installation, SECOND, role, key=public(SECOND_KEY), **rank)
            elif role is not Role.ADMINISTRATOR:
                self.people[role] = person(self.installation, f"the {role}", role)
        ready_to_sign(self.installation, load_policy("uk-police").rules, self.people.__getitem__)
        self.app = create_app(self.house)

    def as_(self, role: str) -> Browser:
        """A browser in which somebody of this role is signed in."""
        account, now_us, token = self.people[role], self.clock.now_us(), os.urandom(32).hex()
        digest = hashlib.sha256(token.encode()).hexdigest()
        row = SessionRow(id=digest, account=account.id, made_us=now_us, expires_us=now_us + DAY_US)
        self.installation.store.write(lambda work: work.sessions.add(row))
        client = TestClient(self.app, base_url=self.origin, follow_redirects=False)
        client.cookies.set(COOKIE, token)
        return Browser(client, self)

    @property
    def origin(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}"

    def list_imported(self, *names: str) -> str:
        """The id of an imported list."""
        folder = listed(self.folder / "people", list(names or (REFERENCE,)), now_us=self.clock.now_us())
        return imported(self.installation, folder, self.people[Role.LIST_MANAGER]).draft

    def moment(self, hours: float) -> str:
        return to_text(self.clock.now_us() + round(hours * HOUR_US))

    def filled(self, watch_list: str, **changes: str) -> dict[str, str]:
        """What is typed into the form of a draft that uk-police allows, but for the changes."""
        typed = {
            "deployment.policy": "uk-police",
            "deployment.name": "High Street",
            "deployment.place": "there",
            "deployment.use_case": "hotspot",
            "deployment.purpose": "locate-wanted",
            "deployment.why_here": "they were seen here\r\nand there",
            "deployment.why_now": "they come on Sundays",
            "deployment.area": "51.5, 0.0\r\n51.5, 0.0006\r\n51.5004, 0.0006\r\n51.5004, 0",
            "deployment.nearby": "none",
            "deployment.expected_passages": "8,000",
            "authority.legal_basis": "the law",
            "authority.aim": "to find them",
            "authority.necessity": "nothing else finds them, we tried",
            "authority.proportionality": "small",
            "authority.alternatives": "none",
            "authority.authorised_by": OFFICER,
            "authority.valid_from": self.moment(-1),
            "authority.valid_until": self.moment(4),
            "watchlist.list": watch_list,
            "watchlist.wanted_far": "0.0005",
            "camera.0.name": "north",
            "camera.0.url": "rtsp://viewer:hidden@10.0.0.5/a",
            "camera.0.zone": "0,0\r\n1,0\r\n1,1",
            "camera.0.serial": "A1",
        }
        for at, kind in enumerate(DOCUMENTS):
            typed |= {f"document.{at}.kind": kind, f"document.{at}.reference": f"{kind} 1"}
            typed |= {f"document.{at}.date": self.moment(-2), f"document.{at}.sha256": "0" * 64}
        typed |= {f"consultation.0.{key}": str(value) for key, value in CONSULTED[0].items()}
        return {**typed, **changes}


@dataclass
class Browser:
    """Somebody's browser."""

    client: TestClient
    console: Console

    def get(self, path: str) -> Response:
        return self._kept(self.client.get(path), path)

    def post(
        self,
        path: str,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Response:
        answer = self.client.post(path, data=data or {}, files=files, headers={"origin": self.console.origin})
        return self._kept(answer, path)

    def led(self, path: str, data: Mapping[str, str] | None = None, **options: Mapping[str, tuple[str, bytes]]) -> str:
        """Where one is led after something was done."""
        answer = self.post(path, data, **options)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def draft(self, **typed: str) -> str:
        """The path of a new draft with this in it."""
        path = self.led("/deployments/drafts").partition("?")[0]
        self.keep(path, typed)
        return path

    def keep(self, path: str, typed: Mapping[str, str], do: str = "save") -> str:
        return self.led(path, {**typed, "version": self.version(path), "do": do})

    def version(self, path: str) -> str:
        text = self.get(path).text
        return text.partition('name="version" value="')[2].partition('"')[0]

    def _kept(self, answer: Response, path: str) -> Response:
        if not path.endswith("/enter"):
            self.console.seen.append(answer.text)
        return answer
