"""The settings of this machine, as one frozen tree.

Rules:
  - a flag comes before an `OVERT_*` variable, that before `overt.toml` in the home folder, that before the default;
  - a wrong setting names itself, where it was found, and what is allowed;
  - an unknown name in `overt.toml` is refused; it may be a misspelt promise;
  - loading settings writes nothing; the home folder is made when something is first written into it.
"""

from __future__ import annotations

import difflib
import os
import sys
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, InitSettingsSource, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from overt.domain.errors import Refused

FILE_NAME = "overt.toml"
PREFIX = "OVERT_"
DEFAULT_PACK = "yunet-sface"
PACK_NAME = r"[a-z0-9][a-z0-9.-]{0,39}"
Scheme = Literal["rtsp", "rtsps", "http", "https", "usb"]
#: Networks by a word; a setting may name others, such as 203.0.113.0/24.
NETWORKS = ("private", "loopback", "link-local", "public")
#: Until somebody says where: whoever stops people has to know.
COMPLAINTS = "whoever runs the deployment; its officers tell you the address"
SCHEMES: tuple[Scheme, ...] = ("rtsp", "rtsps", "http", "https", "usb")


class BadSetting(Refused):
    """A setting of this machine that is unknown or not allowed."""

    code = "bad-setting"


def default_home() -> Path:
    """The platform's folder for a user's data, with `overt` at its end; it need not exist."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "overt"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "overt"
    named = os.environ.get("XDG_DATA_HOME", "")
    return (Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "share") / "overt"


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_master_key_file() -> Path:
    """Where the platform keeps a user's configuration: never in the folder for data, so that a copy of that opens
    nothing."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "overt" / "master.key"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Preferences" / "overt" / "master.key"
    named = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(named) if Path(named).is_absolute() else Path.home() / ".config") / "overt" / "master.key"


class Settings(BaseSettings):
    """What this machine does, whoever's deployment it runs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=default_home,
        description="Folder for everything that Overt keeps: overt.toml, the record, keys and model packs. "
        "Set it by flag or OVERT_HOME only. A relative folder starts where the command was given.",
    )
    store_url: str = Field(
        default="",
        repr=False,
        pattern=r"^$|^postgresql\+psycopg://",
        description="Database of the record: empty for a file in the home folder, or postgresql+psycopg://... "
        "for a PostgreSQL server.",
    )
    master_key_file: Path = Field(
        default_factory=default_master_key_file,
        description="File of the master key, which opens everything that is sealed. It lies outside the home folder, "
        "readable by its owner only; OVERT_MASTER_KEY or systemd's credential overt-master-key come before it.",
    )
    camera_schemes: Annotated[tuple[Scheme, ...], NoDecode] = Field(
        default=SCHEMES,
        min_length=1,
        description="Kinds of camera address that this machine may open: rtsp, rtsps, http, https, usb; "
        "with commas between them in a variable, a list in overt.toml.",
    )
    camera_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("private", "loopback"),
        min_length=1,
        description="Networks in which a camera may be tried or watched from the console: private, loopback, "
        "link-local, public, or a network such as 203.0.113.0/24; with commas between them in a variable, a list in "
        "overt.toml.",
    )
    camera_processes: int = Field(
        default_factory=cores,
        ge=1,
        le=256,
        description="Camera processes, 1 to 256; the cameras are spread over them. "
        "By default one for every processor core that Overt may use.",
    )
    runtime: Literal["auto", "openvino", "openvino-gpu", "onnxruntime"] = Field(
        default="auto",
        description="What runs the networks: auto (OpenVINO where it is installed, else ONNX Runtime), "
        "openvino, openvino-gpu (on a graphics card) or onnxruntime (on CUDA where it is there).",
    )
    pack: str = Field(
        default=DEFAULT_PACK,
        pattern=f"^{PACK_NAME}$",
        description="Model pack that recognises faces, by its name; overt models list shows which there are.",
    )
    precision: Literal["auto", "f32"] = Field(
        default="auto",
        description="Arithmetic of the networks: auto (bfloat16 where the processor has units for it, else 32 bits) "
        "or f32 (always 32 bits).",
    )
    open_timeout_s: float = Field(
        default=10.0,
        ge=0.5,
        le=60.0,
        allow_inf_nan=False,
        description="Longest wait for a camera to answer when it is opened, 0.5 to 60 seconds.",
    )
    read_timeout_s: float = Field(
        default=5.0,
        ge=0.5,
        le=60.0,
        allow_inf_nan=False,
        description="Longest wait for the next picture of an open camera before it counts as lost, 0.5 to 60 seconds.",
    )

    complaints: str = Field(
        default=COMPLAINTS,
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
        description="Where somebody who was stopped complains: one line of at most 200 characters, as it stands on "
        "their slip. A postal address, a telephone number or a page; nobody's name.",
    )

    controller: str = Field(
        default="",
        max_length=120,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="The body that runs deployments here, as it stands on signs, leaflets and in the register: one "
        "line of at most 120 characters. Without it no signs are made.",
    )
    public_address: str = Field(
        default="",
        max_length=120,
        pattern=r"^(https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?)?$",
        description="Under which address the public reaches the register, such as https://register.example.org; what "
        "stands before /public/. It is printed on signs as a code. Without it no signs are made.",
    )

    @field_validator("home", "master_key_file")
    @classmethod
    def _whole_path(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("camera_schemes", "camera_networks", mode="before")
    @classmethod
    def _split_at_commas(cls, given: object) -> object:
        return tuple(part.strip() for part in given.split(",")) if isinstance(given, str) else given

    @field_validator("camera_networks")
    @classmethod
    def _known_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            if network not in NETWORKS:
                ip_network(network)
        return networks

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flag, variable, file; the two others that the library offers are left out."""
        named = init_settings().get("home") or env_settings().get("home")
        home = Path(named).expanduser() if named else default_home()
        return init_settings, env_settings, InitSettingsSource(settings_cls, _read_file(home / FILE_NAME))

    def make_home(self) -> Path:
        """The home folder, made (readable by its owner only) when it is not there yet.

        Raises:
            BadSetting: it cannot be made.
        """
        try:
            self.home.parent.mkdir(parents=True, exist_ok=True)
            self.home.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise BadSetting(
                f"The folder {self.home} cannot be made: {error.strerror}.", "Name another one with OVERT_HOME."
            ) from error
        return self.home


def load_settings(**flags: object) -> Settings:
    """The settings in force.

    Args:
        flags: settings given on the command line, by name; None means not given.

    Raises:
        BadSetting: one or more settings are unknown or not allowed; all of them are named.
    """
    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = [_fault(dict(fault), given) for fault in error.errors(include_url=False, include_context=False)]
        raise BadSetting(" ".join(dict.fromkeys(faults)), "Correct the setting and start again.") from error


def _read_file(path: Path) -> dict[str, Any]:
    """The settings in a file; none when the file is absent.

    Raises:
        BadSetting: the file cannot be read, is not TOML, or names something that is no setting.
    """
    correct = "Correct the file and start again."
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise BadSetting(f"The settings file {path} cannot be read: {error.strerror}.", correct) from error
    except (ValueError, RecursionError) as error:
        raise BadSetting(f"The settings file {path} is not TOML: {error}.", correct) from error
    if "home" in found:
        raise BadSetting(
            f"home in {path} is not allowed: the file lies in the home folder, so it cannot name it.",
            "Set OVERT_HOME instead.",
        )
    for name in found:
        if name not in Settings.model_fields:
            near = difflib.get_close_matches(name, Settings.model_fields, n=1)
            known = f"did you mean {near[0]}?" if near else f"known are {', '.join(Settings.model_fields)}."
            raise BadSetting(f"{name} in {path} is not a setting; {known}", correct)
    return found


def _fault(fault: dict[str, Any], flags: dict[str, Any]) -> str:
    """One sentence for one of Pydantic's errors: name, where it was set, what is allowed."""
    name = str(fault["loc"][0])
    setting = Settings.model_fields.get(name)
    if setting is None:
        return f"{name} is not a setting; known are {', '.join(Settings.model_fields)}."
    if name in flags:
        shown, value = f"--{name.replace('_', '-')}", flags[name]
    elif value := os.environ.get(PREFIX + name.upper(), ""):
        shown = PREFIX + name.upper()
    else:
        shown, value = f"{name} in {FILE_NAME}", fault["input"]
    return f"{shown} is {value!r}, which is not allowed. {setting.description}"
