"""Replies of the tests of the rules that the rules leave to a second reading: their evidence settles nothing.

What a person reads from them stands in the tests; the rules must not read anything else.
"""

import json
from pathlib import Path

LEFT = frozenset(json.loads((Path(__file__).parent / "left_replies.json").read_text("utf-8")))
