"""python tokens.py NAME PLACE MEDIA BODY [EXPECT]: make cases for a token in a header or in ?parameter."""

import base64
import json
import sys

name, place, media, body, *expect = sys.argv[1:]
right, vectors = json.loads(expect[0]) if expect else {}, []
for case, token in (("valid", "s3cret"), ("wrong", "s3creT"), ("longer", "s3cret2"), ("none", "")):
    url, headers = f"https://hooks.example.com/in/{name}", [["Content-Type", media]]
    place[0] != "?" and token and headers.append([place, token])
    url += f"{place}={token}" if place[0] == "?" and token else ""
    request = {"method": "POST", "url": url, "headers": headers}
    request["body_b64"] = base64.b64encode(body.encode()).decode()
    told = {"verified": True, **right} if case == "valid" else {"verified": False, "reason": case}
    made = {"provider": name, "case": case, "secret": "s3cret", "now": 1790000000, "expect": told}
    made |= {"param": place[1:]} if place[0] == "?" else {}
    vectors.append({**made, "request": request, "origin": "make/tokens.py"})
print(json.dumps(vectors, indent=1))
