"""Complaints: what keeps a command from doing its work, told to the operator with what to do about it."""

from collections.abc import Mapping


class Complaint(Exception):
    """A command cannot go on. Each line is a sentence that says what to do; none holds a secret."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


_SIGN_IN = "sign in to AWS again (`aws sso login`, or new keys), or name another profile with --profile"
# botocore's exceptions and AWS's error codes, by name: who complains need not import them
_ADVICE: Mapping[str, str] = {
    "NoCredentialsError": "No AWS credentials were found: run `aws configure`, or name a profile with --profile.",
    "PartialCredentialsError": "The AWS credentials are not complete: run `aws configure`.",
    "ProfileNotFound": "There is no such AWS profile: `aws configure list-profiles` shows those that there are.",
    "NoRegionError": "No AWS region is set: name it with --region, or set AWS_REGION.",
    "SSOTokenLoadError": f"The AWS sign-in is missing or over: {_SIGN_IN}.",
    "UnauthorizedSSOTokenError": f"The AWS sign-in is over: {_SIGN_IN}.",
    "TokenRetrievalError": f"The AWS sign-in is over: {_SIGN_IN}.",
    "ExpiredToken": f"The AWS credentials have expired: {_SIGN_IN}.",
    "ExpiredTokenException": f"The AWS credentials have expired: {_SIGN_IN}.",
    "InvalidClientTokenId": f"AWS does not know these credentials: {_SIGN_IN}.",
    "UnrecognizedClientException": f"AWS does not know these credentials: {_SIGN_IN}.",
    "SignatureDoesNotMatch": f"AWS does not accept these credentials: {_SIGN_IN}.",
    "AccessDenied": "AWS does not allow {operation} with these credentials: ask for the permission, or use --profile.",
    "AccessDeniedException": "AWS does not allow {operation} with these credentials: ask for the permission, "
    "or use --profile.",
    "EndpointConnectionError": "AWS cannot be reached: check the network, --region and AWS_ENDPOINT_URL.",
    "ConnectTimeoutError": "AWS cannot be reached: check the network, --region and AWS_ENDPOINT_URL.",
}


def aws_complaint(error: Exception) -> Complaint | None:
    """Returns the complaint that an error of boto3 is; None for any other error, which is a bug of ours."""
    if not type(error).__module__.startswith(("botocore", "boto3")):
        return None
    said = (getattr(error, "response", None) or {}).get("Error", {})
    code, operation = said.get("Code", ""), getattr(error, "operation_name", "this")
    advice = _ADVICE.get(code) or next((_ADVICE[c.__name__] for c in type(error).__mro__ if c.__name__ in _ADVICE), "")
    if advice:
        return Complaint(advice.format(operation=operation))
    return Complaint(f"AWS did not take {operation}: {said.get('Message') or error} ({code or type(error).__name__}).")
