"""The table of what is kept so that somebody can be told whether they were listed; the rules of `overt.store.tables`
hold here too. `Base` from here knows every table."""

from __future__ import annotations

from typing import cast

from sqlalchemy import ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column

from overt.store.columns import one_of
from overt.store.decoy_tables import Base
from overt.store.records import State

__all__ = ("LISTED", "Base")


class Listed(Base):
    __tablename__ = "listed"
    __table_args__ = (one_of("state", State),)

    id: Mapped[str] = mapped_column(ForeignKey("watch_lists.id"), primary_key=True)
    deployment: Mapped[str] = mapped_column(ForeignKey("deployments.id"), index=True)
    key: Mapped[str]
    root: Mapped[str]
    answer_until_us: Mapped[int]
    state: Mapped[State]
    outputs: Mapped[bytes]


LISTED = cast(Table, Listed.__table__)
