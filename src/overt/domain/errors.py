"""The errors that people see.

Each error has a stable code, a plain sentence (what happened and why) and what to do next:

    OvertError
    ├── Refused          exit 2: the request breaks a rule or the input is bad
    │   ├── BadDeployment    the deployment file
    │   ├── OutsideAuthority the authority's window or its terms
    │   ├── BadFootage       rehearsal footage that is no finished recording
    │   ├── BadPicture       a picture that cannot be read safely
    │   ├── BadWatchList     a watch list that cannot be used
    │   ├── BadSource        a camera address that is not allowed
    │   └── BadSetting       a setting of this machine (in settings.py)
    ├── PartMissing      exit 3: something that Overt needs is not on this machine
    │   └── BadModel         a model file that is missing or is not the published one
    ├── CameraLost       a stream that stopped (retried; never ends a run by itself)
    └── Stopped          exit 2: scanning had to stop to keep a promise
"""

from __future__ import annotations


class OvertError(Exception):
    """An error that can explain itself to a person.

    Args:
        sentence: what happened and why, in plain words.
        todo: what to do next, in plain words; may be empty.
    """

    code = "overt"
    exit_code = 2

    def __init__(self, sentence: str, todo: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.sentence} {self.todo}".strip()


class Refused(OvertError):
    code = "refused"


class BadDeployment(Refused):
    code = "bad-deployment"


class OutsideAuthority(Refused):
    code = "outside-authority"


class BadFootage(Refused):
    code = "bad-footage"


class BadPicture(Refused):
    code = "bad-picture"


class BadWatchList(Refused):
    code = "bad-watch-list"


class BadSource(Refused):
    code = "bad-source"


class PartMissing(OvertError):
    code = "part-missing"
    exit_code = 3


class BadModel(PartMissing):
    code = "bad-model"


class CameraLost(OvertError):
    code = "camera-lost"


class Stopped(OvertError):
    code = "stopped"
