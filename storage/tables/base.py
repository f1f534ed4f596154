"""The one `MetaData` that all tables hang on, with names for every constraint."""

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s__%(column_0_N_name)s",
        "uq": "uq_%(table_name)s__%(column_0_N_name)s",
        "ck": "ck_%(table_name)s__%(constraint_name)s",
        "fk": "fk_%(table_name)s__%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Fields of answers, registers and messages that name a person or tell where to find one (R65): sealed wherever kept.
_PERSON = ("name", "address", "phone", "id_no", "political_status", "occupation")
PERSONAL = frozenset({*_PERSON, *(f"petitioner_{part}" for part in _PERSON)}) | {
    "accused", "accused_persons", "accused_units", "applicant", "complainant", "contact", "person", "petitioner",
    "representatives",
}  # fmt: skip
