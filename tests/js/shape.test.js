import assert from "node:assert/strict"
import { test } from "node:test"

import { partOf, SHAPES } from "../../plugin/static/ui/desk/shape.js"

test("a picture as it is loses nothing", () => {
  assert.deepEqual(partOf(1600, 900, SHAPES.whole), { left: 0, top: 0, width: 1600, height: 900 })
})

test("a wide picture is cut at its sides, a high one above and below, both around the middle", () => {
  assert.deepEqual(partOf(1600, 900, SHAPES.square), { left: 350, top: 0, width: 900, height: 900 })
  assert.deepEqual(partOf(900, 1600, SHAPES.square), { left: 0, top: 350, width: 900, height: 900 })
  assert.deepEqual(partOf(900, 1600, SHAPES.portrait), { left: 0, top: 200, width: 900, height: 1200 })
})

test("a portrait picture covers more than 60 % of a panel of 280 x 700 between its bars", () => {
  const { width, height } = partOf(1600, 900, SHAPES.portrait)
  const between = 700 - 147
  assert.ok((280 * height) / width / between >= 0.6)
})
