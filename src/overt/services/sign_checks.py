"""Whether the signs stand: somebody on the street looks at each and says so, and scanning goes on only as long as that
is fresh.

Rules:
  - an operator or an engagement officer looks, and says of every sign where it is, whether it stands and can be read,
    and how far before the zone; "all stand and can be read" is enough where the signs are those of the last look;
  - a look counts from when it is filed, so that nobody files one for later;
  - nothing that was filed is changed: the newest look counts, and a sign that it found down pauses scanning at once;
  - the ledger has counts; where a sign stands is kept beside them, with a keyed digest in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from overt.domain.before_start import Lapse, Sign, SignCheck, sign_lapse
from overt.domain.errors import Refused
from overt.domain.policy import Rules
from overt.domain.roles import Action
from overt.ledger.entry import Entry, Fact
from overt.services.acting import NAME_LOST, act, file_paper, rules_of
from overt.services.installation import Installation
from overt.services.people import Account
from overt.store.ports import Work
from overt.store.records import DeploymentRow, DeploymentState, PaperRow

SIGNS_CHECKED: Final = "signs-checked"
LONGEST: Final = 200
_OVER: Final = (DeploymentState.CANCELLED, DeploymentState.ENDED)


class BadSignCheck(Refused):
    code = "bad-sign-check"


@dataclass(frozen=True, kw_only=True)
class Signs:
    """How the signs of a deployment stand now.

    Attributes:
        check: the newest look; None: nobody has looked.
        by: name of who looked.
        every_min: while it runs somebody looks so often; 0: the policy does not ask for it.
        due_us: until when the newest look holds; None: there is none, or the policy asks for no other.
        lapse: why a run pauses because of them; None: it does not.
    """

    check: SignCheck | None
    by: str
    every_min: int
    due_us: int | None
    lapse: Lapse | None

    @property
    def asked(self) -> bool:
        """There is something to be told of them."""
        return self.every_min > 0 or self.check is not None


def check_signs(
    installation: Installation, by: Account, row: DeploymentRow, signs: Iterable[Sign] | None = None
) -> SignCheck:
    """Files what somebody found. `signs`: None: those of the last look, and all stand and can be read.

    Raises:
        NotAllowed, RolesOpposed: this account may not.
        BadSignCheck: no sign is named, the deployment is over, or there was no look before that could be repeated.
    """
    found = None if signs is None else tuple(signs)
    now_us = installation.clock.now_us()

    def change(work: Work) -> SignCheck:
        now = work.deployments.get(row.id)
        if now is None or now.state in _OVER or now_us >= now.closes_us:
            raise BadSignCheck("This deployment is over, so its signs need not be looked at.", "See which are not.")
        rules = rules_of(work, now)
        act(installation, work, by, Action.SIGNS_CHECK, now, roles_apart=rules is None or rules.roles_apart)
        last = last_check(work, row.id, now_us)
        if found is None and last is None:
            raise BadSignCheck(
                "Nobody has looked at the signs of this deployment before, so it is not known which there are.",
                "Name each: where it is, and how many metres before the zone.",
            )
        seen = found if last is None or found is not None else _all_well(last)
        assert seen is not None
        return _file(installation, work, by, now, _checked(seen, now_us))

    return installation.store.write(change)


def _file(installation: Installation, work: Work, by: Account, row: DeploymentRow, check: SignCheck) -> SignCheck:
    content: dict[str, object] = {
        "signs": [
            {"where": one.where, "stands": one.stands, "readable": one.readable, "before_zone_m": one.before_zone_m}
            for one in check.signs
        ]
    }
    paper = file_paper(installation, work, SIGNS_CHECKED, by=by.id, row=row, about=row.id, content=content)
    facts: dict[str, Fact] = {
        "paper": paper.id,
        "signs": len(check.signs),
        "stand": sum(one.stands for one in check.signs),
        "readable": sum(one.well for one in check.signs),
        "nearest_m": min(one.before_zone_m for one in check.signs),
        "content": installation.digest(repr(content)),
    }
    work.record("signs.checked", actor=by.id, deployment=row.id, facts=facts)
    return replace(check, at_us=paper.at_us)


def last_check(work: Work, deployment: str, now_us: int) -> SignCheck | None:
    """The newest look at a deployment's signs until now; looked for several times a second while it runs."""
    papers = _until(work, deployment, now_us)
    return check_of(papers[-1]) if papers else None


def _until(work: Work, deployment: str, now_us: int) -> list[PaperRow]:
    """Looks, oldest first; those from a clock that ran ahead count from when their time has come."""
    return [paper for paper in work.papers.about(SIGNS_CHECKED, deployment) if paper.at_us <= now_us]


def lapse_of(work: Work, row: DeploymentRow, rules: Rules, now_us: int) -> Lapse | None:
    """Why a run of this deployment pauses because of its signs; None: it does not."""
    return sign_lapse(last_check(work, row.id, now_us), rules, now_us)


def signs_now(installation: Installation, deployment: str) -> Signs | None:
    """How the signs of a deployment stand; None: there is no such deployment, or its policy is of another version."""
    now_us = installation.clock.now_us()

    def look(work: Work) -> Signs | None:
        row = work.deployments.get(deployment)
        return None if row is None else signs_in(work, row, now_us)

    return installation.store.read(look)


def signs_in(work: Work, row: DeploymentRow, now_us: int) -> Signs | None:
    """As `signs_now`, in a transaction."""
    rules = rules_of(work, row)
    if rules is None:
        return None
    papers = _until(work, row.id, now_us)
    check = check_of(papers[-1]) if papers else None
    who = work.accounts.get(papers[-1].account) if papers else None
    return Signs(
        check=check,
        by="" if who is None else who.name,
        every_min=rules.signs_checked_every_min,
        due_us=None if check is None else check.due_us(rules),
        lapse=sign_lapse(check, rules, now_us),
    )


def to_check(installation: Installation) -> list[tuple[DeploymentRow, Signs]]:
    """Deployments that run now and whose signs are to be looked at while they do, the one that is due first first."""
    now_us = installation.clock.now_us()

    def look(work: Work) -> list[tuple[DeploymentRow, Signs]]:
        found = []
        for row in work.deployments.recent(now_us):
            lease = work.leases.get(row.id)
            signs = signs_in(work, row, now_us) if lease is not None and lease.ends_us > now_us else None
            if signs is not None and signs.asked:
                found.append((row, signs))
        return sorted(found, key=lambda pair: (pair[1].due_us or 0, pair[0].id))

    return installation.store.read(look)


def check_of(paper: PaperRow) -> SignCheck:
    """What was kept of a look."""
    signs = paper.content["signs"]
    assert isinstance(signs, list)
    return SignCheck(
        at_us=paper.at_us,
        signs=tuple(
            Sign(
                where=str(one["where"]),
                stands=bool(one["stands"]),
                readable=bool(one["readable"]),
                before_zone_m=int(one["before_zone_m"]),
            )
            for one in signs
        ),
    )


def check_again(entry: Entry) -> tuple[str, dict[str, object]]:
    """What a paper of a look says after a restore: as many stand and can be read as were counted; where is lost."""
    facts = entry.facts
    stand, readable, signs = (int(str(facts[name])) for name in ("stand", "readable", "signs"))
    content: dict[str, object] = {
        "signs": [
            {"where": NAME_LOST, "stands": at < stand, "readable": at < readable, "before_zone_m": facts["nearest_m"]}
            for at in range(signs)
        ]
    }
    return str(entry.deployment), content


def _all_well(check: SignCheck) -> tuple[Sign, ...]:
    return tuple(replace(one, stands=True, readable=True) for one in check.signs)


def _checked(signs: tuple[Sign, ...], now_us: int) -> SignCheck:
    long = next((one for one in signs if len(one.where) > LONGEST), None)
    if long is not None:
        raise BadSignCheck(f"Where a sign is, is said in at most {LONGEST} characters.", "Shorten it.")
    try:
        return SignCheck(at_us=now_us, signs=signs)
    except ValueError as error:
        raise BadSignCheck(
            f"This cannot be: {error}.",
            "Name every sign that stands before the zone, once; of a row of signs, the first.",
        ) from error


def sign_of(where: str, before_zone_m: str, *, stands: bool = True, readable: bool = True) -> Sign:
    """A sign as it was typed; raises BadSignCheck where it cannot be."""
    try:
        return Sign(
            where=where.strip(), stands=stands, readable=stands and readable, before_zone_m=int(before_zone_m.strip())
        )
    except ValueError as error:
        said = str(error) if "sign" in str(error) else "how far a sign is before the zone is a whole number of metres"
        raise BadSignCheck(f"This cannot be: {said}.", "Put it right.") from error
