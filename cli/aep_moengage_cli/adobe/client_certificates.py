"""The certificates that Adobe's products show to endpoints with mutual TLS, as its MTLS Service API lists them.

Source: AdobeDocs/experience-platform.en help/data-governance/mtls-api/public-certificate-endpoint.md.
"""

from cryptography import x509

from aep_moengage_cli.adobe.platform import Platform
from aep_moengage_cli.errors import CommandError

_PATH = "data/core/mtls/v1/certificate/public-certificate?limit=100"


def client_certificates(platform: Platform) -> list[x509.Certificate]:
    """Returns the certificates of the project's organization.

    Raises:
        CommandError: if Adobe refuses, or answers something else.
    """
    found = platform.call("GET", _PATH)
    try:
        return [x509.load_pem_x509_certificate(each["publicCertificate"].encode()) for each in found["results"]]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise CommandError("Adobe answered something else than its certificates.") from None
