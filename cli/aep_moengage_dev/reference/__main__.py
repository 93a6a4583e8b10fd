"""`python -m aep_moengage_dev.reference`: writes the generated pages that are out of date."""

import sys

from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.reference import write

if __name__ == "__main__":
    for written in write():
        sys.stdout.write(f"Updated {written.relative_to(PROJECT)}\n")
