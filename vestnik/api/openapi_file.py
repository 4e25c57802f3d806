"""The schema as it is committed, ``docs/openapi.json``: a change of the API is seen in its diff.

``make schema`` writes it, and a test fails when it is not what the code says.
"""

import json
import sys
from datetime import UTC, datetime

import django

#: Stands for "now" in the examples, so that the file changes only when the API does.
ALWAYS = datetime(2030, 1, 1, 9, tzinfo=UTC)


def committed_schema() -> str:
    """The text of the file. Django must be set up."""
    # Views import models, which only a Django that is set up has.
    from drf_spectacular.generators import SchemaGenerator  # noqa: PLC0415

    class StillGenerator(SchemaGenerator):
        """Says what time it is in the examples, and belongs to no installation."""

        now = ALWAYS
        public_url = ""

    schema = StillGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # it has no types
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(committed_schema())
