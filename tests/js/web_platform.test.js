import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { createPlatform } from "../../integrations/web/panel.js"
import { toolsFor } from "../../plugin/static/live/platform.js"

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

const BOOT = { title: "", paths: {} }
const platformOf = (code) => createPlatform(code, BOOT, toolsFor(BOOT))

test("a guest without a past joins with the code alone", () => {
  assert.deepEqual(platformOf("SPRING").joinBody(), { code: "SPRING" })
})

test("whoever comes back to an event is the same person, there and only there", () => {
  platformOf("SPRING").remember({ return_key: "k1" })
  assert.deepEqual(platformOf("SPRING").joinBody(), { code: "SPRING", return_key: "k1" })
  assert.deepEqual(platformOf("AUTUMN").joinBody(), { code: "AUTUMN" })
})

test("a launch is taken out of the address and used once", () => {
  open("/e/SPRING", "#launch=a%2Eb")
  const platform = platformOf("SPRING")
  assert.equal(address, "/e/SPRING")
  assert.deepEqual(platform.joinBody(), { code: "SPRING", launch: "a.b" })
  platform.remember({ return_key: "k2" })
  assert.deepEqual(platform.joinBody(), { code: "SPRING", return_key: "k2" })
})

test("a key that the service refuses is forgotten", () => {
  const platform = platformOf("SPRING")
  platform.remember({ return_key: "old" })
  platform.forget()
  assert.deepEqual(platform.joinBody(), { code: "SPRING" })
})

test("a browser that forbids storage forgets at the reload, and works until then", () => {
  globalThis.localStorage = undefined
  const platform = platformOf("SPRING")
  platform.remember({ return_key: "k3" })
  assert.equal(platform.joinBody().return_key, "k3")
  assert.equal(platformOf("SPRING").joinBody().return_key, undefined)
})

test("whoever opened the link of a breakout room says so at each join", () => {
  globalThis.location = { pathname: "/e/SPRING", search: "?room=0123456789abcdef", hash: "" }
  const platform = createPlatform("SPRING", {}, toolsFor({}))
  assert.equal(platform.joinBody().room, "0123456789abcdef")
  platform.remember({ return_key: "key" })
  assert.deepEqual(platform.joinBody(), { code: "SPRING", room: "0123456789abcdef", return_key: "key" })
})
