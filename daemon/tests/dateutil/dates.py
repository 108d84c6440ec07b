"""Dates of rules by python-dateutil: a case a line in, its dates a line out.

In:  {"rule": "FREQ=…", "start": "2026-01-31T02:30:00", "zone": "Europe/Berlin", "count": 30}
Out: [["2026-01-31T02:30:00", "2026-01-31T01:30:00Z"], …]: on the wall, and as an instant.
"""

import itertools
import json
import sys
from datetime import datetime

from dateutil import tz
from dateutil.rrule import rrulestr


def instant(wall, zone):
    """What a time on the wall is in UTC: moved forward out of a gap, the first of a fold."""
    at = tz.resolve_imaginary(wall.replace(tzinfo=tz.gettz(zone)))
    return at.astimezone(tz.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


for line in sys.stdin:
    case = json.loads(line)
    rule = rrulestr(case["rule"], dtstart=datetime.fromisoformat(case["start"]))
    dates = itertools.islice(rule, case["count"])
    print(json.dumps([[date.isoformat(), instant(date, case["zone"])] for date in dates]))
