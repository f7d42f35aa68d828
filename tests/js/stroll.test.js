import assert from "node:assert/strict"
import { test } from "node:test"
import { neighbour, nextStop } from "../../plugin/static/ui/together/stroll.js"

test("a stroll leads to those who were seen least", () => {
  const seen = new Map([[1, 2], [2, 1], [3, 1]])
  const stops = new Set(Array.from({ length: 50 }, (_, i) => nextStop([1, 2, 3], seen, new Set(), () => i / 50)))
  assert.deepEqual([...stops].sort(), [2, 3])
})

test("one's own photo and the open one are not a stop", () => {
  assert.equal(nextStop([1, 2, 3], new Map(), new Set([1, 3])), 2)
})

test("with nobody else there is no stop", () => {
  assert.equal(nextStop([7], new Map(), new Set([7])), null)
  assert.equal(nextStop([], new Map(), new Set()), null)
})

test("a stroll of a hundred steps over a hundred photos sees each once", () => {
  const ids = Array.from({ length: 100 }, (_, i) => i + 1)
  const seen = new Map()
  for (let step = 0; step < 100; step++) {
    const stop = nextStop(ids, seen, new Set())
    seen.set(stop, (seen.get(stop) ?? 0) + 1)
  }
  assert.ok(ids.every((id) => seen.get(id) === 1))
})

test("next and previous go round at the ends", () => {
  assert.equal(neighbour([4, 5, 6], 6, 1), 4)
  assert.equal(neighbour([4, 5, 6], 4, -1), 6)
  assert.equal(neighbour([4, 5, 6], 9, 1), 4) // it has gone meanwhile
  assert.equal(neighbour([], 4, 1), null)
})
