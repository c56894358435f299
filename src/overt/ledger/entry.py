"""One entry of the ledger, and its bytes.

Rules, each refused with `BadEntry`:
- An entry says what happened in codes, counts, ids, times and digests. A string is at most 128 characters of
  `A-Z a-z 0-9 . _ : / + = -`: no blank, so no sentence and no full name; free text goes in as a `keyed_digest`.
- The one who acted is an account id or `system`, never a name.
- Facts are flat: scalars, or lists of scalars. At most 32 facts, at most 64 values in a list, 8 KiB altogether, so that
  neither a picture nor a template of 128 numbers fits.
- No floating-point numbers; a ratio is text such as `1/1000`. Integers lie below 2^53 on either side of nought.
- The bytes are canonical JSON (RFC 8785) and begin with the version. Bytes once written stay readable for ever and
  are never rewritten, because they have been hashed and signed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import rfc8785

from overt.ledger.errors import BadEntry

Scalar = str | int | bool | None
Fact = Scalar | tuple[Scalar, ...]

SYSTEM = "system"
VERSION = 1
LIMIT = 1 << 53  # integers beyond are not the same number in every reader of JSON
MOST_FACTS = 32
MOST_VALUES = 64
MOST_CHARACTERS = 128
MOST_BYTES = 8192
LEAST_KEY_BYTES = 32

_TAGS = {1: "overt-entry-1"}  # version of this class -> how its bytes begin; `_` sorts before every other key
_KEYS = {"_version", "actor", "at_us", "deployment", "facts", "index", "kind"}
_INSTEAD = "Record codes, counts and ids; free text goes in as its keyed digest."
_KIND = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CODE = re.compile(r"[A-Za-z0-9._:/+=-]*")
_ACCOUNT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened.

    Lists among the facts are kept as tuples, and the facts cannot be changed afterwards.

    Raises:
        BadEntry: a field breaks one of the rules above.
    """

    index: int  # its place in the ledger, from 0, as in RFC 6962
    kind: str  # what happened, such as `alert.raised`: a-z 0-9, parted by . or -; at most 64 characters
    at_us: int  # when, microseconds since 1970, UTC, by the host's clock
    actor: str  # the id of the account that did it, or `system`
    deployment: str | None = None  # the deployment's id, where it belongs to one
    facts: Mapping[str, Fact] = field(default_factory=dict)
    version: int = VERSION

    def __post_init__(self) -> None:
        if type(self.version) is not int or self.version not in _TAGS:
            raise BadEntry(
                f"The entry is of version {self.version!r}; this Overt writes version {VERSION}.", "Update Overt."
            )
        _check_count("index", self.index)
        _check_count("at_us", self.at_us)
        if not isinstance(self.kind, str) or len(self.kind) > 64 or not _KIND.fullmatch(self.kind):
            raise BadEntry(f"The kind of entry {self.kind!r} is not of the form alert.raised.", _INSTEAD)
        if not isinstance(self.actor, str) or (self.actor != SYSTEM and not _ACCOUNT.fullmatch(self.actor)):
            raise BadEntry("The one who acted has to be an account id or `system`.", "Record the id, not the name.")
        if self.deployment is not None:
            _check_code("deployment", self.deployment)
        object.__setattr__(self, "facts", _checked_facts(self.facts))
        if len(self.to_bytes()) > MOST_BYTES:
            raise BadEntry(f"The entry {self.kind} is longer than {MOST_BYTES} bytes.", _INSTEAD)

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785): ASCII, no blank, no tab, no line break."""
        return rfc8785.dumps(
            {
                "_version": _TAGS[self.version],
                "actor": self.actor,
                "at_us": self.at_us,
                "deployment": self.deployment,
                "facts": {name: list(fact) if isinstance(fact, tuple) else fact for name, fact in self.facts.items()},
                "index": self.index,
                "kind": self.kind,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Entry:
        """The entry that has exactly these bytes.

        Raises:
            BadEntry: the bytes are not an entry's, are of an unknown version, or are not in canonical form.
        """
        read = _object(data)
        versions = [version for version, tag in _TAGS.items() if tag == read.get("_version")]
        if not versions or read.keys() != _KEYS:
            raise BadEntry("These bytes are not an entry of a version that this Overt knows.", "Update Overt.")
        entry = cls(
            version=versions[0], **{name: value for name, value in read.items() if name in _KEYS - {"_version"}}
        )
        if entry.to_bytes() != data:
            raise BadEntry("These bytes hold an entry, but not in its one canonical form.", "Restore the ledger.")
        return entry


def keyed_digest(key: bytes, text: str) -> str:
    """What stands in the ledger in place of free text: `hmac-sha256:` and 64 hexadecimal digits.

    Whoever holds the key can show that a text is the one recorded; nobody else can guess it by trying. The text is
    brought into Unicode's form NFC first, so that it gives the same digest however it was typed.

    Args:
        key: at least 32 random bytes.
        text: any text without lone surrogates.

    Raises:
        ValueError: the key is shorter.
    """
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(f"the key of a digest needs {LEAST_KEY_BYTES} bytes and has {len(key)}")
    normal = unicodedata.normalize("NFC", text).encode()
    return "hmac-sha256:" + hmac.new(key, normal, hashlib.sha256).hexdigest()


def _object(data: bytes) -> dict[str, Any]:
    todo = "Restore the ledger from a backup."
    if len(data) > MOST_BYTES:  # before parsing, so that depth is bounded, too
        raise BadEntry(f"These bytes are longer than the {MOST_BYTES} of an entry.", todo)
    try:
        read = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadEntry("These bytes are not an entry: they are not JSON.", todo) from error
    if not isinstance(read, dict):
        raise BadEntry("These bytes are not an entry: they are JSON, but not an object.", todo)
    return read


def _check_count(name: str, value: object) -> None:
    if type(value) is not int or not 0 <= value < LIMIT:
        raise BadEntry(f"{name} has to be a whole number from 0 and below 2^53; it is {value!r}.", _INSTEAD)


def _check_code(name: str, value: object) -> None:
    """The refusal does not repeat the text: it may be what must not be written down."""
    if not isinstance(value, str) or len(value) > MOST_CHARACTERS or not _CODE.fullmatch(value):
        raise BadEntry(f"{name} holds text that is no code of at most {MOST_CHARACTERS} characters.", _INSTEAD)


def _checked_facts(facts: object) -> Mapping[str, Fact]:
    if not isinstance(facts, Mapping) or len(facts) > MOST_FACTS:
        raise BadEntry(f"Facts have to be at most {MOST_FACTS} names with their values.", _INSTEAD)
    return MappingProxyType({_checked_name(name): _checked_fact(name, fact) for name, fact in facts.items()})


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadEntry("The name of a fact has to be a-z, 0-9 and _, at most 40 characters, a letter first.", _INSTEAD)
    return name


def _checked_fact(name: str, fact: object) -> Fact:
    if not isinstance(fact, (list, tuple)):
        return _checked_scalar(name, fact)
    if len(fact) > MOST_VALUES:
        raise BadEntry(f"The fact {name} holds {len(fact)} values; {MOST_VALUES} is the most.", _INSTEAD)
    return tuple(_checked_scalar(name, value) for value in fact)


def _checked_scalar(name: str, value: object) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -LIMIT < value < LIMIT:
            raise BadEntry(f"The fact {name} is a whole number of 2^53 or more.", "Record it as text.")
        return int(value)
    if isinstance(value, str):
        _check_code(f"The fact {name}", value)
        return value
    raise BadEntry(
        f"The fact {name} is a {type(value).__name__}; only codes, whole numbers, true, false and null are recorded.",
        "Write a ratio as text, such as 1/1000.",
    )
