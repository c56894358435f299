"""Signing: an officer reads what they sign, gives their password again, and signs with the key that is pinned to them.

A key file is read in memory, used once and kept nowhere. Who would not bring it here takes away what is to be signed,
and brings the signature back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, TypeAlias

from fastapi import File, Form, Request, UploadFile
from starlette.responses import Response

from overt.bootstrap import calibration
from overt.console.doors import Doors, only
from overt.console.house import house_of
from overt.console.pages.deployment_seen import SECOND, Seen, require_case, seen
from overt.console.render import go, page
from overt.console.visitor import visitor_of
from overt.domain.errors import OvertError, Refused
from overt.domain.roles import Action
from overt.services.authorise import SECOND_OFFICER, NotAuthorised, Signing, authorise, draw_up
from overt.services.checks import checks_of
from overt.services.planning import plan_at, scope_of
from overt.services.sessions import confirm_password
from overt.services.signing_keys import signing_key_of
from overt.services.statement import MOST_BYTES
from overt.services.statement import sign as signed
from overt.store.records import DeploymentState

doors = Doors("/deployments")

SIGNS: Final = only(Action.AUTHORITY_SIGN, Action.AUTHORITY_SECOND)
Password = Annotated[str, Form(max_length=1000)]
Words = Annotated[str, Form(max_length=10_000)]
#: Makes what is signed, and the signature.
Made: TypeAlias = Callable[[], tuple[bytes, bytes]]


@doors.get("/{deployment}/sign", SIGNS)
def show(request: Request, deployment: str) -> Response:
    return _page(request, seen(request, deployment))


@doors.post("/{deployment}/sign", SIGNS)
def with_key(
    request: Request,
    deployment: str,
    password: Password,
    passphrase: Password,
    key: Annotated[UploadFile, File()],
    reasons: Words = "",
) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)

    def made() -> tuple[bytes, bytes]:
        statement = draw_up(house.installation, found.row, visitor.account).to_bytes()
        opened = signing_key_of(key.file.read(), passphrase, "The file")
        return statement, signed(opened, statement)

    return _signed(request, found, password, reasons, made)


@doors.get("/{deployment}/statement", SIGNS)
def take_away(request: Request, deployment: str) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    found = seen(request, deployment)
    _require_same(found)
    content = draw_up(house.installation, found.row, visitor.account).to_bytes()
    return Response(
        content,
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="authority-{found.row.id}.json"'},
    )


@doors.post("/{deployment}/signature", SIGNS)
def bring_back(
    request: Request,
    deployment: str,
    password: Password,
    statement: Annotated[UploadFile, File()],
    signature: Annotated[str, Form(max_length=1000)],
    reasons: Words = "",
) -> Response:
    found = seen(request, deployment)

    def made() -> tuple[bytes, bytes]:
        return statement.file.read(MOST_BYTES + 1), _from_hex(signature)

    return _signed(request, found, password, reasons, made)


def _signed(request: Request, found: Seen, password: str, reasons: str, made: Made) -> Response:
    visitor, house = visitor_of(request), house_of(request)
    try:
        _require_same(found)
        case = require_case(found)
        confirm_password(house.installation, visitor.account, password)
        statement, signature = made()
        done = authorise(
            house.installation,
            Signing(
                by=visitor.account,
                deployment=case.deployment,
                row=found.row,
                policy=case.policy,
                statement=statement,
                signature=signature,
                reasons=reasons,
            ),
        )
    except OvertError as error:
        return _page(request, found, error=error, reasons=reasons)
    whole = done.state is DeploymentState.AUTHORISED
    return go(f"/deployments/{found.row.id}", done="signed" if whole else "signed-first")


def _require_same(found: Seen) -> None:
    if not found.same:
        raise NotAuthorised(
            found.why or "The file of this deployment lies elsewhere, so it cannot be signed here.",
            "Sign it where its file lies: overt deployment authorise FILE.",
        )


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError as error:
        raise Refused(
            "The signature is not in hexadecimal digits.", "Copy it as overt deployment sign says."
        ) from error


def _page(request: Request, found: Seen, *, error: OvertError | None = None, reasons: str = "") -> Response:
    visitor, house = visitor_of(request), house_of(request)
    place = found.signs_as(visitor.account.name) if found.same else ""
    broken = []
    if found.case is not None and place:
        checks = checks_of(house.installation, found.case.deployment, found.row, found.case.policy)
        broken = [fault for one in checks for fault in one.broken if place != SECOND or one.rule != SECOND_OFFICER]
    return page(
        request,
        "deployment_sign.html",
        visitor=visitor,
        error=error,
        seen=found,
        row=found.row,
        case=found.case,
        place=place,
        second=place == SECOND,
        broken=broken,
        expected=_expected(request, found),
        reasons=reasons,
    )


def _expected(request: Request, found: Seen) -> list[str]:
    """What to expect of it, in words; nothing where that cannot be said."""
    wanted = found.row.terms.get("wanted_far")
    if not isinstance(wanted, float):
        return []
    try:
        return plan_at(calibration(house_of(request).settings), scope_of(found.row), wanted).sentences()
    except OvertError:
        return []
