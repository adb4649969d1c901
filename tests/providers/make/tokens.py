"""python tokens.py NAME PLACE MEDIA BODY [EXPECT]: make cases for a token in a header or in ?parameter."""

import base64
import json
import sys

name, place, media, body, *expect = [*sys.argv[1:], "{}"]
made = {"provider": name, "secret": "s3cret", "now": 1790000000, "origin": "make/tokens.py"}
made |= {"param": place[1:]} if place[0] == "?" else {}
sent = {"method": "POST", "body_b64": base64.b64encode(body.encode()).decode()}
cases, vectors = {"valid": "s3cret", "wrong": "s3creT", "longer": "s3cret2", "none": ""}, []
for case, token in cases.items():
    query = f"{place}={token}" if place[0] == "?" and token else ""
    headers = [["Content-Type", media], [place, token]][: 2 if token and place[0] != "?" else 1]
    request = {**sent, "url": f"https://hooks.example.com/in/{name}{query}", "headers": headers}
    told = {"verified": True, **json.loads(expect[0])} if case == "valid" else {"verified": False}
    vectors.append({**made, "case": case, "expect": told, "request": request})
print(json.dumps(vectors, indent=1))
