import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { createHosting } from "../../plugin/static/live/hosting.js"

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
  open("/host/SPRING")
})

function open(pathname, hash = "") {
  globalThis.location = { pathname, search: "", hash }
}

test("the host key leaves the address and is there at the next visit", () => {
  open("/host/SPRING", "#secret")
  assert.equal(createHosting().keyOf("SPRING"), "secret")
  assert.equal(address, "/host/SPRING")
  assert.equal(createHosting().keyOf("SPRING"), "secret")
  assert.equal(createHosting().keyOf("AUTUMN"), null)
})

test("events that were started here are listed newest first, each once, and can be forgotten", () => {
  const hosting = createHosting()
  for (const code of ["A", "B", "A"]) hosting.remember({ code, name: `Event ${code}`, key: `key ${code}` })
  assert.deepEqual(hosting.started().map(({ code }) => code), ["A", "B"])
  assert.equal(createHosting().keyOf("A"), "key A")
  hosting.forget("A")
  assert.deepEqual(hosting.started().map(({ code }) => code), ["B"])
  assert.equal(createHosting().keyOf("A"), null)
})

test("what is stored and broken is nothing", () => {
  kept.set("mosaic:started", "{")
  assert.deepEqual(createHosting().started(), [])
})
