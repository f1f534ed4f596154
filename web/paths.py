"""Where the files of this installation are."""

from pathlib import Path

from office.organisations import processes_folder

PROCESSES = processes_folder()
STATIC = Path(__file__).resolve().parent / "static" / "app"
