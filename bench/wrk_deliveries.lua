-- Each request is another delivery, with the same body and signature. For wrk; answers as reference/wrk_post.lua.

local file = io.open(os.getenv("BODY_FILE"), "rb")
local body = file:read("*a")
file:close()

local headers = {
  ["Content-Type"] = "application/json",
  ["X-Hub-Signature-256"] = os.getenv("SIG"),
  ["X-GitHub-Event"] = "push",
}
local sent = 0

function request()
  sent = sent + 1
  headers["X-GitHub-Delivery"] = os.getenv("RUN") .. "-" .. sent
  return wrk.format("POST", nil, headers, body)
end

function done(summary, latency, requests)
  local broken = summary.errors
  io.write(string.format(
    "RES %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), broken.status,
    broken.connect + broken.read + broken.write + broken.timeout
  ))
end
