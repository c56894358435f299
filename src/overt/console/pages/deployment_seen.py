"""A deployment as its pages see it: what the record knows, its file where it was written here, and its run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import Request

from overt.bootstrap import case_at
from overt.console.house import House, house_of
from overt.console.problems import NotThere
from overt.console.runs import Run
from overt.console.visitor import visitor_of
from overt.domain.authority import Deployment
from overt.domain.errors import BadSource, OvertError
from overt.domain.policy import Policy
from overt.domain.roles import Action, Role, roles_for
from overt.services.acting import NoPolicy
from overt.services.case import Case
from overt.services.checks import Stands, how_it_stands
from overt.services.deployment_files import kept_path
from overt.services.deployments import known_row
from overt.services.people import BadAccount, checked_name
from overt.store.records import DeploymentRow, DeploymentState
from overt.video.address import SourceSettings, parse_address

FIRST: Final = "first"
SECOND: Final = "second"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One deployment.

    Attributes:
        case: its file, as it is now; None where it lies elsewhere or cannot be used.
        why: why there is no case, or why it is not the one that was entered; empty where all is well.
        same: the case is what was entered, so that it can be signed and started.
        elsewhere: it was entered by the command line, and its file lies where that was given.
        run: the newest of this process.
    """

    stands: Stands
    case: Case | None
    why: str
    same: bool
    elsewhere: bool
    run: Run | None
    now_us: int

    @property
    def row(self) -> DeploymentRow:
        return self.stands.row

    @property
    def state(self) -> str:
        """Where it is on its way: `running`, `over`, `cancelled`, `entered`, `signed in part`, `authorised`."""
        if self.row.state is DeploymentState.CANCELLED:
            return "cancelled"
        if self.stands.over(self.now_us):
            return "over"
        if self.here or self.stands.running:
            return "running"
        if self.row.state is DeploymentState.AUTHORISED:
            return "authorised"
        return "signed in part" if any(one.counts for one in self.stands.signatures) else "entered"

    @property
    def here(self) -> bool:
        """It is watched from this console now."""
        return self.run is not None and not self.run.over

    @property
    def held(self) -> bool:
        """The oversight holds it."""
        return self.stands.halt is not None and not self.stands.over(self.now_us)

    @property
    def opens(self) -> bool:
        """Its window is open now."""
        return self.row.opens_us <= self.now_us < self.row.closes_us

    def signs_as(self, name: str) -> str:
        """FIRST or SECOND: in which place this officer's signature is awaited; empty: it is not."""
        signed = [one.name for one in self.stands.signatures if one.counts]
        mine = bool(self.awaited) and _same(self.awaited, name) and name not in signed
        return (SECOND if signed else FIRST) if mine else ""

    @property
    def awaited(self) -> str:
        """Who has to sign next, as the file names them; empty: nobody, or it is not known here."""
        if self.case is None or self.row.state is not DeploymentState.NEW or self.stands.over(self.now_us):
            return ""
        authority = self.case.deployment.authority
        return (
            authority.second_officer if any(one.counts for one in self.stands.signatures) else authority.authorised_by
        )


def _same(named: str, name: str) -> bool:
    try:
        return checked_name(named) == name
    except BadAccount:
        return False


def seen(request: Request, deployment: str) -> Seen:
    """The deployment of this id.

    Raises:
        NotThere, NotEntered: there is none.
        NotAllowed: this account may not see it.
    """
    visitor, house = visitor_of(request), house_of(request)
    row = known_row(house.installation, _id(deployment))
    stands = how_it_stands(house.installation, visitor.account, row)
    return with_file(house, stands)


def with_file(house: House, stands: Stands) -> Seen:
    """With its file, looked at now."""
    row, case, why, same = stands.row, None, "", False
    path = kept_path(house.settings.home, row.id)
    if path is not None:
        try:
            case = case_at(path, house.settings)
            same = case.digest() == row.digest
            why = "" if same else "Its file, its policy, its list's model pack or the program is not what it was then."
        except OvertError as error:
            why = str(error)
    return Seen(
        stands=stands,
        case=case,
        why=why,
        same=same,
        elsewhere=path is None,
        run=house.runs.of(row.id),
        now_us=house.now_us,
    )


def require_policy(found: Seen) -> Policy:
    """The policy that it was entered under; raises NoPolicy."""
    if found.stands.policy is None:
        raise NoPolicy("The policy of this deployment is not kept as it was entered.", "Enter the deployment again.")
    return found.stands.policy


def require_case(found: Seen) -> Case:
    """Its file; raises NotThere where that lies elsewhere or cannot be used."""
    if found.case is None:
        raise NotThere(found.why or "The file of this deployment lies elsewhere.", "Use the command line there.")
    return found.case


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotThere("There is no such deployment.", "See which there are.") from None


def next_step(found: Seen, roles: tuple[Role, ...], name: str) -> tuple[str, str]:
    """What somebody with these roles does next, and where; an empty address: nothing, and why."""
    at = f"/deployments/{found.row.id}"
    if found.state == "running":
        return ("See how it goes", "/live") if may(roles, Action.WATCH_START) else ("It is being watched.", "")
    if found.state == "authorised":
        return _to_start(found, roles, at)
    if found.stands.over(found.now_us):
        due = found.stands.started and found.stands.review is None
        reviews = ("Write its review", f"{at}/review") if may(roles, Action.REVIEW_FILE) else ("Its review is due.", "")
        return reviews if due else ("", "")
    if found.stands.list_row is None:
        return "Its list is not sealed: entering it was interrupted.", ""
    signs = found.signs_as(name) and may(roles, Action.AUTHORITY_SIGN)
    return ("Read and sign", f"{at}/sign") if signs else (f"It waits for {found.awaited or 'its officer'} to sign.", "")


def _to_start(found: Seen, roles: tuple[Role, ...], at: str) -> tuple[str, str]:
    if not may(roles, Action.WATCH_START):
        return "An operator starts it.", ""
    if found.held:
        return "It can be started once the oversight lifts its hold.", ""
    return ("Start watching", f"{at}/start") if found.opens else ("It can be started once its window opens.", "")


def may(roles: tuple[Role, ...], action: Action) -> bool:
    return bool(roles_for(roles, action))


def addresses(deployment: Deployment) -> tuple[str, ...]:
    """Where each camera is, without names and passwords."""
    found = []
    for camera in deployment.cameras:
        try:
            found.append(parse_address(camera.url, SourceSettings()).shown)
        except BadSource:
            found.append("an address that is not allowed here")
    return tuple(found)
