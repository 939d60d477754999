"""Records as Arrow columns: the types come from a first batch; a later record that does not fit is an error.

Arrow by itself takes the columns of the first record and drops what others have besides; here that cannot
happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from renhai.core.errors import UsageError

Record = dict[str, Any]


def schema_of(batch: Sequence[Record]) -> pa.Schema:
    """The schema of all fields of these records; text where a field is empty in all of them."""
    names = dict.fromkeys(name for record in batch for name in record)
    return pa.schema([pa.field(name, _settled(_column(batch, name).type)) for name in names])


def table_of(batch: Sequence[Record], schema: pa.Schema) -> pa.Table:
    """The records as a table of this schema. Raises UsageError when one has a field that it has not."""
    known = set(schema.names)
    for record in batch:
        if unknown := record.keys() - known:
            raise _misfit(min(unknown))
    return pa.table([_fitted(batch, field) for field in schema], schema=schema)


def _column(batch: Sequence[Record], name: str) -> pa.Array:
    return pa.array([record.get(name) for record in batch])


def _fitted(batch: Sequence[Record], field: pa.Field) -> pa.Array:
    found = _column(batch, field.name)
    if found.type == field.type:
        return found
    if not _within(found.type, field.type):
        raise _misfit(field.name)
    try:
        return pa.array([record.get(field.name) for record in batch], type=field.type)
    except pa.ArrowInvalid:
        raise _misfit(field.name) from None


def _misfit(name: str) -> UsageError:
    return UsageError(
        f"generate: the field {name} of a record is not like that of the first records; use jsonl"
    )


def _within(kind: pa.DataType, wider: pa.DataType) -> bool:
    """Whether every field, at any depth, of one type is a field of the other."""
    if pa.types.is_struct(kind) and pa.types.is_struct(wider):
        known = {field.name: field.type for field in wider}
        return all(field.name in known and _within(field.type, known[field.name]) for field in kind)
    if pa.types.is_list(kind) and pa.types.is_list(wider):
        return _within(kind.value_type, wider.value_type)
    return True


def _settled(kind: pa.DataType) -> pa.DataType:
    """The type with text in the place of nothing, which Parquet has no type for."""
    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_settled(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(field.name, _settled(field.type)) for field in kind])
    return kind
