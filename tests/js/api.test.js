import assert from "node:assert/strict"
import { test } from "node:test"
import { ApiError, backoff, createApi, newKey } from "../../plugin/static/live/api.js"

const answer = (status, body, headers = {}) => new Response(body === undefined ? null : JSON.stringify(body), { status, headers })

/** A service that gives these answers in turn (a function is called with the request), and notes what it was asked. */
function service(...answers) {
  const asked = []
  let joins = 0
  const fetch = async (path, init = {}) => {
    if (path === "/api/join") return answer(200, { token: `t${++joins}`, return_key: "again" })
    asked.push({ path, token: init.headers?.Authorization, ...init })
    const next = answers.length > 1 ? answers.shift() : answers[0]
    return typeof next === "function" ? next(init) : next.clone()
  }
  return { fetch, asked, joins: () => joins }
}

function apiOn(known, options = {}) {
  const waits = []
  const api = createApi({ join: () => ({ code: "ABC234" }), fetch: known.fetch, pause: async (ms) => waits.push(ms), online: () => true, ...options })
  return { api, waits }
}

const broken = () => {
  throw new TypeError("failed to fetch")
}

test("the first call joins, and the token goes along", async () => {
  const known = service(answer(200, { ok: 1 }))
  const remembered = []
  const { api } = apiOn(known, { onJoined: (joined) => remembered.push(joined.return_key) })
  assert.deepEqual(await api.get("/api/me"), { ok: 1 })
  assert.equal(known.asked[0].token, "Bearer t1")
  assert.deepEqual(remembered, ["again"])
})

test("a join that is refused is tried once more where another body would help", async () => {
  const asked = []
  const fetch = async (path, init) => {
    asked.push(JSON.parse(init.body))
    return asked.length === 1 ? answer(401, { error: { code: "disconnected", message: "gone" } }) : answer(200, { token: "t" })
  }
  let key = "old"
  const mayJoinAgain = ({ code }) => {
    key = null
    return code === "disconnected"
  }
  const { api } = apiOn({ fetch }, { join: () => ({ return_key: key }), mayJoinAgain })
  assert.equal((await api.join()).token, "t")
  assert.deepEqual(asked, [{ return_key: "old" }, { return_key: null }])
  asked.length = 0
  const { api: other } = apiOn({ fetch }, { mayJoinAgain: () => false })
  await assert.rejects(other.join(), { code: "disconnected" })
})

test("a refused token joins again and repeats the call once", async () => {
  const known = service(answer(401, {}), answer(200, { ok: 2 }))
  const { api } = apiOn(known)
  assert.deepEqual(await api.patch("/api/me", { name: "Ada" }), { ok: 2 })
  assert.deepEqual(known.asked.map(({ token }) => token), ["Bearer t1", "Bearer t2"])
})

test("a token that is refused again is an error and no endless loop", async () => {
  const known = service(answer(401, { error: { code: "unauthorized", message: "Please open the link again." } }))
  const { api } = apiOn(known)
  await assert.rejects(api.get("/api/me"), { name: "ApiError", status: 401, code: "unauthorized" })
  assert.equal(known.asked.length, 2)
})

test("many calls with a stale token join only once", async () => {
  const stale = (init) => (init.headers.Authorization === "Bearer t1" ? answer(401, {}) : answer(200, {}))
  const known = service(stale)
  const { api } = apiOn(known)
  await api.join()
  await Promise.all([api.get("/a"), api.get("/b"), api.get("/c")])
  assert.equal(known.joins(), 2)
})

test("an error carries the service's words and the field", async () => {
  const body = { error: { code: "too_long", message: "At most 140 characters.", field: "story" } }
  const { api } = apiOn(service(answer(422, body)))
  await assert.rejects(api.post("/api/photos/1", {}), (error) => {
    assert.ok(error instanceof ApiError)
    assert.equal(error.message, "At most 140 characters.")
    assert.equal(error.field, "story")
    assert.equal(error.isPassing, false)
    return true
  })
})

test("a page of a proxy instead of our JSON is still an error with words", async () => {
  const known = service(new Response("<h1>Bad gateway</h1>", { status: 502 }))
  const { api } = apiOn(known)
  await assert.rejects(api.post("/x"), { status: 502, code: "failed", message: /went wrong/ })
})

test("a GET is repeated with growing waits, a POST is not", async () => {
  const known = service(broken, answer(503, {}), answer(200, { ok: 3 }))
  const { api, waits } = apiOn(known)
  assert.deepEqual(await api.get("/api/wall"), { ok: 3 })
  assert.equal(waits.length, 2)
  assert.ok(waits[1] > waits[0] * 0.99)

  const second = service(broken)
  await assert.rejects(apiOn(second).api.post("/api/x", {}), { code: "network", status: 0 })
  assert.equal(second.asked.length, 1)
})

test("where only GET and POST get through, a POST says what it means, from then on at once", async () => {
  const known = service(new Response("<h1>405 Not Allowed</h1>", { status: 405 }), answer(200, { ok: 1 }))
  const { api } = apiOn(known)
  assert.deepEqual(await api.patch("/api/me", { name: "Ada" }), { ok: 1 })
  await api.remove("/api/photos/3")
  assert.deepEqual(
    known.asked.map(({ method, path, headers }) => [method, path, headers["X-HTTP-Method-Override"]]),
    [["PATCH", "/api/me", undefined], ["POST", "/api/me", "PATCH"], ["POST", "/api/photos/3", "DELETE"]],
  )
  assert.equal(known.asked[1].body, '{"name":"Ada"}')
})

test("a 405 of the service itself is told and not asked in another way", async () => {
  const known = service(answer(405, { error: { code: "method_not_allowed", message: "This address cannot be used like this." } }))
  await assert.rejects(apiOn(known).api.remove("/api/wall"), { status: 405, code: "method_not_allowed" })
  assert.equal(known.asked.length, 1)
})

test("who is told that the service has no time asks again, each after a time of their own", async () => {
  const busy = answer(503, { error: { code: "busy", message: "One moment." } }, { "Retry-After": "3" })
  for (const ask of [(api) => api.post("/api/hellos", {}), (api) => api.remove("/api/line"), (api) => api.get("/api/me")]) {
    const known = service(busy.clone(), answer(200, { ok: 1 }))
    const { api, waits } = apiOn(known)
    assert.deepEqual(await ask(api), { ok: 1 })
    assert.ok(waits[0] >= 3000 && waits[0] <= 6000, `${waits[0]} ms`)
  }
  const waits = new Set()
  for (let panel = 0; panel < 20; panel++) {
    const one = apiOn(service(busy.clone(), answer(200, {})))
    await one.api.get("/api/wall")
    waits.add(Math.round(one.waits[0] / 10))
  }
  assert.ok(waits.size > 10, "they come back spread out")
})

test("a join that found no room tries again by itself", async () => {
  const joins = [answer(503, { error: { code: "busy", message: "One moment." } }, { "Retry-After": "2" }), answer(200, { token: "t1" })]
  const { api, waits } = apiOn({ fetch: async () => joins.shift() })
  assert.equal((await api.join()).token, "t1")
  assert.equal(waits.length, 1)
})

test("a link that is open elsewhere is tried again for a moment: the goodbye of the panel before may be on its way", async () => {
  const elsewhere = answer(409, { error: { code: "link_elsewhere", message: "Open elsewhere." } })
  const joins = [elsewhere.clone(), answer(200, { token: "t1" })]
  const { api, waits } = apiOn({ fetch: async () => joins.shift() })
  assert.equal((await api.join()).token, "t1")
  assert.ok(waits[0] >= 200 && waits[0] <= 400, `${waits[0]} ms`)
  let asked = 0
  const { api: other, waits: in_all } = apiOn({ fetch: async () => (asked++, elsewhere.clone()) })
  await assert.rejects(other.join(), { code: "link_elsewhere" })
  assert.equal(asked, 3)
  assert.ok(in_all.reduce((sum, wait) => sum + wait) <= 1200, "whoever does hold another device hears it soon")
})

test("a GET waits as long as the service asks for", async () => {
  const known = service(answer(429, {}, { "Retry-After": "7" }), answer(200, {}))
  const { api, waits } = apiOn(known)
  await api.get("/api/people")
  assert.ok(waits[0] >= 7000)
})

test("without a network the error says so, and listeners hear of it and of the return", async () => {
  let connected = false
  const known = service(broken, answer(200, {}))
  const { api } = apiOn(known, { online: () => connected })
  const heard = []
  api.onConnection((state) => heard.push(state))
  await api.join()
  await assert.rejects(api.get("/api/me", { tries: 1 }), { code: "offline" })
  assert.equal(api.online, false)
  connected = true
  await api.get("/api/me")
  assert.deepEqual(heard, [false, true])
})

test("an aborted call is no lost connection and is not repeated", async () => {
  const controller = new AbortController()
  const known = service((init) => {
    controller.abort()
    init.signal.throwIfAborted()
  })
  const { api, waits } = apiOn(known)
  await assert.rejects(api.get("/api/wall", { signal: controller.signal }), { code: "aborted" })
  assert.equal(waits.length, 0)
  assert.equal(api.online, true)
})

test("a photo keeps its key through every retry, and tells how far it is", async () => {
  const sent = []
  const upload = async (path, { headers, body, onProgress }) => {
    sent.push({ key: headers["Idempotency-Key"], story: body.get("story"), stage: body.get("on_stage"), name: body.get("name") })
    onProgress(0.5)
    if (sent.length < 3) throw Object.assign(new Error("gone"), { name: "NetworkError" })
    return answer(202, { photo: { id: 7 } })
  }
  const progress = []
  const { api } = apiOn(service(answer(200, {})), { upload })
  const done = await api.sendPhoto({ story: "I like trains", on_stage: true, name: null }, { key: "k1", onProgress: (share) => progress.push(share) })
  assert.equal(done.photo.id, 7)
  assert.deepEqual(sent, Array(3).fill({ key: "k1", story: "I like trains", stage: "1", name: null }))
  assert.equal(progress.length, 3)
})

test("a refused photo is not sent again", async () => {
  let sent = 0
  const upload = async () => {
    sent++
    return answer(422, { error: { code: "not_an_image", message: "This is no picture.", field: "photo" } })
  }
  const { api } = apiOn(service(answer(200, {})), { upload })
  await assert.rejects(api.sendPhoto({}), { code: "not_an_image", field: "photo" })
  assert.equal(sent, 1)
})

test("keys are 32 hexadecimal digits and differ", () => {
  assert.match(newKey(), /^[0-9a-f]{32}$/)
  assert.notEqual(newKey(), newKey())
})

test("waits double up to a ceiling and are spread over half of it", () => {
  const at = (attempt, random) => backoff(attempt, { first: 100, longest: 1000, random: () => random })
  assert.deepEqual([at(0, 0), at(0, 1), at(3, 1), at(9, 1), at(9, 0)], [50, 100, 800, 1000, 500])
})
