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

/** The body of a join without the random value of this browser, which has tests of its own. */
function bodyOf(platform) {
  const { device, ...body } = platform.joinBody()
  assert.match(device, /^[0-9a-f]{32}$/)
  return body
}

test("a guest without a past joins with the code alone", () => {
  assert.deepEqual(bodyOf(platformOf("SPRING")), { code: "SPRING" })
})

test("whoever comes back to an event is the same person, there and only there", () => {
  platformOf("SPRING").remember({ return_key: "k1" })
  assert.deepEqual(bodyOf(platformOf("SPRING")), { code: "SPRING", return_key: "k1" })
  assert.deepEqual(bodyOf(platformOf("AUTUMN")), { code: "AUTUMN" })
})

test("a launch is taken out of the address and used once", () => {
  open("/e/SPRING", "#launch=a%2Eb")
  const platform = platformOf("SPRING")
  assert.equal(address, "/e/SPRING")
  assert.deepEqual(bodyOf(platform), { code: "SPRING", launch: "a.b" })
  platform.remember({ return_key: "k2" })
  assert.deepEqual(bodyOf(platform), { code: "SPRING", return_key: "k2" })
})

test("a browser has one random value for each event, and keeps it when its key is forgotten", () => {
  const { device } = platformOf("SPRING").joinBody()
  platformOf("SPRING").remember({ return_key: "k1" })
  platformOf("SPRING").forget()
  assert.equal(platformOf("SPRING").joinBody().device, device)
  assert.notEqual(platformOf("AUTUMN").joinBody().device, device)
})

test("a key that the service refuses is forgotten", () => {
  const platform = platformOf("SPRING")
  platform.remember({ return_key: "old" })
  platform.forget()
  assert.deepEqual(bodyOf(platform), { code: "SPRING" })
})

test("a browser that forbids storage forgets at the reload, and works until then", () => {
  globalThis.localStorage = undefined
  const platform = platformOf("SPRING")
  platform.remember({ return_key: "k3" })
  assert.equal(platform.joinBody().return_key, "k3")
  assert.equal(platformOf("SPRING").joinBody().return_key, undefined)
})
