/** Addresses of a service that is served below a path of its host. */
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import { createApi } from "../../plugin/static/live/api.js"
import { below } from "../../plugin/static/page/below.js"
import { thumbAddress } from "../../plugin/static/wall/state.js"

const servedBelow = (base) => (globalThis.document = { documentElement: { dataset: { base } } })
afterEach(() => delete globalThis.document)

test("addresses lie below the path, and are put there once", () => {
  servedBelow("/mosaic")
  assert.equal(below("/api/me"), "/mosaic/api/me")
  assert.equal(below("/mosaic/api/me"), "/mosaic/api/me")
  assert.equal(below("/mosaics"), "/mosaic/mosaics")
  assert.equal(below("blob:1"), "blob:1")
  assert.equal(below("https://elsewhere.example/x"), "https://elsewhere.example/x")
  assert.equal(thumbAddress("abc", 64), "/mosaic/media/photos/abc/64.jpg")
})

test("at the root of a host they stay as they are", () => {
  servedBelow("")
  assert.equal(below("/api/me"), "/api/me")
})

test("calls of the panel go there", async () => {
  servedBelow("/mosaic")
  const asked = []
  const fetch = async (path) => {
    asked.push(path)
    return new Response(JSON.stringify({ token: "t1" }))
  }
  await createApi({ join: () => ({ code: "ABC234" }), fetch }).get("/api/wall")
  assert.deepEqual(asked, ["/mosaic/api/join", "/mosaic/api/wall"])
})
