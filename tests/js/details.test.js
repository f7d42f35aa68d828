import assert from "node:assert/strict"
import { test } from "node:test"

import { boxOfDetail, cropOfDetail } from "../../plugin/static/wall/details.js"

test("the whole photo is number 0, then come details of three sides, row by row", () => {
  assert.deepEqual(boxOfDetail(0), { left: 0, top: 0, side: 1 })
  assert.deepEqual(boxOfDetail(1), { left: 0, top: 0, side: 0.6 })
  assert.deepEqual(boxOfDetail(10), { left: 0, top: 0, side: 0.4 })
  assert.deepEqual(boxOfDetail(61), { left: 0.75, top: 0.75, side: 0.25 })
})

test("a crop lies on whole pixels within the picture, for every detail", () => {
  for (let detail = 0; detail < 62; detail++)
    for (const pixels of [64, 128, 512]) {
      const { x, y, side } = cropOfDetail(detail, pixels)
      assert.ok(Number.isInteger(x) && Number.isInteger(y) && Number.isInteger(side))
      assert.ok(x + side <= pixels && y + side <= pixels, `${detail} at ${pixels}`)
    }
})

test("what a newer service might count further is the whole", () => {
  assert.deepEqual(boxOfDetail(62), { left: 0, top: 0, side: 1 })
})
