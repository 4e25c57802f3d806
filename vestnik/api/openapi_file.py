"""The schema as a file of the repository, ``docs/openapi.json``. Its diff shows every change of the API.

``make schema`` writes the file. A test fails if it differs from the code.
"""

import json
import sys
from datetime import UTC, datetime

import django

#: A fixed "now" for the examples, so that the file changes only if the API does.
ALWAYS = datetime(2030, 1, 1, 9, tzinfo=UTC)


def committed_schema() -> str:
    """Return the text of the file. Django must be set up."""
    # Views import models, which need a Django that is set up.
    from drf_spectacular.generators import SchemaGenerator  # noqa: PLC0415

    class StillGenerator(SchemaGenerator):
        """Uses a fixed time in the examples, and no address of an installation."""

        now = ALWAYS
        public_url = ""

    schema = StillGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # it has no types
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(committed_schema())
