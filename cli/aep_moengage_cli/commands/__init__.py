"""The commands, each in a module of its own with a Typer application named `app`."""

import typer


def application() -> typer.Typer:
    """Returns the application that a command's module fills."""
    return typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)
