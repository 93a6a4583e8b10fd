"""The overview: what `status` shows, and the same over time."""

from dataclasses import dataclass

from starlette.responses import JSONResponse, RedirectResponse, Response

from aep_moengage.telemetry.metrics import Metric
from aep_moengage_cli.console.pages import HERE, MARKDOWN, Asked
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.monitoring.flow import Flow
from aep_moengage_cli.monitoring.next_steps import next_steps
from aep_moengage_cli.monitoring.outcome_history import ANSWERS, OUTCOMES, WINDOWS, history
from aep_moengage_cli.monitoring.workspace_paces import duration, pace_lines, workspace_paces
from aep_moengage_cli.profiles.dead_letter_report import ADVICE

_RUNBOOK = HERE / "runbook.md"  # a link to docs/runbook.md; the package holds a copy

# the funnel: each stage takes these outcomes out of what came from the stage before
_STAGES = (
    ("received", ()),
    ("with an identity and consent", (Metric.SKIPPED,)),
    ("news to MoEngage", (Metric.UNCHANGED, Metric.SUPERSEDED)),
    ("deliverable", (Metric.REJECTED,)),
    ("delivered", (Metric.RETRYING,)),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the funnel: the profiles that reached it, in percent of the received, and what left before it."""

    name: str
    profiles: int
    percent: float
    left: list[tuple[str, int]]


def page(asked: Asked) -> Response:
    """Returns the frame of the overview, which loads its parts."""
    if asked.subject.file:
        return RedirectResponse("/destinations", status_code=303)
    asked.subject.observed.begin()
    return asked.page("overview.html", windows=list(WINDOWS), command=asked.subject.command("status", "--watch"))


def flow(asked: Asked) -> Response:
    """Returns funnel, destinations, backlog, MoEngage's health, alarms, and what to do next."""
    found, health = asked.subject.observed.take()
    paces = workspace_paces(found.destinations)
    return asked.page(
        "overview_flow.html",
        flow=found,
        funnel=funnel(found),
        steps=list(next_steps(found)),
        paces=list(pace_lines(paces)),
        waits=[duration(pace.minutes) for pace in paces if pace.backlog],
        answers=[(status, health.total(status)) for status in ANSWERS],
        seconds=(health.latest("typical seconds"), health.latest("slowest seconds")),
        oldest=health.latest("oldest minutes"),
    )


def outcomes(asked: Asked) -> Response:
    """Returns the outcomes over time: lines with any value, as JSON for the chart."""
    window = WINDOWS.get(asked.query("window", "1h"), WINDOWS["1h"])
    found = history(asked.subject.stack, OUTCOMES, window)
    return JSONResponse({"times": found.times, "lines": found.seen})


def reasons(asked: Asked) -> Response:
    """Returns the reasons of a sample of dead letters, with what to do about each."""
    counts, lacking = asked.subject.observer.sampled_reasons()
    ranked = sorted((counts or {}).items(), key=lambda each: -each[1])
    return asked.page("overview_reasons.html", reasons=ranked, advice=ADVICE, lacking=lacking)


def runbook(asked: Asked) -> Response:
    """Returns a section of the runbook."""
    title, text = _section(asked.path("section"))
    return asked.page("runbook.html", title=title, text=_focusable(MARKDOWN.render(text)))


def _focusable(text: str) -> str:
    """A text whose blocks of code can be scrolled with the keyboard."""
    return text.replace("<pre>", '<pre tabindex="0">')


def funnel(found: Flow) -> list[Stage]:
    """Returns the stages of the last hour's profiles, all destinations together."""
    counts = {metric: sum(each.profiles[metric.value] for each in found.destinations) for metric in _counted()}
    received = left_over = counts[Metric.RECEIVED]
    stages = []
    for name, metrics in _STAGES:
        left = [(metric.value, counts[metric]) for metric in metrics if counts[metric]]
        left_over -= sum(count for _, count in left)
        stages.append(Stage(name, left_over, 100 * max(left_over, 0) / received if received else 0, left))
    return stages


def _counted() -> list[Metric]:
    return [Metric.RECEIVED, *(metric for _, metrics in _STAGES for metric in metrics)]


def _section(anchor: str) -> tuple[str, str]:
    """Returns title and text of the section with an anchor, as a forge makes it of the heading."""
    for section in _RUNBOOK.read_text("utf-8").split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        if title.lower().replace(" ", "-") == anchor:
            return title, text
    raise CommandError(f"The runbook has no section {anchor}.")
