import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { createOrganizer } from "../../plugin/static/live/organizer.js"

const BOOT = { platform: "fair", organize: "/api/fair/organize" }
const refused = { error: { code: "not_connected", message: "Please connect again." } }
let kept
let asked
let next

const answer = (status, body) => async () => new Response(JSON.stringify(body), { status })

beforeEach(() => {
  kept = new Map()
  asked = []
  next = answer(200, { ok: 1 })
  globalThis.sessionStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  }
  globalThis.fetch = (path, init) => {
    asked.push({ path, ...init })
    return next()
  }
})

test("the token goes along, is there after a reload, and is gone when the connection is", async () => {
  const organizer = createOrganizer(BOOT)
  assert.equal(organizer.isConnected(), false)
  assert.deepEqual(await organizer.call("GET", "/state"), { ok: 1 })
  assert.equal(asked[0].path, "/api/fair/organize/state")
  assert.equal(asked[0].headers.Authorization, undefined)
  organizer.keep("secret")
  const reloaded = createOrganizer(BOOT)
  assert.equal(reloaded.isConnected(), true)
  await reloaded.call("POST", "/walls", { name: "All hands" })
  assert.equal(asked[1].headers.Authorization, "Bearer secret")
  assert.equal(asked[1].body, '{"name":"All hands"}')
  assert.equal(createOrganizer({ ...BOOT, platform: "other" }).isConnected(), false)
  reloaded.keep(null)
  assert.equal(createOrganizer(BOOT).isConnected(), false)
  assert.equal(kept.size, 0)
})

test("a refusal says what the service said", async () => {
  const organizer = createOrganizer(BOOT)
  organizer.keep("secret")
  next = answer(401, refused)
  await assert.rejects(organizer.call("GET", "/state"), { status: 401, code: "not_connected", message: "Please connect again." })
})

test("a refusal of a connection that is no more is nothing to anybody", async () => {
  const organizer = createOrganizer(BOOT)
  organizer.keep("old")
  next = async () => {
    organizer.keep("new")
    return answer(401, refused)()
  }
  await assert.rejects(organizer.call("GET", "/state"), { status: 0, code: "aborted" })
})

test("without a network, and where what answers is not the service, it says so", async () => {
  const organizer = createOrganizer(BOOT)
  for (const [failing, status] of [[async () => { throw new TypeError("failed to fetch") }, 0], [async () => new Response("<html>", { status: 502 }), 502]]) {
    next = failing
    await assert.rejects(organizer.call("GET", "/state"), (error) => error.status === status && error.code === "network" && error.message.length > 10)
  }
})

test("where the browser keeps nothing, the token lasts as long as the page", async () => {
  const never = () => {
    throw new DOMException("denied", "SecurityError")
  }
  globalThis.sessionStorage = { getItem: never, setItem: never, removeItem: never }
  const organizer = createOrganizer(BOOT)
  organizer.keep("secret")
  await organizer.call("GET", "/state")
  assert.equal(asked[0].headers.Authorization, "Bearer secret")
  assert.equal(createOrganizer(BOOT).isConnected(), false)
})
