"""The table of `hookkit.marks`."""

from typing import Any, ClassVar

from django.db import migrations

from hookkit.marks import TABLE, ddl


def _make(_apps: Any, editor: Any) -> None:
    editor.execute(ddl(editor.connection.vendor))


def _drop(_apps: Any, editor: Any) -> None:
    editor.execute(f"DROP TABLE {TABLE}")


class Migration(migrations.Migration):
    """Made by the statement that everybody else runs by hand, so that there is one."""

    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar[list[Any]] = [migrations.RunPython(_make, _drop)]
