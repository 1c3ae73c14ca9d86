-- wrk script: the bearer tokens of a file in turn, on one method and body; prints the outcome as one line of JSON.
-- Arguments: file of tokens or "-", method, body.
local requests, at = {}, 0

function init(args)
	local headers = { ["Content-Type"] = args[3] and "application/json" or nil }
	if args[1] == "-" then
		requests[1] = wrk.format(args[2], nil, headers, args[3])
	else
		for token in io.lines(args[1]) do
			headers["Authorization"] = "Bearer " .. token
			requests[#requests + 1] = wrk.format(args[2], nil, headers, args[3])
		end
	end
end

function request()
	at = at % #requests + 1
	return requests[at]
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format('\n{"n":%d,"micros":%d,"bytes":%d,"p50":%d,"p99":%d,"refused":%d,"unanswered":%d}\n',
		summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
		errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
