"""Foreign keys that carry the service, so that no row can point at another service's, nor find out by trying that it is there."""

from typing import Any

import pgtrigger
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.constraints import BaseConstraint


class WithinService(BaseConstraint):
    """(service, field) -> (service, id) of the model that the field points at, which keeps those two unique. The field itself has `db_constraint=False`."""

    def __init__(self, *, field: str, name: str) -> None:
        super().__init__(name=name)
        self.field = field

    def constraint_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        assert model and schema_editor
        field, quote = model._meta.get_field(self.field), schema_editor.quote_name
        table = quote(field.remote_field.model._meta.db_table)  # type: ignore[union-attr]
        columns = f"{quote('service_id')}, {quote(field.column)}"  # type: ignore[union-attr]
        return f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({columns}) REFERENCES {table} (service_id, id) DEFERRABLE INITIALLY DEFERRED"

    def create_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        assert model and schema_editor
        return f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        assert model and schema_editor
        return f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)} DROP CONSTRAINT {schema_editor.quote_name(self.name)}"

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """The database alone can tell."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WithinService) and (self.name, self.field) == (other.name, other.field)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"field": self.field}


def points_within(column: str, *, table: str) -> pgtrigger.Trigger:
    """The same for a field that points at one of the tables of millions, where another unique index would slow down every import.

    What those tables hold is never deleted, so looking once is enough; within the wall a row of another service is looked for in vain.
    """
    return pgtrigger.Trigger(
        name=f"{column}_within",
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=f"""
            IF NEW.{column} IS NOT NULL AND NOT EXISTS (SELECT FROM {table} t WHERE t.id = NEW.{column} AND t.service_id = NEW.service_id) THEN
                RAISE EXCEPTION '{column} names no row of the same service' USING ERRCODE = 'foreign_key_violation';
            END IF;
            RETURN NEW;
        """,
    )
