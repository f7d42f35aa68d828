import assert from "node:assert/strict"
import { test } from "node:test"
import { createImageCache } from "../../plugin/static/wall/images.js"

/** A cache whose pictures come when the test says so. */
function cacheOf(options = {}) {
  const begun = new Map()
  const closed = []
  let now = 0
  const load = (url) => new Promise((resolve, reject) => begun.set(url, { come: () => resolve({ url, close: () => closed.push(url) }), fail: () => reject(new Error(url)) }))
  const cache = createImageCache({ capacity: 3, parallel: 2, load, now: () => now, ...options })
  const item = (slot, version = 1) => ({ slot, version, url: `${slot}-${version}` })
  const come = async (...urls) => {
    for (const url of urls) begun.get(url).come()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const fail = async (url) => {
    begun.get(url).fail()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { cache, item, come, fail, closed, begun: () => [...begun.keys()], pass: (ms) => (now += ms) }
}

test("only so many load at once, the most wanted first", async () => {
  const { cache, item, come, begun } = cacheOf()
  cache.want([item("a"), item("b"), item("c")])
  assert.deepEqual(begun(), ["a-1", "b-1"])
  await come("a-1")
  assert.deepEqual(begun(), ["a-1", "b-1", "c-1"])
  assert.equal(cache.get("a").bitmap.url, "a-1")
})

test("what is no longer wanted is not begun", async () => {
  const { cache, item, come, begun } = cacheOf()
  cache.want([item("a"), item("b"), item("c")])
  cache.want([item("d")])
  await come("a-1", "b-1")
  assert.deepEqual(begun(), ["a-1", "b-1", "d-1"])
})

test("nothing is asked for twice", async () => {
  const { cache, item, come, begun } = cacheOf()
  cache.want([item("a")])
  cache.want([item("a")])
  await come("a-1")
  cache.want([item("a")])
  assert.deepEqual(begun(), ["a-1"])
})

test("a picture that many cells show is loaded once", async () => {
  const { cache, item, come, begun } = cacheOf()
  let loads = 0
  const counted = createImageCache({ capacity: 3, parallel: 2, load: async () => (loads++, { close() {} }) })
  counted.want([item("a"), item("a"), item("a")])
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(loads, 1)
  cache.want([item("a"), item("a"), item("b")])
  assert.deepEqual(begun(), ["a-1", "b-1"])
  await come("a-1", "b-1")
})

test("an older picture stays until the newer came, and a late older one does not replace it", async () => {
  const { cache, item, come, closed } = cacheOf()
  cache.want([item("a", 1)])
  await come("a-1")
  cache.want([item("a", 2)])
  cache.want([item("a", 3)])
  assert.equal(cache.get("a").version, 1)
  await come("a-3")
  await come("a-2")
  assert.equal(cache.get("a").version, 3)
  assert.deepEqual(closed, ["a-1", "a-2"])
})

test("what was not used for longest goes first", async () => {
  const { cache, item, come, closed } = cacheOf({ parallel: 9 })
  cache.want(["a", "b", "c"].map((slot) => item(slot)))
  await come("a-1", "b-1", "c-1")
  cache.get("a")
  cache.want([item("d")])
  await come("d-1")
  assert.equal(cache.get("b"), undefined)
  assert.deepEqual(closed, ["b-1"])
  assert.ok(cache.get("a"))
})

test("all that is in view has room", async () => {
  const { cache, item, come } = cacheOf({ parallel: 9 })
  const slots = ["a", "b", "c", "d", "e"]
  cache.want(slots.map((slot) => item(slot)))
  await come(...slots.map((slot) => `${slot}-1`))
  assert.ok(slots.every((slot) => cache.get(slot)))
})

test("a picture that failed is tried again after a while, not at once", async () => {
  const { cache, item, fail, begun, pass } = cacheOf()
  cache.want([item("a")])
  await fail("a-1")
  cache.want([item("a"), item("b")])
  assert.deepEqual(begun(), ["a-1", "b-1"])
  assert.equal(cache.busy, true)
  pass(6000)
  cache.want([item("a")])
  await fail("a-1")
  assert.equal(cache.get("a"), undefined)
})
