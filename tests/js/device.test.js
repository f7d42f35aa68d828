/** What a browser keeps for an event goes along with every proof, on every platform. */
import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { createApi } from "../../plugin/static/live/api.js"
import { createDevice } from "../../plugin/static/live/device.js"
import { createStore } from "../../plugin/static/live/store.js"

let kept

beforeEach(() => {
  kept = new Map()
  globalThis.localStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, String(value)),
    removeItem: (key) => kept.delete(key),
  }
})

const opened = (code = null) => createDevice(createStore(), () => code)
const valueFor = (code) => opened(code).with({}).device

/** A panel of a platform that knows nothing of all this, beside a service that leads it to `code`. */
function panel(code, { known = null } = {}) {
  const device = createDevice(createStore(), () => known)
  const asked = []
  const fetch = async (path, { body }) => {
    asked.push({ path, ...JSON.parse(body) })
    return new Response(JSON.stringify({ token: "t", event: code && { code } }))
  }
  const api = createApi({
    join: async () => device.with({ path: "/api/fair/session", token: "a proof" }),
    onJoined: (answer) => device.note(answer) && setTimeout(() => api.join()),
    fetch,
  })
  return { api, asked }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

test("a browser has one random value for each event, and no two events share one", () => {
  assert.match(valueFor("SPRING"), /^[0-9a-f]{32}$/)
  assert.equal(valueFor("SPRING"), valueFor("SPRING"))
  assert.notEqual(valueFor("SPRING"), valueFor("AUTUMN"))
})

test("the body is otherwise as the platform made it", () => {
  const { device, ...rest } = opened("SPRING").with({ path: "/here", launch: "l" })
  assert.deepEqual(rest, { path: "/here", launch: "l" })
  assert.equal(typeof device, "string")
})

test("where the event is not known yet, the value that lies ready becomes the event's", async () => {
  const { api, asked } = panel("SPRING")
  await api.join()
  await settled()
  assert.equal(asked.length, 1)
  assert.equal(asked[0].device, valueFor("SPRING"))
  assert.deepEqual([...kept.keys()], ["mosaic:device:SPRING"])
})

test("who waits for a wall says the same each time they look, and it is the wall's once there is one", () => {
  const device = opened()
  const first = device.with({ start_token: "s" }).device
  assert.equal(device.note({ event: null }), false)
  assert.equal(device.with({ start_token: "s" }).device, first)
  assert.equal(device.note({ event: { code: "SPRING" } }), false)
  assert.equal(valueFor("SPRING"), first)
})

test("an event that one was at before is told its own value by joining again, once", async () => {
  const before = valueFor("SPRING")
  const { api, asked } = panel("SPRING")
  await api.join()
  await settled()
  assert.equal(asked.length, 2)
  assert.notEqual(asked[0].device, before)
  assert.equal(asked[1].device, before)
  assert.equal(valueFor("SPRING"), before)
})

test("a place that leads to another event than before gets that event's value", async () => {
  const before = valueFor("SPRING")
  const { api, asked } = panel("AUTUMN", { known: "SPRING" })
  await api.join()
  await settled()
  assert.deepEqual(asked.map(({ device }) => device), [before, valueFor("AUTUMN")])
  assert.notEqual(before, valueFor("AUTUMN"))
})

test("a browser that keeps nothing sends nothing, and joins all the same", async () => {
  globalThis.localStorage = undefined
  const { api, asked } = panel("SPRING")
  assert.equal((await api.join()).token, "t")
  await settled()
  assert.deepEqual(asked, [{ path: "/api/fair/session", token: "a proof" }])
})

test("a browser that reads and does not write sends nothing either", () => {
  globalThis.localStorage.setItem = () => {
    throw new Error("QuotaExceededError")
  }
  assert.deepEqual(opened("SPRING").with({ a: 1 }), { a: 1 })
})
