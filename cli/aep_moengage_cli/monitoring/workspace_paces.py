"""The pace of each workspace: its limit, how much of it is used, and when the backlog will have been sent."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aep_moengage.moengage.pacing import NOTHING_LEARNED, Quota, limit_in_force
from aep_moengage.outcomes import RetryReason
from aep_moengage_cli.monitoring.flow import DestinationFlow


@dataclass(frozen=True, slots=True)
class WorkspacePace:
    """A workspace's pace: users per minute, as a limit and as sent lately, and the profiles that wait.

    `followed`: drain has used this limit lately; otherwise it is the one that drain begins with. `queued_first` counts
    the profiles that in the last hour were too many at once to be delivered one by one.
    """

    workspace: str
    destinations: tuple[str, ...]
    limit: int
    followed: bool
    use: int
    backlog: int
    queued_first: int = 0

    @property
    def minutes(self) -> float:
        """The minutes until the backlog has been sent, if MoEngage takes as much as the limit."""
        return self.backlog / self.limit


def workspace_paces(destinations: Sequence[DestinationFlow]) -> list[WorkspacePace]:
    """Returns the pace of each workspace. What paused destinations hold back is not counted as waiting."""
    grouped: dict[str, list[DestinationFlow]] = defaultdict(list)
    for each in destinations:
        fields = each.active.fields
        grouped[f"{fields.get('region', '?')}/{fields.get('username', '?')}"].append(each)
    return [_pace(workspace, members) for workspace, members in sorted(grouped.items())]


def _pace(workspace: str, members: Sequence[DestinationFlow]) -> WorkspacePace:
    followed = [each.limit for each in members if each.limit]
    return WorkspacePace(
        workspace=workspace,
        destinations=tuple(each.active.destination for each in members),
        limit=max(followed or map(_first_limit, members)),
        followed=bool(followed),
        use=sum(each.use for each in members),
        backlog=sum(max(0, each.backlog) for each in members if not each.active.paused),
        queued_first=sum(each.postponed[RetryReason.QUEUED] for each in members),
    )


def _first_limit(each: DestinationFlow) -> int:
    pacing = each.active.fields.get("pacing") or {}
    configured = pacing.get("users_per_minute") if isinstance(pacing, dict) else None
    whole = configured if isinstance(configured, int) else None
    return limit_in_force(Quota.BULK_USERS, whole, NOTHING_LEARNED, 0.0).per_minute


def pace_lines(paces: Sequence[WorkspacePace]) -> Iterator[str]:
    """Yields a line for each workspace, and one more if it had profiles queued first."""
    for pace in paces:
        used = f"{pace.use:,} a minute sent of {pace.limit:,}" if pace.followed else f"limit {pace.limit:,} a minute"
        waiting = f"; {pace.backlog:,} profiles wait, at best for {duration(pace.minutes)}" if pace.backlog else ""
        yield f"Pace {pace.workspace}: {used}{waiting}."
        if pace.queued_first:
            count = f"{pace.queued_first:,} profiles in the last hour"
            yield f"Queue-first {pace.workspace}: {count}, for drain to send in bulk."


def duration(minutes: float) -> str:
    """Returns a length of time in words: `less than a minute`, `41 min`, `2 h 50 min`."""
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"
