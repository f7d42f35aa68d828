import assert from "node:assert/strict"
import { test } from "node:test"
import { createMeans } from "../../plugin/static/live/means.js"

/** A panel that was opened at an address with this behind the #. */
function opened(fragment, { framed = false, code = "BCDFGH", body = { code: "BCDFGH", return_key: "key" } } = {}) {
  const kept = []
  const takeFragment = (prefix, { keep = false } = {}) => {
    if (!fragment.startsWith(prefix)) return null
    kept.push(keep)
    return fragment.slice(prefix.length)
  }
  const means = createMeans({
    platform: { joinBody: async () => body },
    boot: { code },
    store: { own: (key) => `own ${key}` },
    takeFragment,
    framed,
  })
  return { means, kept }
}

test("a personal link goes along with each join, until it is of no more use", async () => {
  const { means } = opened("me=secret")
  const expected = { code: "BCDFGH", personal: "secret", return_key: "key", device: "own device:BCDFGH", framed: false }
  assert.deepEqual(await means.joinBody(), expected)
  assert.deepEqual(await means.joinBody(), expected)
  means.drop()
  assert.deepEqual(await means.joinBody(), { code: "BCDFGH", return_key: "key", device: "own device:BCDFGH", framed: false })
})

test("in a frame the link stays in the address, for the frame may keep nothing else; elsewhere it does not", () => {
  assert.deepEqual(opened("me=secret", { framed: true }).kept, [true])
  assert.deepEqual(opened("me=secret").kept, [false])
})

test("a platform's own session says which device it is too, once the event is known", async () => {
  const body = { path: "/api/fair/session", proof: "x" }
  assert.deepEqual(await opened("", { body }).means.joinBody(), { ...body, device: "own device:BCDFGH", framed: false })
  assert.deepEqual(await opened("me=secret", { body, code: null }).means.joinBody(), { ...body, framed: false })
})

test("a code that was scanned is there once", () => {
  const { means } = opened("pair=BCDFGH")
  assert.equal(means.screen, "BCDFGH")
  assert.equal(means.screen, null)
})

test("only what the service says about a link is about the link", () => {
  const { means } = opened("me=secret")
  assert.equal(means.isAbout({ code: "link_elsewhere" }), true)
  assert.equal(means.isAbout({ code: "unknown_code" }), false)
  means.drop()
  assert.equal(means.isAbout({ code: "link_elsewhere" }), false)
})
