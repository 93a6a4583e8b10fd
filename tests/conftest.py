"""What holds for all tests."""

from hypothesis import settings

# The same examples at every run, so that a change is judged by what it changes; `--hypothesis-profile=explore`
# looks elsewhere each time.
settings.register_profile("steady", derandomize=True)
settings.register_profile("explore", settings.get_profile("default"))
settings.load_profile("steady")
