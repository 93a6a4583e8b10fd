"""`truststore`: builds and checks the truststore of mutual TLS. Needs no AWS."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509

from aep_moengage_cli.adobe.client_certificates import client_certificates
from aep_moengage_cli.adobe.platform import Platform, project_of_environment
from aep_moengage_cli.adobe.truststore import (
    common_name,
    digest,
    errors,
    first_end,
    missing_of_adobe,
    read_certificates,
    untrusted,
    written,
)
from aep_moengage_cli.adobe.truststore import truststore as combined
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.terminal import emit, say

app = application()


@app.command()
def truststore(
    files: Annotated[
        list[Path], typer.Argument(metavar="CERTIFICATE...", help="Certificates of authorities, PEM or DER.")
    ],
    *,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the truststore to this file, unless it has errors.")
    ] = None,
    online: Annotated[
        bool,
        typer.Option("--online", help="Ask Adobe for its certificates, and check that the truststore lets them in."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Builds the truststore for mutual TLS from certificates, or checks one that exists.

    Errors are certificates that are not an authority's, are not valid today, are too weak, or whose issuer is missing.
    A root that has the name of one of Adobe's authorities but is another certificate is an error, too. Cautions say
    which of Adobe's two chains of authorities is not complete.

    With --online Adobe's MTLS Service API is asked which certificates it shows for your organization. One that no
    authority of the truststore signed is an error. Their names are for the stack's parameter ClientNames. This uses an
    Adobe I/O project: ADOBE_CLIENT_ID, ADOBE_CLIENT_SECRET and ADOBE_ORGANIZATION.

    Example: `aep-moengage truststore truststore.pem`

    Exit codes:

    * 0: the truststore can be used; there may be cautions
    * 1: it has errors, and was not written
    * 2: a file can't be read or written, or Adobe can't be asked

    Needs: *none*
    """
    certificates = combined(each for file in files for each in _read(file))
    clients = client_certificates(Platform(project_of_environment())) if online else []
    found = [*errors(certificates, datetime.now(UTC)), *untrusted(certificates, clients)]
    cautions = list(missing_of_adobe(certificates))
    if output and not found:
        _write(output, written(certificates))
    if as_json:
        emit(
            {
                "certificates": [_described(each) for each in certificates],
                "clients": [_described(each) for each in clients],
                "first_end": first_end(certificates).isoformat(),
                "errors": found,
                "cautions": cautions,
            }
        )
    else:
        _show(certificates, clients, found, cautions)
    raise typer.Exit(1 if found else 0)


def _read(file: Path) -> list[x509.Certificate]:
    try:
        return read_certificates(file.read_bytes())
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or 'cannot be read'}.") from None
    except ValueError:
        raise CommandError(f"{file} holds no certificate that can be read: PEM or DER is expected.") from None


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or 'cannot be written'}.") from None
    say(f"{file} is written.")


def _described(certificate: x509.Certificate) -> dict[str, Any]:
    return {
        "name": common_name(certificate),
        "issuer": certificate.issuer.rfc4514_string(),
        "ends": certificate.not_valid_after_utc.isoformat(),
        "sha256": digest(certificate),
    }


def _show(
    certificates: Sequence[x509.Certificate], clients: Sequence[x509.Certificate], found: list[str], cautions: list[str]
) -> None:
    for each in certificates:
        typer.echo(f"{each.not_valid_after_utc:%Y-%m-%d}  {common_name(each)}")
    for each in clients:
        typer.echo(f"{each.not_valid_after_utc:%Y-%m-%d}  {common_name(each)} (Adobe's own)")
    for error in found:
        typer.echo(f"error     {error}")
    for caution in cautions:
        typer.echo(f"caution   {caution}")
    typer.echo(f"The first certificate ends on {first_end(certificates):%Y-%m-%d}.")
