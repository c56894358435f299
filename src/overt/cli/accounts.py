"""`overt login`, `overt logout` and `overt account`: who works with this installation, as what."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overt.cli.passwords import ask, ask_code, ask_new_password
from overt.cli.words import tell

if TYPE_CHECKING:
    from overt.services.accounts import Account, Invitation
    from overt.services.installation import Installation

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the account.")]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        metavar="ROLE",
        help="authorising-officer, list-manager, operator, engagement-officer, auditor, evaluator, oversight, "
        "administrator or supplier; once for each.",
    ),
]
Rank = Annotated[str, typer.Option("--rank", metavar="RANK", help="A rank of the policy, such as superintendent.")]


def add_to(app: typer.Typer) -> None:
    """Adds the group to the application."""
    app.command()(login)
    app.command()(logout)
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command("add")(add)
    group.command("list")(show)
    group.command("approve")(approve)
    group.command("close")(close)
    group.command("roles")(roles)
    group.command("training")(training)
    group.command("password")(password)
    group.command("key")(pin)
    group.command("keygen")(keygen)
    app.add_typer(group, name="account", help="Accounts: who may do what.")

    @group.callback()
    def accounts() -> None:
        """Accounts: who may do what."""


def login(name: Name) -> None:
    """Sign in. The first time, the invitation's code stands for the password, and you choose one.

    The password is asked for, and the code of your second factor where you have one; where standard input is no
    terminal, they are a line each, and so is a new password.
    """
    import os

    from overt.bootstrap import open_installation
    from overt.domain.time import to_text
    from overt.services import sessions
    from overt.settings import load_settings

    settings = load_settings()
    with open_installation(settings) as installation:
        typed = ask("Password, or the code of your invitation: ")
        opened = sessions.sign_in(installation, name, typed, new_password=ask_new_password, code=ask_code)
        with suppress(sessions.NotSignedIn):  # nobody was before
            sessions.sign_out(installation, sessions.token_of(settings.home, {}))
        sessions.keep_token(settings.home, opened.token)
    tell(f"You are signed in until {to_text(opened.expires_us)}, as {', '.join(opened.account.roles)}.")
    if os.environ.get(sessions.VARIABLE):
        tell(f"{sessions.VARIABLE} is set and comes before this session; unset it.")


def logout() -> None:
    """Sign out: the session ends, and its token is removed."""
    import os

    from overt.bootstrap import open_installation
    from overt.services import sessions
    from overt.settings import load_settings

    settings = load_settings()
    with open_installation(settings) as installation:
        ended = sessions.sign_out(installation, sessions.token_of(settings.home, os.environ))
        sessions.forget_token(settings.home)
    tell("You are signed out." if ended else "Your session was over already.")


def add(name: Name, role: Roles, rank: Rank = "") -> None:
    """Make an account. Prints the code by which its owner signs in first; it is shown only now."""
    from overt.services.accounts import propose

    with signed_in_here() as (installation, by):
        _invite(propose(installation, by, name, role, rank=rank))


def show(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, and nothing else.")] = False,
) -> None:
    """Say who has an account, as what."""
    from overt.services.accounts import accounts

    with signed_in_here() as (installation, by):
        found = accounts(installation, by)
    for account in found:
        record = _record(account)
        if as_json:
            typer.echo(json.dumps(record, ensure_ascii=False))
            continue
        typer.echo(f"{account.name}: {', '.join(account.roles)} ({account.state})")
        more = [f"{what} {record[what]}" for what in ("rank", "key", "trained_until") if record[what]]
        typer.echo(f"  {account.id}" + "".join(f", {each.replace('_', ' ')}" for each in more))


def approve(name: Name) -> None:
    """Approve what another administrator proposed about an account."""
    from overt.services.accounts import approve as service

    with signed_in_here() as (installation, by):
        account = service(installation, by, name)
    key = f", key ed25519:{account.key}" if account.key else ""
    tell(f"{account.name} is approved: {', '.join(account.roles)}{key}.")


def close(name: Name) -> None:
    """Close an account at once and for good. Its sessions end."""
    from overt.services.accounts import close as service

    with signed_in_here() as (installation, by):
        tell(f"{service(installation, by, name).name} is closed.")


def roles(name: Name, role: Roles, rank: Rank = "") -> None:
    """Give an account other roles, and another rank. Its sessions end."""
    from overt.services.accounts import change_roles

    with signed_in_here() as (installation, by):
        _tell_change(change_roles(installation, by, name, role, rank=rank))


def training(
    name: Name,
    until: Annotated[
        datetime,
        typer.Option("--until", formats=["%Y-%m-%d"], metavar="DATE", help="The last day, UTC; a past one ends it."),
    ],
) -> None:
    """Record until when somebody's training counts."""
    from overt.domain.time import to_us
    from overt.services.accounts import set_training

    until_us = to_us(until.replace(tzinfo=UTC) + timedelta(days=1))
    with signed_in_here() as (installation, by):
        account = set_training(installation, by, name, until_us)
    tell(f"The training of {account.name} counts until {until:%Y-%m-%d}, that day included.")


def password(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Of somebody who lost theirs; without it, your own.")
    ] = None,
) -> None:
    """Choose another password, or invite somebody again who lost theirs. The sessions of that account end."""
    from overt.services.accounts import invite_again
    from overt.services.sessions import change_password

    with signed_in_here() as (installation, by):
        if name is None:
            change_password(installation, by, ask("Your present password: "), ask_new_password)
            tell("Your password is changed. Sign in with it.")
        else:
            _invite(invite_again(installation, by, name))


def pin(
    name: Name,
    key: Annotated[str, typer.Argument(metavar="PUBLICKEY", help="As overt account keygen printed it.")],
) -> None:
    """Pin the key with which an authorising officer signs. The sessions of that account end."""
    from overt.services.accounts import pin_key

    with signed_in_here() as (installation, by):
        _tell_change(pin_key(installation, by, name, key))


def keygen(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The key that is to be made; it must not exist.")],
) -> None:
    """Make an authorising officer's key, and print its public half. Needs no installation."""
    import os

    from overt.services.signing_keys import make_signing_key

    words = ask("Choose a passphrase for the key (at least 12 characters): ", again=True)
    public_key = make_signing_key(file, words, os.urandom)
    tell(f"The key is in {file}, encrypted. Two administrators pin its public half with overt account key:")
    typer.echo(public_key)


def signed_in_here() -> AbstractContextManager[tuple[Installation, Account]]:
    """The installation, and who is signed in."""
    from overt.bootstrap import signed_in
    from overt.settings import load_settings

    return signed_in(load_settings())


def _invite(invitation: Invitation) -> None:
    _tell_change(invitation.account)
    tell("Give this code to them alone; it is shown only now. With it they sign in first, and choose a password:")
    typer.echo(invitation.code)


def _tell_change(account: Account) -> None:
    from overt.store.records import AccountState

    waits = account.state is AccountState.PROPOSED
    then = f"waits for another administrator: overt account approve '{account.name}'." if waits else "is active."
    tell(f"{account.name} ({', '.join(account.roles)}) {then}")


def _record(account: Account) -> dict[str, object]:
    from overt.domain.time import to_text

    until_us = account.trained_until_us
    return {
        "id": account.id,
        "name": account.name,
        "roles": list(account.roles),
        "rank": account.rank,
        "key": f"ed25519:{account.key}" if account.key else "",
        "trained_until": to_text(until_us) if until_us is not None else None,
        "state": str(account.state),
    }
