import assert from "node:assert/strict"
import { test } from "node:test"
import { createStill } from "../../plugin/static/wall/still.js"

const SIZE = { width: 400, height: 300 }
const BOX = { left: 10, top: 20, width: 38, height: 38 }

/** What stands there, on a canvas that notes what is done with it. */
function known() {
  const cleared = []
  const context = { clearRect: (...box) => cleared.push(box) }
  const canvas = { getContext: () => context, width: 0, height: 0 }
  return { still: createStill({ canvas }), canvas, context, cleared }
}

test("a cell is drawn once, and is there until it changes", () => {
  const { still, context, cleared } = known()
  const drawn = []
  still.begin("view", SIZE)
  assert.equal(still.has(7, "photo 1"), false)
  still.put(7, "photo 1", (onto) => drawn.push(onto))
  assert.deepEqual(drawn, [context])
  assert.equal(still.has(7, "photo 1"), true)
  assert.equal(still.has(7, "photo 2"), false)
  still.drop(7, BOX)
  assert.deepEqual(cleared, [[10, 20, 38, 38]])
  assert.equal(still.has(7, "photo 1"), false)
  still.drop(7, BOX)
  assert.equal(cleared.length, 1, "what is not there is not cleared")
})

test("another view or another size begins with nothing, the same one goes on", () => {
  const { still, canvas } = known()
  const stands = () => still.has(7, "photo 1")
  for (const [view, size] of [["view", SIZE], ["moved", SIZE], ["moved", { width: 500, height: 300 }]]) {
    assert.equal(still.begin(view, size), true)
    assert.equal(stands(), false)
    assert.deepEqual([canvas.width, canvas.height], [size.width, size.height])
    still.put(7, "photo 1", () => {})
    assert.equal(still.begin(view, size), false)
    assert.equal(stands(), true)
  }
})

test("it is shown where anything stands", () => {
  const { still, canvas } = known()
  const shown = []
  const onto = { drawImage: (...what) => shown.push(what) }
  still.begin("view", SIZE)
  still.show(onto)
  assert.deepEqual(shown, [])
  still.put(7, "photo 1", () => {})
  still.show(onto)
  assert.deepEqual(shown, [[canvas, 0, 0]])
})
