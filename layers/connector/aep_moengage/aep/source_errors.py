"""What is wrong with the source of a value."""


class SourceError(ValueError):
    """An expression that cannot be used. `position` counts its characters from 1."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(f"at character {position}: {why}")
        self.position = position
