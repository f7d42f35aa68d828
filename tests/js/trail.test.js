import assert from "node:assert/strict"
import { test } from "node:test"
import { createOpened } from "../../plugin/static/ui/together/opened.js"
import { createTrail } from "../../plugin/static/ui/together/stroll.js"

test("a trail leads back, forward again, and only at its end on to somebody new", async () => {
  const asked = []
  const stops = [7, 3, 9]
  const trail = createTrail({ ask: async (id) => asked.push(id) && stops.shift() })
  assert.equal(await trail.next(null), 7)
  assert.equal(await trail.next(7), 3)
  assert.equal(trail.previous(3), 7)
  assert.equal(trail.previous(7), null)
  assert.equal(await trail.next(7), 3)
  assert.deepEqual(asked, [null, 7])
  assert.equal(await trail.next(3), 9)
})

test("pressing twice while one is under way is one step", async () => {
  let asked = 0
  const trail = createTrail({ ask: () => new Promise((resolve) => setTimeout(() => resolve(++asked), 1)) })
  assert.deepEqual(await Promise.all([trail.next(null), trail.next(null)]), [1, 1])
})

test("nobody left to meet is null and no stop", async () => {
  const trail = createTrail({ ask: async () => null })
  trail.visit(5)
  assert.equal(await trail.next(5), null)
  assert.equal(trail.previous(5), null)
})

test("who was opened in another way is a stop of the trail", async () => {
  const trail = createTrail({ ask: async () => 2 })
  await trail.next(null)
  trail.visit(8)
  assert.equal(trail.previous(8), 2)
})

test("what was looked at is told in batches, and known to the next stroll, newest last", async () => {
  const sent = []
  let run
  const clock = { setTimeout: (later) => (run = later) && 1, clearTimeout: () => {} }
  const opened = createOpened({ api: { post: async (path, body) => sent.push([path, body]) }, clock, page: null })
  opened.note(4, "wall")
  opened.note(6, "stroll")
  opened.note(4, "people")
  assert.equal(sent.length, 0)
  run()
  assert.deepEqual(sent, [["/api/opened", { opened: [{ id: 4, how: "wall" }, { id: 6, how: "stroll" }, { id: 4, how: "people" }] }]])
  assert.deepEqual(opened.seen(), [6, 4])
  assert.equal(opened.counts.get(4), 2)
  run()
  assert.equal(sent.length, 1)
})
