"""Errors that stop a command, each shown with what to do about it."""

from collections.abc import Mapping

import typer


class CommandError(typer.TyperException):
    """A command can't do its work. Each line is a sentence that says what to do; none holds a secret.

    It has the interface of Click's own exception. Typer 0.29 ships its own copy of Click, whose public base this is.
    """

    exit_code = 2

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))

    def show(self) -> None:
        """Writes the error to standard error; on one line each, so that commands in it can be copied."""
        typer.echo(f"Error: {self.format_message()}", err=True)


_SIGN_IN = "sign in to AWS again (`aws sso login`, or new keys), or choose another profile with --profile"
_UNREACHABLE = "AWS can't be reached: check the network, --region and AWS_ENDPOINT_URL."
# botocore's exceptions and AWS's error codes, by name, so that this module need not import botocore
_ADVICE: Mapping[str, str] = {
    "NoCredentialsError": "No AWS credentials were found: run `aws configure`, or choose a profile with --profile.",
    "PartialCredentialsError": "The AWS credentials are incomplete: run `aws configure`.",
    "ProfileNotFound": "There is no such AWS profile: `aws configure list-profiles` lists the existing ones.",
    "NoRegionError": "No AWS region is set: use --region, or set AWS_REGION.",
    "SSOTokenLoadError": f"The AWS sign-in is missing or has expired: {_SIGN_IN}.",
    "UnauthorizedSSOTokenError": f"The AWS sign-in has expired: {_SIGN_IN}.",
    "TokenRetrievalError": f"The AWS sign-in has expired: {_SIGN_IN}.",
    "ExpiredToken": f"The AWS credentials have expired: {_SIGN_IN}.",
    "ExpiredTokenException": f"The AWS credentials have expired: {_SIGN_IN}.",
    "InvalidClientTokenId": f"AWS doesn't know these credentials: {_SIGN_IN}.",
    "UnrecognizedClientException": f"AWS doesn't know these credentials: {_SIGN_IN}.",
    "SignatureDoesNotMatch": f"AWS doesn't accept these credentials: {_SIGN_IN}.",
    "EndpointConnectionError": _UNREACHABLE,
    "ConnectTimeoutError": _UNREACHABLE,
}


def aws_error(error: Exception) -> CommandError | None:
    """Returns an error of boto3 as a `CommandError`; None for any other error, which is a bug of ours."""
    if not type(error).__module__.startswith(("botocore", "boto3")):
        return None
    answer = (getattr(error, "response", None) or {}).get("Error", {})
    code, operation = answer.get("Code", ""), getattr(error, "operation_name", "the request")
    names = (code, *(each.__name__ for each in type(error).__mro__))
    if advice := next((_ADVICE[name] for name in names if name in _ADVICE), None):
        return CommandError(advice)
    return CommandError(f"AWS refused {operation}: {answer.get('Message') or error} ({code or type(error).__name__}).")
