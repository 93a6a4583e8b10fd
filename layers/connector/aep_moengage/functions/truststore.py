"""The truststore of mutual TLS: for how many days its certificates are still valid. No metric of AWS says so."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aep_moengage.telemetry.metrics import Metric, MetricBatch

_SECONDS_OF_A_DAY = 86_400


class UnusableTruststore(Exception):
    """The truststore holds no certificate of an authority, or something else than certificates."""


@dataclass(frozen=True, slots=True)
class Truststore:
    """The version of the S3 object that the API's domain uses; `s3` is a client."""

    s3: Any
    uri: str
    version: str
    stack: str
    clock: Callable[[], float] = time.time

    def publish_days_left(self) -> None:
        """Publishes the days until the first certificate ends, negative afterwards.

        Raises:
            UnusableTruststore, ClientError: the truststore can't be read.
        """
        address = urlsplit(self.uri)
        found = self.s3.get_object(Bucket=address.netloc, Key=address.path[1:], VersionId=self.version)
        batch = MetricBatch()
        batch.sample(Metric.TRUSTSTORE_DAYS, days_left(found["Body"].read(), self.clock()))
        batch.publish(self.stack, None)


def days_left(pem: bytes, now: float) -> float:
    """Returns the days from `now`, in epoch seconds, until the first of the authorities' certificates ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # of Python's own library, which reads certificates only so
    try:
        context.load_verify_locations(cadata=pem.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        raise UnusableTruststore("the truststore is not PEM, or holds a certificate that can't be read") from None
    ends = [ssl.cert_time_to_seconds(str(each["notAfter"])) for each in context.get_ca_certs()]
    if not ends:
        raise UnusableTruststore("no certificate of the truststore is that of an authority")
    return (min(ends) - now) / _SECONDS_OF_A_DAY
