"""How tests find a phone number that was not masked."""

import re

#: A whole phone number. A hexadecimal id is none, though eleven of its digits may look like one.
WHOLE_PHONE = re.compile(r"(?<![0-9a-fA-F])7[0-9]{10}(?![0-9a-fA-F])")
