"""The settings in the functions' environment; read on first use, never at import."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

Network = IPv4Network | IPv6Network


class MissingSettings(Exception):
    """The function's environment lacks settings, or has unusable ones; the message names them all."""


def _networks(text: object) -> object:
    return tuple(ip_network(part.strip()) for part in str(text).split(",") if part.strip())


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
    ALLOWED_CIDRS: Annotated[tuple[Network, ...], BeforeValidator(_networks)] = ()

    @property
    def retry_window_seconds(self) -> float:
        """For how long an update is retried before it is given up."""
        return self.RETRY_WINDOW_HOURS * 3600


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Returns the settings in an environment.

    Raises:
        MissingSettings: naming every setting that is missing or unusable.
    """
    try:
        return Settings.model_validate(dict(environment))
    except ValidationError as error:
        faults = "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())
        raise MissingSettings(f"the function's environment is not usable: {faults}") from None
