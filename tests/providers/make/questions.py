"""python questions.py FILE CASE METHOD EXPECT [NAME=VALUE...]: add one made of the first right case."""

import copy
import json
import sys

path, case, method, expect, *fields = sys.argv[1:]
vectors = json.load(open(path))
made = copy.deepcopy(next(v for v in vectors if v["expect"]["verified"]))
made |= {"case": case, "expect": json.loads(expect), "origin": "make/questions.py"}
kept = dict(made["request"]["headers"]) | dict(field.split("=", 1) for field in fields)
made["request"] |= {"method": method, "headers": [[n, v] for n, v in kept.items() if v]}
made["request"]["body_b64"] = made["request"]["body_b64"] if method == "POST" else ""
json.dump([*vectors, made], open(path, "w"), indent=1)
