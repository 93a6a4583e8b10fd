"""Walks the lines of pages: what is typed where a line asks, what a placeholder stands for, what is left out and why.

There is no AWS account, so the local stack is the one that commands find (`AEP_MOENGAGE_LOCAL`), and no AEP, so `send`
posts what it would.
"""

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.e2e.walk.page_lines import Line
from tests.e2e.walk.walker import Step, Walker, filled

from aep_moengage_dev.project import PROJECT

USER = "user-001"  # of the sample payload
_SAMPLE = PROJECT / "events" / "batch.json"
_FILLED_IN = {"region": '"101"', "username": "ACME1234"}  # by the reader, in the draft; no other test is in 101
_LEFT_OUT = {
    r"make demo KEEP=1": "the demo again, left open",
    r"make test": "takes a quarter of an hour",
    r"sam local invoke": "needs Docker",
    r"aep-moengage deploy": "needs an AWS account; `make up` deploys the same template",
    r"aep-moengage console": "opens a browser",
}
_NEEDS_A_CLONE = {r"make ": "needs a clone", r"uv tool install \.": "the wheel is installed instead"}
_ANSWERED = r"aep-moengage (connect|check .*--online)"
_CODES = {r"aep-moengage (status|validate-export)": (0, 1)}  # 1: an alarm is in ALARM; something differs
_SHOWS = {
    r"aep-moengage check": r"can be used",
    r"aep-moengage preview": r'"decision": "deliver"',
    r"aep-moengage (send|trace)": r"delivered|unchanged",
}
_SENT_BY_AEP = ("README.md", "docs/sampling.md")  # pages that leave it to AEP to send something after `connect`
_SAMPLED_WITHIN = 60.0  # seconds


@dataclass
class PageWalk:
    """A walk along pages. `key` is MoEngage's DATA APP KEY; without a clone, what needs one is left out."""

    walker: Walker
    key: str = ""
    clone: bool = True
    left_out: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)

    def walk(self, lines: Iterable[Line]) -> None:
        """Walks lines in their order; raises `WalkError` at the first that does not do what it should."""
        (self.walker.place / "sample.json").write_text(_SAMPLE.read_text())
        self.values |= {"DESTINATION": "", "CUSTOMER-ID": USER, " USER": f" {USER}"}
        for line in lines:
            if reason := self._left_out(line.text):
                self.left_out.append((line.text, reason))
            else:
                self._walk(line)

    def _left_out(self, text: str) -> str | None:
        if text.startswith(("make demo", "uv tool")) and text in {step.line for step in self.walker.steps}:
            return "walked already"
        rules = _LEFT_OUT | ({} if self.clone else _NEEDS_A_CLONE)
        return next((reason for pattern, reason in rules.items() if re.match(pattern, text)), None)

    def _walk(self, line: Line) -> None:
        text = filled(line.text, {name: value for name, value in self.values.items() if value})
        if text.endswith("--watch"):
            self.walker.watch(text)
            return
        if text.startswith("aep-moengage samples"):
            self._wait_for_samples(text)
        answer = self.key if re.match(_ANSWERED, text) else "y" if "aep-moengage apply" in text else ""
        step = self.walker.run(text, answer=answer, codes=_of(_CODES, text, (0,)))
        wanted = _of(_SHOWS, text, "")
        assert re.search(wanted, step.output), f"$ {text}\nshows no {wanted}:\n{step.output}"
        self._follow(line, step)

    def _follow(self, line: Line, step: Step) -> None:
        """Does what a reader does after a line: fills in the draft, copies the token, lets AEP send."""
        if "aep-moengage init" in step.ran and " --output " in step.ran:
            draft = self.walker.place / step.ran.partition("--output ")[2].split()[0]
            text = draft.read_text()
            for name, value in _FILLED_IN.items():
                text = re.sub(rf"^{name}: FILL IN|^{name}: \"FILL IN\"", f"{name}: {value}", text, flags=re.MULTILINE)
            draft.write_text(text)
        if "aep-moengage connect" in step.ran:
            answer = json.loads(step.output[step.output.index("{") :].partition("\n}")[0] + "\n}")
            self.values |= {"DESTINATION": answer["destination"], "acme.…": answer["token"]}
            if line.page in _SENT_BY_AEP:
                self.walker.settings["AEP_MOENGAGE_TOKEN"] = answer["token"]
                self.walker.run(f"aep-moengage send sample.json --destination {answer['destination']}")
        if step.ran == "make up":
            self.follow_make_up()

    def follow_make_up(self) -> None:
        """Takes over what `make up` has printed: the addresses, the key."""
        stack = json.loads((self.walker.place / ".local" / "stack.json").read_text())
        self.key, self.values["http://…"] = stack["data_app_key"], stack["moengage_endpoint"]
        self.walker.settings["AEP_MOENGAGE_LOCAL"] = "1"

    def _wait_for_samples(self, text: str) -> None:
        deadline = time.monotonic() + _SAMPLED_WITHIN
        look = text.partition(" --output")[0]
        while "identityMap" not in self.walker.run(look, codes=(0, 2)).output:
            assert time.monotonic() < deadline, f"no sample within {_SAMPLED_WITHIN:.0f} s"
            time.sleep(1)


def _of[Value](table: dict[str, Value], text: str, otherwise: Value) -> Value:
    return next((value for pattern, value in table.items() if re.match(pattern, text)), otherwise)
