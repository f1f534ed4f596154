"""Where the files of this installation are."""

from pathlib import Path

PROCESSES = Path(__file__).resolve().parent.parent / "processes"
STATIC = Path(__file__).resolve().parent / "static" / "app"
