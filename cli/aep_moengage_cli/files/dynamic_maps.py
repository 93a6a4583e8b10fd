"""Dynamic maps: objects whose keys are ids, such as of products, so that every profile has other keys. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aep_moengage.mapping.attributes import NOT_ATTRIBUTES
from aep_moengage_cli.files.survey import Path

_FEWEST_KEYS = 3


def dynamic_maps(records: Sequence[Mapping[str, Any]]) -> list[Path]:
    """Returns the paths of dynamic maps, the outermost only."""
    maps: dict[Path, list[Mapping[str, Any]]] = defaultdict(list)
    for record in records:
        for path, each in _objects(record):
            maps[path].append(each)
    found = [path for path, each in maps.items() if _is_dynamic(each)]
    return [path for path in found if not any(path[:length] in found for length in range(1, len(path)))]


def _objects(record: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    branches: list[tuple[Path, Any]] = [((name,), part) for name, part in record.items() if name not in NOT_ATTRIBUTES]
    while branches:
        path, branch = branches.pop()
        if isinstance(branch, dict):
            yield path, branch
            branches += [((*path, name), part) for name, part in branch.items()]


def _is_dynamic(maps: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the values are of one shape, and the keys are ids: with digits, and other ones in every profile."""
    keys = {key for each in maps for key in each}
    if len(keys) < _FEWEST_KEYS or not all(any(map(str.isdigit, key)) for key in keys):
        return False
    values = [value for each in maps for value in each.values()]
    if all(isinstance(value, dict) and value.keys() == values[0].keys() for value in values):
        return True
    return len(maps) > 1 and len(keys) >= 2 * max(map(len, maps))
