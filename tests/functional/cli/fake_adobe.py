"""A stand-in for Adobe's APIs, behind HTTP."""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from aep_moengage_cli.adobe.rendering import render

HEADERS = {
    "Authorization": "Bearer an-access-token",
    "x-api-key": "client",
    "x-gw-ims-org-id": "ABC@AdobeOrg",
    "x-sandbox-name": "dev",
}
CERTIFICATES = "/data/core/mtls/v1/certificate/public-certificate?limit=100"
ROOT = "/data/core/activation/authoring/"

type Rendered = Callable[[str, list[Mapping[str, Any]]], str]


class Adobe(ThreadingHTTPServer):
    """Adobe's identity service, authoring API and MTLS Service API. It has documents by kind and instance id."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.documents: dict[str, dict[str, Any]] = {"destination-servers": {}, "destinations": {}}
        self.calls: list[str] = []
        self.secret = "the-secret"
        self.renders: Rendered = render
        self.certificates: list[str] = []  # that Adobe's products show to endpoints with mutual TLS, in PEM
        self.submissions: dict[str, list[str]] = {}  # the statuses of each destination's, by its instance id

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a project that may use it."""
        return {
            "ADOBE_CLIENT_ID": "client",
            "ADOBE_CLIENT_SECRET": self.secret,
            "ADOBE_ORGANIZATION": "ABC@AdobeOrg",
            "ADOBE_SANDBOX": "dev",
            "ADOBE_PLATFORM_URL": self.url,
            "ADOBE_IMS_URL": self.url,
        }

    def answer(self, method: str, path: str, headers: Mapping[str, str], text: str) -> tuple[int, Any]:
        """The status and content of an answer."""
        if path == "/ims/token/v3":
            return self._token(parse_qs(text))
        wrong = {name for name, value in HEADERS.items() if headers.get(name) != value}
        if path == CERTIFICATES and not wrong - {"x-sandbox-name"}:
            return 200, {"results": [{"publicCertificate": pem} for pem in self.certificates]}
        if wrong:
            return 403, {"title": "the headers are not those of the project"}
        return self._authoring(method, path.removeprefix(ROOT), json.loads(text) if text else None)

    def _authoring(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        self.calls.append(f"{method} {path}")
        kind, _, instance = path.partition("/")
        if instance.startswith("publish"):
            return self._publishing(method, instance.partition("/")[2], body)
        match method, kind:
            case "POST", "testing":
                return 200, {"results": [{"output": self.renders(body["template"], body["profiles"])}]}
            case "GET", _:
                return 200, {"items": [{"instanceId": id, **each} for id, each in self.documents[kind].items()]}
            case "POST", _:
                instance = f"{kind}-{len(self.documents[kind]) + 1}"
        self.documents[kind][instance] = body
        return 200, {"instanceId": instance, **body}

    def _publishing(self, method: str, destination: str, body: Any) -> tuple[int, Any]:
        """The publishing API: submissions are in review at first."""
        if method == "POST":
            assert body.keys() == {"destinationId", "destinationAccess"}
            assert body["destinationId"] in self.documents["destinations"]
            self.submissions.setdefault(body["destinationId"], []).append("REVIEW")
            return 201, body
        if destination not in self.submissions:
            return 404, {"title": "not found"}
        details = [{"status": each, "destinationType": "PUBLIC"} for each in self.submissions[destination]]
        return 200, {"destinationId": destination, "publishDetailsList": details}

    def _token(self, form: dict[str, list[str]]) -> tuple[int, Any]:
        if form.get("client_secret") != [self.secret] or form.get("grant_type") != ["client_credentials"]:
            return 401, {"error": "invalid_client", "error_description": "invalid client_secret parameter"}
        return 200, {"access_token": "an-access-token", "expires_in": 86399}


class _Handler(BaseHTTPRequestHandler):
    server: Adobe

    def _handle(self) -> None:
        text = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        status, content = self.server.answer(self.command, self.path, dict(self.headers.items()), text)
        answer = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = _handle  # noqa: N815 # http.server's names

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""
