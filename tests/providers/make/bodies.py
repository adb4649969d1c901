"""python bodies.py FILE: add cases with other bodies, for a sender whose credential is in the body."""

import base64
import copy
import json
import sys

(path,) = sys.argv[1:]
vectors = json.load(open(path))
right = next(v for v in vectors if v["expect"]["verified"])
for case, body in (("no-body", b""), ("empty-object", b"{}"), ("array", b"[]"), ("text", b"a")):
    made = copy.deepcopy(right) | {"case": case, "origin": "make/bodies.py"}
    made["request"]["body_b64"] = base64.b64encode(body).decode()
    vectors.append(made | {"expect": {"verified": False, "reason": case}})
json.dump(vectors, open(path, "w"), indent=1)
