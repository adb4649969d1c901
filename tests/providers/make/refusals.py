"""python refusals.py FILE HEADER: add cases that lack or garble the header of the first right case."""

import copy
import json
import sys

path, header = sys.argv[1:]
vectors = json.load(open(path))
right = next(v for v in vectors if v["expect"]["verified"])
for case, new in (("no-credential", None), ("garbage", "garbage"), ("empty-credential", "")):
    made = copy.deepcopy(right) | {"case": case, "origin": "make/refusals.py"}
    kept = [h for h in made["request"]["headers"] if h[0].lower() != header.lower()]
    made["request"]["headers"] = kept + ([] if new is None else [[header, new]])
    vectors.append(made | {"expect": {"verified": False, "reason": case}})
json.dump(vectors, open(path, "w"), indent=1)
