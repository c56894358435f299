"""Where an installation lies: its home folder, its database, its master key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from overt.domain.errors import Refused
from overt.settings import Settings

STORE_FILE = "overt.sqlite"
LEDGER_KEY, DIGEST_KEY = "ledger", "digests"  # in the keyring
FACTOR_KEY, AUTHORITY_KEY = "second-factors", "console-authority"  # there, too, once they are needed


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an installation lies.

    Attributes:
        url: of the database; empty for a file in the home folder.
        boot: which start of the machine this is.
        machine: digest of which machine and which home folder this is: an authority is for these alone.
    """

    home: Path
    url: str = field(default="", repr=False)
    master_key_file: Path
    environment: Mapping[str, str] = field(repr=False)
    boot: str
    machine: str = ""

    @property
    def store_file(self) -> Path:
        """Of the embedded database, where no address is given."""
        return self.home / STORE_FILE

    @property
    def store_url(self) -> str:
        return self.url or f"sqlite:///{self.store_file}"

    @property
    def keyring(self) -> Path:
        return self.home / "keyring"

    @property
    def heads(self) -> Path:
        return self.home / "heads"

    @property
    def cache(self) -> Path:
        return self.home / "cache"


def place_of(settings: Settings, environment: Mapping[str, str], boot: str = "", machine: str = "") -> Place:
    """Where these settings put it. `environment`: where a master key may be handed over; `machine`: what tells this
    machine from others."""
    which = f"{machine}\0{settings.home.resolve()}".encode("utf-8", "surrogateescape")
    return Place(
        home=settings.home,
        url=settings.store_url,
        master_key_file=settings.master_key_file,
        environment=environment,
        boot=boot,
        machine=hashlib.sha256(which).hexdigest(),
    )


def require_outside(place: Place) -> None:
    """Raises Refused where the master key would lie in the home folder."""
    if place.master_key_file.resolve().is_relative_to(place.home.resolve()):
        raise Refused(
            f"The master key file {place.master_key_file} lies in the home folder {place.home}.",
            "Name a file elsewhere with OVERT_MASTER_KEY_FILE, so that a copy of the folder opens nothing.",
        )
