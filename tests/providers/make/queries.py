"""python queries.py FILE: add cases whose credential in the query is missing or stands there twice."""

import copy
import json
import sys

(path,) = sys.argv[1:]
vectors = json.load(open(path))
right = next(v for v in vectors if v["expect"]["verified"] and "?" in v["request"]["url"])
url, _, query = right["request"]["url"].partition("?")
for case, new in (("no-credential", url), ("twice", f"{url}?{query}&{query}")):
    made = copy.deepcopy(right) | {"case": case, "origin": "make/queries.py"}
    made["request"]["url"] = new
    vectors.append(made | {"expect": {"verified": False, "reason": case}})
json.dump(vectors, open(path, "w"), indent=1)
