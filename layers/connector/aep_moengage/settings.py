"""The settings in the functions' environment; read on first use, never at import."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, ValidationError, convert
from msgspec.structs import fields

type Network = IPv4Network | IPv6Network
type Address = IPv4Address | IPv6Address


class MissingSettings(Exception):
    """The function's environment lacks settings, or has unusable ones. The message names them, never their values."""


@dataclass(frozen=True, slots=True)
class AllowedNetworks:
    """The networks that may send; without any entry everybody may.

    `unusable`: an entry is no network, and admits nobody.
    """

    networks: tuple[Network, ...] = ()
    unusable: bool = False

    def admit(self, address: Address) -> bool:
        """Returns whether a caller with this address may send."""
        unrestricted = not self.networks and not self.unusable
        return unrestricted or any(address in network for network in self.networks)

    def require_usable(self) -> None:
        """Raises `MissingSettings` if an entry is unusable."""
        if self.unusable:
            raise MissingSettings("ALLOWED_CIDRS has an entry that is not a network in CIDR notation")


EVERYWHERE = AllowedNetworks()


def read_networks(text: str) -> AllowedNetworks:
    """Returns the networks of a comma-separated list. `203.0.113.5/24` means the network that this address is in."""
    networks: list[Network] = []
    unusable = False
    for entry in filter(None, map(str.strip, text.split(","))):
        try:
            networks.append(ip_network(entry, strict=False))
        except ValueError:
            unusable = True
    return AllowedNetworks(tuple(networks), unusable)


def read_names(text: str) -> frozenset[str]:
    """Returns the names of a comma-separated list."""
    return frozenset(filter(None, map(str.strip, text.split(","))))


class Settings(Struct, frozen=True):
    """The functions' environment; the template sets each of these."""

    DESTINATIONS_TABLE: str
    LEDGER_TABLE: str
    SAMPLES_TABLE: str
    RETRY_QUEUE_URL: str
    DEAD_LETTER_QUEUE_URL: str
    PARAMETER_PATH: str
    MOENGAGE_ENDPOINT: str
    STACK_NAME: str
    RETRY_WINDOW_HOURS: Annotated[float, Meta(gt=0)] = 24.0
    LAST_KNOWN_GOOD_SECONDS: Annotated[float, Meta(ge=0)] = 600.0
    EVENT_STREAM: str = ""
    QUEUE_FIRST_REQUESTS: Annotated[float, Meta(gt=0)] = 100.0
    DYNAMODB_CLIENT: Literal["signed", "boto3"] = "signed"
    ALLOWED_CIDRS: AllowedNetworks = EVERYWHERE
    CLIENT_NAMES: frozenset[str] = frozenset()

    @property
    def retry_window_seconds(self) -> float:
        """For how long an update is retried before it is given up."""
        return self.RETRY_WINDOW_HOURS * 3600


class TruststoreSettings(Struct, frozen=True):
    """What the truststore function needs of its environment; the template sets it with `TruststoreUri`."""

    STACK_NAME: str
    TRUSTSTORE_URI: Annotated[str, Meta(pattern=r"^s3://[^/]+/.+$")]
    TRUSTSTORE_VERSION: Annotated[str, Meta(min_length=1)]


_READERS: Mapping[str, Callable[[str], Any]] = {"ALLOWED_CIDRS": read_networks, "CLIENT_NAMES": read_names}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Returns the settings in an environment.

    A wrong entry in ALLOWED_CIDRS is no error here: it must not stop senders in the other networks, nor drain.

    Raises:
        MissingSettings: naming every setting that is missing or unusable.
    """
    return _read(Settings, environment)


def read_truststore_settings(environment: Mapping[str, str]) -> TruststoreSettings:
    """Returns the truststore function's settings; raises `MissingSettings` as `read_settings` does."""
    return _read(TruststoreSettings, environment)


def _read[Model: Struct](model: type[Model], environment: Mapping[str, str]) -> Model:
    found: dict[str, Any] = {}
    faults: list[str] = []
    for field in fields(model):
        if field.name in environment:
            read = _READERS.get(field.name) or partial(convert, type=field.type, strict=False)
            try:
                found[field.name] = read(environment[field.name])
            except ValidationError:
                faults.append(f"{field.name} is not usable")
        elif field.required:
            faults.append(f"{field.name} is missing")
    if faults:
        raise MissingSettings(f"the function's environment cannot be used: {', '.join(faults)}")
    return model(**found)


def check_settings(environment: Mapping[str, str]) -> None:
    """Returns if every setting in an environment can be used in full; raises `MissingSettings` otherwise."""
    read_settings(environment).ALLOWED_CIDRS.require_usable()
