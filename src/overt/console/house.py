"""What the console stands on: one open installation, the settings of this machine, and the runs of this process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from starlette.requests import HTTPConnection

from overt.services.installation import Installation
from overt.settings import Settings

if TYPE_CHECKING:
    from overt.console.runs import Runs
    from overt.faces.readers import PortraitReaders


@dataclass(frozen=True, kw_only=True)
class House:
    """What every page and every answer of the API is made from.

    Attributes:
        hosts: names under which the console is reached, with their port; a request to another name is refused, since
            some page elsewhere may have sent it here.
        secure: people reach it by https.
        demonstration: made-up accounts whose passwords the sign-in page may say.
    """

    installation: Installation
    settings: Settings
    runs: Runs
    hosts: frozenset[str]
    secure: bool
    demonstration: tuple[DemoAccount, ...] = ()

    @cached_property
    def readers(self) -> PortraitReaders:
        """What finds faces in pictures of a list; made when the first one is looked at."""
        from overt.bootstrap import portrait_readers  # noqa: PLC0415  (a second, and most visits need none)

        return portrait_readers(self.settings)

    @property
    def now_us(self) -> int:
        return self.installation.clock.now_us()


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """An account of the demonstration, whose password is no secret."""

    name: str
    password: str
    does: str


def house_of(connection: HTTPConnection) -> House:
    """The house that an application was made for."""
    return cast("House", connection.app.state.house)
