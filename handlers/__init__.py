"""What a step can do: Python functions, registered by name, that service tasks and checks call."""

from importlib import import_module
from pathlib import Path


def load_all() -> None:
    """Import every module here, so that all handlers and checks are registered. Done twice is done once."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if not path.name.startswith("_"):
            import_module(f"handlers.{path.stem}")
