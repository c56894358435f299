"""Who may do what: nine roles, and a table of permissions with a reason each. What the table does not allow is refused.

Rules:
  - `require_allowed`: an account does only what one of its roles may do: NotAllowed.
  - `checked_roles`: an administrator and a supplier see no face, so neither has a second role by which one would; an
    account has a role: BadRoles.
  - `require_apart`: in one deployment nobody acts as two of authorising officer, list manager, operator, engagement
    officer and auditor, where the policy keeps the roles apart: RolesOpposed.
  - `require_administrators`: there are two administrators where the policy wants two, else one: TooFewAdministrators.
  - `require_training`, `require_training_end`: an operator and an engagement officer are trained, and no training
    counts for longer than the policy says: NotTrained, TrainingTooLong.
  - `session_ends_us`: a session ends when the policy says, and with the training.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from overt.domain.errors import Refused
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.time import to_text


class Role(StrEnum):
    AUTHORISING_OFFICER = "authorising-officer"
    LIST_MANAGER = "list-manager"
    OPERATOR = "operator"
    ENGAGEMENT_OFFICER = "engagement-officer"
    AUDITOR = "auditor"
    EVALUATOR = "evaluator"
    OVERSIGHT = "oversight"
    ADMINISTRATOR = "administrator"
    SUPPLIER = "supplier"


class Action(StrEnum):
    ACCOUNT_PROPOSE = "account.propose"
    ACCOUNT_APPROVE = "account.approve"
    ACCOUNT_CLOSE = "account.close"
    ACCOUNT_SEE = "account.see"
    DEPLOYMENT_NEW = "deployment.new"
    DEPLOYMENT_PLAN = "deployment.plan"
    DEPLOYMENT_END = "deployment.end"
    AUTHORITY_SIGN = "authority.sign"
    AUTHORITY_SECOND = "authority.second"
    AUTHORITY_CANCEL = "authority.cancel"
    WATCH_START = "watch.start"
    SIGNS_CHECK = "signs.check"
    NOTICE_FILE = "notice.file"
    REHEARSAL_RUN = "rehearsal.run"
    NOTICES_MAKE = "notices.make"
    LIST_IMPORT = "list.import"
    LIST_APPROVE = "list.approve"
    LIST_WITHDRAW = "list.withdraw"
    ALERT_SEE = "alert.see"
    ALERT_DECIDE = "alert.decide"
    ALERT_CONCLUDE = "alert.conclude"
    ALERT_DISCLOSE = "alert.disclose"
    EVIDENCE_SECOND = "evidence.second"
    DECOY_KEEP = "decoy.keep"
    HOLD_PLACE = "hold.place"
    HOLD_SECOND = "hold.second"
    HOLD_LIFT = "hold.lift"
    LEDGER_EXPORT = "ledger.export"
    LISTED_ANSWER = "listed.answer"
    LISTED_SECOND = "listed.second"
    REGISTER_PUBLISH = "register.publish"
    FIGURES_SEE = "figures.see"
    REVIEW_FILE = "review.file"
    FINDING_FILE = "finding.file"
    FINDING_ANSWER = "finding.answer"
    FORGETTING_SHOW = "forgetting.show"
    RECORD_MAKE = "record.make"
    NOTIFICATION_MAKE = "notification.make"
    COMPLAINT_FILE = "complaint.file"
    COMPLAINT_SEE = "complaint.see"
    COMPLAINT_ANSWER = "complaint.answer"
    EVALUATION_FILE = "evaluation.file"
    CONDITIONS_SIGN = "conditions.sign"
    HALT_PLACE = "halt.place"
    HALT_LIFT = "halt.lift"
    PANEL_PROPOSE = "panel.propose"
    PANEL_APPROVE = "panel.approve"
    PANEL_COUNTERSIGN = "panel.countersign"
    CLOCK_CONFIRM = "clock.confirm"
    BACKUP_MAKE = "backup.make"
    BACKUP_RESTORE = "backup.restore"


class NotAllowed(Refused):
    code = "not-allowed"


class BadRoles(Refused):
    code = "bad-roles"


class RolesOpposed(Refused):
    code = "roles-opposed"


class TooFewAdministrators(Refused):
    code = "too-few-administrators"


class NotTrained(Refused):
    code = "not-trained"


class TrainingTooLong(Refused):
    code = "training-too-long"


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Who may do something, and why they and nobody else."""

    roles: tuple[Role, ...]
    why: str


_AO, _LIST, _OPERATOR, _ENGAGEMENT, _AUDITOR, _EVALUATOR, _OVERSIGHT, _ADMINISTRATOR, _SUPPLIER = Role


def _only(*roles: Role, why: str) -> Permission:
    return Permission(roles=roles, why=why)


_HAND = "a right to be in two hands is given and taken by administrators only"
_SIGNS = "who answers for a deployment signs for it, and nobody else can (P8)"
_STOPS = "who may let it run may always stop it (P10)"
_LISTED = "who compiles a list sees its pictures, and neither signs for it nor searches with it (P1, P9)"
_CASE = "who knows of a case, and who watches over all this, may ask that evidence is kept (P13)"
_CHECKS = "the record serves to check what was done, by those who had no part in it (P16, P17)"
_HALTS = "the oversight watches over all this, and has one power: it can hold it, and let it go on"
_KEEPS = "it keeps the installation running and opens nothing that is sealed"

#: What each role may do. Closed by default: what is not named here, nobody may.
PERMISSIONS: Final[Mapping[Action, Permission]] = MappingProxyType(
    {
        Action.ACCOUNT_PROPOSE: _only(_ADMINISTRATOR, why=_HAND),
        Action.ACCOUNT_APPROVE: _only(_ADMINISTRATOR, why=_HAND),
        Action.ACCOUNT_CLOSE: _only(_ADMINISTRATOR, why="one administrator is enough to take a right away"),
        Action.ACCOUNT_SEE: _only(_ADMINISTRATOR, _AUDITOR, _OVERSIGHT, why="the record has ids; these may know names"),
        Action.DEPLOYMENT_NEW: _only(_LIST, why="it seals the list that was compiled for it (P3)"),
        Action.DEPLOYMENT_PLAN: _only(
            _AO, _LIST, _OPERATOR, _AUDITOR, _EVALUATOR, _OVERSIGHT, why="numbers only, to be known before signing (P6)"
        ),
        Action.DEPLOYMENT_END: _only(_AO, _OPERATOR, why=_STOPS),
        Action.AUTHORITY_SIGN: _only(_AO, why=_SIGNS),
        Action.AUTHORITY_SECOND: _only(_AO, why=_SIGNS),
        Action.AUTHORITY_CANCEL: _only(_AO, why="who may authorise may take it back at any time (P10)"),
        Action.WATCH_START: _only(_OPERATOR, why="a trained operator is there while it scans (P9, P37)"),
        Action.SIGNS_CHECK: _only(
            _ENGAGEMENT, _OPERATOR, why="who is on the street sees whether the signs stand (P28)"
        ),
        Action.NOTICE_FILE: _only(_AO, _OPERATOR, why="who answers for it, or runs it, says that the public was told"),
        Action.REHEARSAL_RUN: _only(_OPERATOR, _EVALUATOR, why="recorded footage is for training and testing"),
        Action.NOTICES_MAKE: _only(
            _AO, _LIST, _ENGAGEMENT, why="who prepares a deployment, or stands there, tells the public of it (P28)"
        ),
        Action.LIST_IMPORT: _only(_LIST, why=_LISTED),
        Action.LIST_APPROVE: _only(_LIST, why="a second list manager looks again where the policy says so (P4)"),
        Action.LIST_WITHDRAW: _only(_LIST, why=_LISTED),
        Action.ALERT_SEE: _only(
            _OPERATOR, _ENGAGEMENT, why="who decides and who meets the person must see the two faces"
        ),
        Action.ALERT_DECIDE: _only(
            _OPERATOR, _ENGAGEMENT, why="trained people decide, apart from one another (P19, P37)"
        ),
        Action.ALERT_CONCLUDE: _only(_ENGAGEMENT, why="who met the person knows what came of it (P20)"),
        Action.ALERT_DISCLOSE: _only(_AO, why="who answers for the deployment answers for what leaves it (P16)"),
        Action.EVIDENCE_SECOND: _only(
            _AO, _AUDITOR, _OVERSIGHT, why="pictures leave with a second person, who did not decide about them (P16)"
        ),
        Action.DECOY_KEEP: _only(
            _LIST, _EVALUATOR, why="who tests the people who decide is none of them, and keeps the consent (P37)"
        ),
        Action.HOLD_PLACE: _only(_OPERATOR, _ENGAGEMENT, _AUDITOR, _OVERSIGHT, why=_CASE),
        Action.HOLD_SECOND: _only(_AO, _AUDITOR, _OVERSIGHT, why="a second person, who did not decide about it (P13)"),
        Action.HOLD_LIFT: _only(_AUDITOR, _OVERSIGHT, why="evidence is let go by those whom it does not concern (P13)"),
        Action.LEDGER_EXPORT: _only(_AUDITOR, _OVERSIGHT, why=_CHECKS),
        Action.LISTED_ANSWER: _only(
            _AUDITOR, why="who had no part in a list tells the person, and opens nothing that is sealed (P15)"
        ),
        Action.LISTED_SECOND: _only(
            _AO, _AUDITOR, _OVERSIGHT, why="an answer is refused with a second person, or it is given (P15)"
        ),
        Action.REGISTER_PUBLISH: _only(
            *(_AO, _AUDITOR, _OVERSIGHT, _ADMINISTRATOR),
            why="it is made of the record, and whoever publishes it can neither add nor leave out anything (P34)",
        ),
        Action.FIGURES_SEE: _only(*Role, why="figures are numbers, and are published in the end (P34)"),
        Action.REVIEW_FILE: _only(_AO, why="who authorised says whether it did what it was for (P33)"),
        Action.FINDING_FILE: _only(_AUDITOR, _EVALUATOR, _OVERSIGHT, why=_CHECKS),
        Action.FINDING_ANSWER: _only(_AO, why="who answers for deployments answers what was found (P33, P36)"),
        Action.FORGETTING_SHOW: _only(_AUDITOR, _OVERSIGHT, why=_CHECKS),
        Action.RECORD_MAKE: _only(_AUDITOR, _OVERSIGHT, why=_CHECKS),
        Action.NOTIFICATION_MAKE: _only(
            _AO, _AUDITOR, _OVERSIGHT, why="who answers for a use tells the authorities of it (P22)"
        ),
        Action.COMPLAINT_FILE: _only(
            _AO, _ENGAGEMENT, _AUDITOR, _OVERSIGHT, why="whoever a person turns to writes the complaint down (P38)"
        ),
        Action.COMPLAINT_SEE: _only(
            _AO, _AUDITOR, _OVERSIGHT, why="who answers complaints and who checks the answers read them (P38)"
        ),
        Action.COMPLAINT_ANSWER: _only(_AO, why="who answers for deployments answers complaints about them (P38)"),
        Action.EVALUATION_FILE: _only(
            _EVALUATOR, why="who measures has no part in the use, and files what was found (P26)"
        ),
        Action.CONDITIONS_SIGN: _only(
            _OVERSIGHT, why="whether it should be used at all, others than its users say (P36)"
        ),
        Action.HALT_PLACE: _only(_OVERSIGHT, why=_HALTS),
        Action.HALT_LIFT: _only(_OVERSIGHT, why=_HALTS),
        Action.PANEL_PROPOSE: _only(_ADMINISTRATOR, why=_HAND),
        Action.PANEL_APPROVE: _only(_ADMINISTRATOR, why=_HAND),
        Action.PANEL_COUNTERSIGN: _only(
            _OVERSIGHT, _ADMINISTRATOR, why="the panel signs elsewhere; these hand its signature in, and it is verified"
        ),
        Action.CLOCK_CONFIRM: _only(_ADMINISTRATOR, why=_KEEPS),
        Action.BACKUP_MAKE: _only(_ADMINISTRATOR, why=_KEEPS),
        Action.BACKUP_RESTORE: _only(_ADMINISTRATOR, why=_KEEPS),
    }
)

#: By these somebody sees the face of a stranger or of a listed person.
FACES: Final = frozenset(
    {
        *(Action.LIST_IMPORT, Action.LIST_APPROVE, Action.LIST_WITHDRAW, Action.DEPLOYMENT_NEW, Action.REHEARSAL_RUN),
        Action.DECOY_KEEP,
        *(Action.WATCH_START, Action.ALERT_SEE, Action.ALERT_DECIDE, Action.ALERT_CONCLUDE, Action.ALERT_DISCLOSE),
    }
)
FACELESS: Final = (Role.ADMINISTRATOR, Role.SUPPLIER)
#: No two of these in one deployment (P9).
OPPOSED: Final = (_AO, _LIST, _OPERATOR, _ENGAGEMENT, _AUDITOR)
#: Who decides about a person's face or meets the person needs a training that is still valid (P37).
TRAINED: Final = (Role.OPERATOR, Role.ENGAGEMENT_OFFICER)


def roles_for(roles: Iterable[Role], action: Action) -> tuple[Role, ...]:
    """Those of `roles` by which `action` is allowed, in the table's order."""
    have = set(roles)
    return tuple(role for role in PERMISSIONS[action].roles if role in have)


def require_allowed(roles: Iterable[Role], action: Action) -> None:
    """Raises NotAllowed, naming the action and who may, where none of `roles` may do it."""
    if not roles_for(roles, action):
        permission = PERMISSIONS[action]
        raise NotAllowed(
            f"Your account may not do this ({action}): {permission.why}.",
            f"Ask somebody who may: {_or(permission.roles)}.",
        )


def acting_as(roles: Iterable[Role], action: Action, acted: Collection[Role] = ()) -> Role:
    """In which of its roles an account does this: one in which it has acted in the deployment, else the table's first.

    Raises:
        NotAllowed: in none.
    """
    have = tuple(roles)
    require_allowed(have, action)
    able = roles_for(have, action)
    return next((role for role in able if role in acted), able[0])


def checked_roles(codes: Iterable[str]) -> tuple[Role, ...]:
    """Roles by their codes, each once, in the order of `Role`.

    Raises:
        BadRoles: none, an unknown one, or one that sees faces beside one that sees none.
    """
    given = set(codes)
    unknown = sorted(given.difference(Role))
    if unknown or not given:
        raise BadRoles(
            f"There is no role {', '.join(unknown)}." if unknown else "An account needs a role.",
            f"Roles are {', '.join(Role)}.",
        )
    roles = tuple(role for role in Role if role in given)
    blind = [role for role in roles if role in FACELESS]
    seeing = [role for role in roles if any(role in PERMISSIONS[action].roles for action in FACES)]
    if blind and seeing:
        raise BadRoles(
            f"An account of {_a(blind[0])} sees no face, so it cannot be that of {_a(seeing[0])} too.",
            "Give the other role to another person.",
        )
    return roles


def require_apart(acted: Mapping[str, Collection[Role]], account: str, role: Role, *, roles_apart: bool = True) -> None:
    """Raises RolesOpposed where `account` has acted in this deployment in a role opposed to `role`.

    Args:
        acted: who has acted as what in this deployment so far, by account id.
        roles_apart: the policy's rule of that name.
    """
    if not roles_apart or role not in OPPOSED:
        return
    for other in OPPOSED:
        if other is not role and other in acted.get(account, ()):
            raise RolesOpposed(
                f"In this deployment you have acted as {_a(other)}, so you cannot act as {_a(role)}: nobody may "
                "check or carry out what they decided themselves (roles_apart).",
                f"Ask another {_said(role)}.",
            )


def administrators_needed(*, two_administrators: bool) -> int:
    return 2 if two_administrators else 1


def require_administrators(count: int, *, two_administrators: bool) -> None:
    """Raises TooFewAdministrators where `count` is not what the policy needs."""
    needed = administrators_needed(two_administrators=two_administrators)
    if count < needed:
        word = "two administrators" if needed > 1 else "an administrator"
        raise TooFewAdministrators(
            f"This installation needs {word} at any time, and there would be {count} (two_administrators).",
            "Make another administrator first.",
        )


def require_training(roles: Iterable[Role], trained_until_us: int | None, now_us: int) -> None:
    """Raises NotTrained where one of `roles` needs a training and none is valid now."""
    role = next((role for role in TRAINED if role in set(roles)), None)
    if role is None or (trained_until_us is not None and now_us < trained_until_us):
        return
    since = (
        "and none is recorded for you" if trained_until_us is None else f"and yours ended {to_text(trained_until_us)}"
    )
    raise NotTrained(
        f"The role of {_a(role)} needs a valid training, {since}.",
        "Take the training; an administrator then records it with overt account training.",
    )


def require_training_end(until_us: int, now_us: int, training_max_days: int) -> None:
    """Raises TrainingTooLong where a training recorded now would count for more days after today (UTC) than allowed."""
    if until_us > (now_us // DAY_US + training_max_days + 1) * DAY_US:
        raise TrainingTooLong(
            f"A training counts for at most {training_max_days} days from today (training_max_days).",
            "Give an earlier date.",
        )


def session_ends_us(
    now_us: int, session_max_h: float, roles: Iterable[Role] = (), trained_until_us: int | None = None
) -> int:
    """When a session that begins now ends, microseconds since 1970, UTC."""
    ends_us = now_us + round(session_max_h * HOUR_US)
    if trained_until_us is not None and any(role in TRAINED for role in roles):
        return min(ends_us, trained_until_us)
    return ends_us


def _said(role: Role) -> str:
    return role.replace("-", " ")


def _a(role: Role) -> str:
    if role is Role.OVERSIGHT:
        return "somebody of the oversight"
    return f"{'an' if role[0] in 'aeo' else 'a'} {_said(role)}"


def _or(roles: tuple[Role, ...]) -> str:
    said = [_a(role) for role in roles]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"
