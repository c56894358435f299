"""The tables of decoys; the rules of `overt.store.tables` hold here too. `Base` from here knows every table."""

from __future__ import annotations

from typing import cast

from sqlalchemy import ForeignKey, Table, text
from sqlalchemy.orm import Mapped, mapped_column

from overt.store.columns import one_of
from overt.store.records import State
from overt.store.tables import Base

__all__ = ("DECOYS", "DECOY_PAIRS", "DECOY_SETS", "Base")


class DecoySet(Base):
    __tablename__ = "decoy_sets"
    __table_args__ = (one_of("state", State),)

    id: Mapped[str] = mapped_column(primary_key=True)
    made_by: Mapped[str]
    made_us: Mapped[int]
    erase_after_us: Mapped[int]
    pairs: Mapped[int]
    state: Mapped[State]


class DecoyPair(Base):
    __tablename__ = "decoy_pairs"

    decoy_set: Mapped[str] = mapped_column(ForeignKey("decoy_sets.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    same: Mapped[bool]
    sealed: Mapped[bytes]


class Decoy(Base):
    __tablename__ = "decoys"

    alert: Mapped[str] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    decoy_set: Mapped[str] = mapped_column(ForeignKey("decoy_sets.id"))
    position: Mapped[int]
    same: Mapped[bool]
    nonce: Mapped[str]
    over_us: Mapped[int | None]
    ended: Mapped[str] = mapped_column(server_default=text("''"))


DECOY_SETS = cast(Table, DecoySet.__table__)
DECOY_PAIRS = cast(Table, DecoyPair.__table__)
DECOYS = cast(Table, Decoy.__table__)
