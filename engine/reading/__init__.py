"""Reading a key's files: the diagram, its forms and tables, into a `Definition`."""

from engine.reading.definitions import Known, read_definition

__all__ = ["Known", "read_definition"]
