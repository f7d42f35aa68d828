import assert from "node:assert/strict"
import { test } from "node:test"

import { cornersOf } from "../../plugin/static/ui/desk/charts.js"

test("a curve of photos begins at nothing, and ends with all of them at the right edge", () => {
  const corners = cornersOf([
    { at: 0, photos: 1 },
    { at: 30, photos: 10 },
    { at: 120, photos: 40 },
  ])
  assert.deepEqual(corners[0], [0, 40])
  assert.deepEqual(corners.at(-1), [100, 2])
  assert.ok(corners.every(([x, y], at) => at === 0 || (x >= corners[at - 1][0] && y <= corners[at - 1][1])))
})

test("photos that came all at once are a curve as well", () => {
  const corners = cornersOf([
    { at: 0, photos: 6 },
    { at: 0, photos: 8 },
  ])
  assert.ok(corners.flat().every(Number.isFinite))
})
