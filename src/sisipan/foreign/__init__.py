"""Other people's corpora: their schema, their names for things, their units, the same checks."""

from sisipan.foreign.fields import Fields, fields_of, read_fields
from sisipan.foreign.guess import as_yaml, guess
from sisipan.foreign.run import validate_others

__all__ = ["Fields", "as_yaml", "fields_of", "guess", "read_fields", "validate_others"]
