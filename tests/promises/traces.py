"""What a process asks of the kernel, as strace tells it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.needs import needs_part

WRITING = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "sendto", "sendmsg", "sendmmsg", "sendfile", "splice")
OPENING = ("open", "openat", "openat2", "creat", "memfd_create", "mknod", "mknodat", "mkdir", "mkdirat", "rename")
CALLING = ("socket", "connect", "bind", "accept", "accept4", "listen")
_LINE = re.compile(r"^(\d+) +(\d+\.\d+) (\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True)
class Call:
    """One call. `arguments`: as strace writes them, all texts as \\xNN; `result`: what it returned."""

    at_s: float
    name: str
    arguments: str
    result: int

    @property
    def texts(self) -> list[bytes]:
        """The texts among the arguments."""
        return [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(self.arguments)]

    @property
    def descriptor(self) -> int:
        return int(self.arguments.split(",")[0].split("<")[0])


def strace(into: Path) -> list[str]:
    """The command before a command; skips where strace is not installed."""
    needs_part(shutil.which("strace") is not None, "needs Debian's strace")
    calls = ",".join(f"?{name}" for name in (*WRITING, *OPENING, *CALLING))
    return ["strace", "-f", "-ttt", "-xx", "-s", "65536", "--seccomp-bpf", "-e", f"trace={calls}", "-o", str(into)]


def calls(path: Path) -> list[Call]:
    """Every call of a trace, calls that were interrupted put together again."""
    begun: dict[str, str] = {}
    found = []
    for line in path.read_text("ascii").splitlines():
        process = line.split(maxsplit=1)[0]
        if line.endswith("<unfinished ...>"):
            begun[process] = line.removesuffix("<unfinished ...>").rstrip()
            continue
        whole = line
        resumed = re.match(r"^\d+ +\d+\.\d+ <\.\.\. \w+ resumed>(.*)$", line)
        if resumed and process in begun:
            whole = begun.pop(process) + resumed[1]
        matched = _LINE.match(whole)
        if matched:
            found.append(Call(float(matched[2]), matched[3], matched[4], int(matched[5])))
    return found


def opened_for_writing(made: list[Call]) -> list[bytes]:
    """Files that were opened for writing, or made."""
    names = []
    for call in made:
        writes = call.name in OPENING and re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND", call.arguments)
        makes = call.name in ("creat", "memfd_create", "mknod", "mknodat", "mkdir", "mkdirat", "rename")
        if writes or makes:
            names.append((call.texts or [b"?"])[0])
    return names


def sockets(made: list[Call]) -> list[str]:
    """The families of the sockets that were made."""
    return [call.arguments.split(",")[0] for call in made if call.name == "socket"]


def addresses(made: list[Call]) -> set[tuple[str, str]]:
    """What was done over a network, and with which address: (bind, 127.0.0.1), (connect, 10.0.0.5), ..."""
    return {
        (call.name, text.decode())
        for call in made
        if "AF_INET" in call.arguments and call.name in ("bind", "connect", "sendto", "sendmsg", "accept", "accept4")
        for text in call.texts
        if re.fullmatch(rb"[0-9a-f.:]+", text)
    }
