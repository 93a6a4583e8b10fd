"""The metrics in what a function printed."""

import json
from collections import Counter


def totals(printed: str) -> Counter[str]:
    """Returns the sum of each metric, whatever its reason or status."""
    found: Counter[str] = Counter()
    for line in printed.splitlines():
        content = json.loads(line) if '"_aws"' in line else {"_aws": {"CloudWatchMetrics": []}}
        for directive in content["_aws"]["CloudWatchMetrics"]:
            if directive["Dimensions"][0] == ["service", "destination"]:
                found.update({metric["Name"]: sum(content[metric["Name"]]) for metric in directive["Metrics"]})
    return found
