"""What the console stands on: one open installation, the settings of this machine, and the runs of this process."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
from starlette.requests import HTTPConnection

from overt.domain.errors import OvertError
from overt.services.cameras import CameraBook
from overt.services.installation import Installation
from overt.settings import Settings

if TYPE_CHECKING:
    from overt.console.imports import Imports
    from overt.console.open_lists import OpenLists
    from overt.console.public_site import PublicSite
    from overt.console.runs import Runs
    from overt.console.tried import TriedCameras
    from overt.console.verifications import Verifications
    from overt.faces.readers import PortraitReaders
    from overt.services.figure_book import FigureBook
    from overt.services.people import Account
    from overt.store.heads import Heads


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

    def warm(self) -> None:
        """Begins to make what finds faces, so that the first look at an alert need not wait for it.

        A process that ends waits for it: a thread that Python ends inside a runtime takes the process down.
        """
        if "readers" not in vars(self):
            threading.Thread(target=self._make_readers, name="overt-readers", daemon=False).start()

    def _make_readers(self) -> None:
        with suppress(OvertError):  # whoever needs them is told
            self.readers.portraits(np.zeros((32, 32, 3), np.uint8))

    @property
    def book(self) -> CameraBook:
        """The cameras that were tried here."""
        return CameraBook(self.settings.home, self.settings.camera_schemes)

    @cached_property
    def figures(self) -> FigureBook:
        """The figures of all deployments, counted again only where something was recorded since."""
        from overt.services.figure_book import FigureBook  # noqa: PLC0415

        return FigureBook(self.installation)

    @cached_property
    def public_site(self) -> PublicSite:
        """The public register, as it last stood."""
        from overt.console.public_site import public_site_of  # noqa: PLC0415

        return public_site_of(self)

    @cached_property
    def open_lists(self) -> OpenLists:
        """Lists that people have opened with their passphrase."""
        from overt.console.open_lists import OpenLists  # noqa: PLC0415

        return OpenLists(self.installation.clock)

    @cached_property
    def imports(self) -> Imports:
        """Lists that are being imported from here."""
        from overt.console.imports import Imports  # noqa: PLC0415

        return Imports(self.installation, lambda: self.readers, self.open_list)

    def open_list(self, token: str, draft: str, passphrase: str, by: Account) -> None:
        """Opens a draft for a session, which may have ended meanwhile.

        Raises:
            NotSignedIn, NotTrained: it has.
            Others: as `overt.services.list_looks.open_to_look` has them.
        """
        from overt.services.list_looks import open_to_look  # noqa: PLC0415
        from overt.services.sessions import signed_in  # noqa: PLC0415

        signed_in(self.installation, token)
        look_alike = self.readers.look_alike
        opened, alike = open_to_look(self.installation, draft, passphrase, by=by, look_alike=look_alike)
        self.open_lists.put(token, opened, alike)

    @cached_property
    def tried(self) -> TriedCameras:
        """Cameras that somebody tries and has not saved yet."""
        from overt.console.tried import TriedCameras  # noqa: PLC0415  (it brings the engine's tiles)

        return TriedCameras()

    @cached_property
    def heads(self) -> Heads | None:
        """Where heads of the ledger are kept outside the database; what is thrown away keeps none."""
        from overt.services.place import place_of  # noqa: PLC0415
        from overt.store.heads import HeadFolder  # noqa: PLC0415

        return None if self.installation.thrown_away else HeadFolder(place_of(self.settings, {}).heads)

    @cached_property
    def verifications(self) -> Verifications:
        """The verification of the ledger that somebody asked for here."""
        from overt.console.verifications import Verifications  # noqa: PLC0415

        return Verifications(self.installation, self.heads)

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
