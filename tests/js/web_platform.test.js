import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { createPlatform } from "../../integrations/web/panel.js"

let kept
let address

beforeEach(() => {
  kept = new Map()
  globalThis.localStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, String(value)),
    removeItem: (key) => kept.delete(key),
  }
  address = null
  globalThis.history = {
    replaceState(_state, _title, url) {
      address = url
      location.hash = ""
    },
  }
  globalThis.matchMedia = () => ({ matches: false })
  globalThis.navigator ??= {} // Node 20 has none
  open("/e/SPRING")
})

function open(pathname, hash = "") {
  globalThis.location = { pathname, search: "", hash }
}

test("a guest without a past joins with the code alone", () => {
  assert.deepEqual(createPlatform("SPRING").joinBody(), { code: "SPRING" })
})

test("whoever comes back to an event is the same person, there and only there", () => {
  createPlatform("SPRING").remember({ return_key: "k1" })
  assert.deepEqual(createPlatform("SPRING").joinBody(), { code: "SPRING", return_key: "k1" })
  assert.deepEqual(createPlatform("AUTUMN").joinBody(), { code: "AUTUMN" })
})

test("a launch is taken out of the address and used once", () => {
  open("/e/SPRING", "#launch=a%2Eb")
  const platform = createPlatform("SPRING")
  assert.equal(address, "/e/SPRING")
  assert.deepEqual(platform.joinBody(), { code: "SPRING", launch: "a.b" })
  platform.remember({ return_key: "k2" })
  assert.deepEqual(platform.joinBody(), { code: "SPRING", return_key: "k2" })
})

test("the host key leaves the address and is there at the next visit", () => {
  open("/host/SPRING", "#secret")
  assert.equal(createPlatform("SPRING").hostKey(), "secret")
  assert.equal(address, "/host/SPRING")
  assert.equal(createPlatform("SPRING").hostKey(), "secret")
  assert.equal(createPlatform("AUTUMN").hostKey(), null)
})

test("a key that the service refuses is forgotten", () => {
  const platform = createPlatform("SPRING")
  platform.remember({ return_key: "old" })
  platform.forget()
  assert.deepEqual(platform.joinBody(), { code: "SPRING" })
})

test("a browser that forbids storage forgets at the reload, and works until then", () => {
  globalThis.localStorage = undefined
  const platform = createPlatform("SPRING")
  platform.remember({ return_key: "k3" })
  assert.equal(platform.joinBody().return_key, "k3")
  assert.equal(createPlatform("SPRING").joinBody().return_key, undefined)
})

test("events that were started here are listed newest first, each once, and can be forgotten", () => {
  const platform = createPlatform("")
  for (const code of ["A", "B", "A"]) platform.rememberStarted({ code, name: `Event ${code}`, hostKey: `key ${code}` })
  assert.deepEqual(platform.started().map(({ code }) => code), ["A", "B"])
  assert.equal(createPlatform("A").hostKey(), "key A")
  platform.forgetStarted("A")
  assert.deepEqual(platform.started().map(({ code }) => code), ["B"])
  assert.equal(createPlatform("A").hostKey(), null)
})

test("what is stored and broken is nothing", () => {
  kept.set("mosaic:started", "{")
  assert.deepEqual(createPlatform("").started(), [])
})
