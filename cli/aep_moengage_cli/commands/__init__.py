"""The commands, each in its own module with a Typer application named `app`."""

import typer


def application() -> typer.Typer:
    """Returns an empty application for a command's module."""
    return typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)
