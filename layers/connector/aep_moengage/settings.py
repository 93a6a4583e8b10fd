"""The settings in the functions' environment; read on first use, never at import."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

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


class Settings(BaseModel):
    """The functions' environment; the template sets each of these."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    DESTINATIONS_TABLE: str
    LEDGER_TABLE: str
    RETRY_QUEUE_URL: str
    DEAD_LETTER_QUEUE_URL: str
    PARAMETER_PATH: str
    MOENGAGE_ENDPOINT: str
    STACK_NAME: str
    RETRY_WINDOW_HOURS: Annotated[float, Field(gt=0)] = 24.0
    LAST_KNOWN_GOOD_SECONDS: Annotated[float, Field(ge=0)] = 600.0
    EVENT_STREAM: str = ""
    QUEUE_FIRST_REQUESTS: Annotated[float, Field(gt=0)] = 100.0
    DYNAMODB_CLIENT: Literal["signed", "boto3"] = "signed"
    ALLOWED_CIDRS: Annotated[AllowedNetworks, BeforeValidator(read_networks)] = EVERYWHERE
    CLIENT_NAMES: Annotated[frozenset[str], BeforeValidator(read_names)] = frozenset()

    @property
    def retry_window_seconds(self) -> float:
        """For how long an update is retried before it is given up."""
        return self.RETRY_WINDOW_HOURS * 3600


class TruststoreSettings(BaseModel):
    """What the truststore function needs of its environment; the template sets it with `TruststoreUri`."""

    model_config = ConfigDict(frozen=True)

    STACK_NAME: str
    TRUSTSTORE_URI: Annotated[str, Field(pattern=r"^s3://[^/]+/.+$")]
    TRUSTSTORE_VERSION: Annotated[str, Field(min_length=1)]


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


def _read[Model: BaseModel](model: type[Model], environment: Mapping[str, str]) -> Model:
    try:
        return model.model_validate(dict(environment))
    except ValidationError as error:
        faults = [
            f"{fault['loc'][0]} is {'missing' if fault['type'] == 'missing' else 'not usable'}"
            for fault in error.errors()
        ]
        raise MissingSettings(f"the function's environment cannot be used: {', '.join(faults)}") from None


def check_settings(environment: Mapping[str, str]) -> None:
    """Returns if every setting in an environment can be used in full; raises `MissingSettings` otherwise."""
    read_settings(environment).ALLOWED_CIDRS.require_usable()
