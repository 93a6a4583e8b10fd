"""The truststore function says when the first certificate ends, and fails on what is no truststore."""

from datetime import timedelta

import pytest
from tests.certificates import NOW, issue

from aep_moengage.functions.truststore import UnusableTruststore, days_left


def test_first_certificate_that_ends_counts() -> None:
    root = issue("Root", days=4000)
    pem = root.pem + issue("Intermediate", root, days=59.5).pem
    assert days_left(pem, NOW.timestamp()) == pytest.approx(59.5, abs=0.001)
    assert days_left(root.pem, NOW.timestamp()) == pytest.approx(4000, abs=0.001)


def test_ended_certificate_has_less_than_no_days() -> None:
    later = NOW + timedelta(days=12)
    assert days_left(issue("Root", days=10).pem, later.timestamp()) == pytest.approx(-2, abs=0.001)


def test_text_between_certificates_is_no_error() -> None:
    pem = b"# subject: Wurzel \xc3\xa4\n" + issue("Root", days=100).pem + b"\n"
    assert days_left(pem, NOW.timestamp()) == pytest.approx(100, abs=0.001)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        issue("Client", authority=False).pem,
    ],
    ids=["empty", "no PEM", "no certificate", "no authority"],
)
def test_what_is_no_truststore_is_an_error(content: bytes) -> None:
    with pytest.raises(UnusableTruststore):
        days_left(content, NOW.timestamp())
