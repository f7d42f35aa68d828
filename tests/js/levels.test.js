import assert from "node:assert/strict"
import { test } from "node:test"
import { cellAfterKey } from "../../plugin/static/wall/grid.js"
import { cellsFromMiddle, levelFor, standsOnOverview } from "../../plugin/static/wall/scene.js"

const NEAR = { cellPixels: 64 }
const MIDDLE = { cellPixels: 16 }

test("no tile is asked for while the overview is sharp enough", () => {
  assert.equal(levelFor([NEAR], 24, 10), null)
  assert.equal(levelFor([NEAR], 24, 30), null)
  assert.equal(levelFor([], 24, 300), null)
})

test("the coarsest level that is sharp enough is taken, else the sharpest", () => {
  assert.equal(levelFor([NEAR, MIDDLE], 8, 12), MIDDLE)
  assert.equal(levelFor([NEAR, MIDDLE], 8, 25), MIDDLE)
  assert.equal(levelFor([NEAR, MIDDLE], 8, 26), NEAR)
  assert.equal(levelFor([NEAR, MIDDLE], 8, 400), NEAR)
})

test("a level no sharper than the overview is of no use", () => {
  assert.equal(levelFor([NEAR, MIDDLE], 20, 26), NEAR)
})

test("the middle of what is seen is loaded first", () => {
  const cells = cellsFromMiddle({ left: 10, top: 10, right: 12, bottom: 12 }, 40)
  assert.equal(cells[0], 11 * 40 + 11)
  assert.equal(cells.length, 9)
  assert.deepEqual(cells.slice(5).sort(), [410, 412, 490, 492])
})

const wall = { columns: 40, rows: 25, homes: new Map([[1, 417], [2, 30]]) }
const after = (cell, key, held = {}) => cellAfterKey(wall, cell, { key, ...held })

test("arrows go to the next cell and stop at the edges", () => {
  assert.deepEqual(["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"].map((key) => after(410, key)), [411, 409, 370, 450])
  assert.equal(after(39, "ArrowRight"), null)
  assert.equal(after(0, "ArrowUp"), null)
  assert.equal(after(40, "ArrowLeft"), null)
  assert.equal(after(999, "ArrowDown"), null)
})

test("with Ctrl or Shift arrows go to the next home", () => {
  assert.equal(after(410, "ArrowRight", { ctrlKey: true }), 417)
  assert.equal(after(410, "ArrowRight", { shiftKey: true }), 417)
  assert.equal(after(430, "ArrowUp", { ctrlKey: true }), 30)
  assert.equal(after(410, "ArrowLeft", { ctrlKey: true }), null)
})

test("Home, End and the page keys go far", () => {
  assert.equal(after(410, "Home"), 400)
  assert.equal(after(410, "End"), 439)
  assert.equal(after(410, "Home", { ctrlKey: true }), 0)
  assert.equal(after(410, "End", { ctrlKey: true }), 999)
  assert.equal(after(410, "PageDown"), 810)
  assert.equal(after(410, "PageUp"), 10)
  assert.equal(after(10, "PageUp"), 10)
  assert.equal(after(910, "PageDown"), 990)
  assert.equal(after(410, "a"), null)
})

test("where there are no tiles single photos stand on the overview, once it is too coarse, and not too many of them", () => {
  const stage = { levels: [], cells: new Uint32Array(12000), homes: new Map([[7, 0]]) }
  assert.equal(standsOnOverview(stage, 24, 38), true)
  assert.equal(standsOnOverview(stage, 24, 30), false)
  assert.equal(standsOnOverview({ ...stage, levels: [NEAR] }, 24, 38), false)
  assert.equal(standsOnOverview({ ...stage, cells: new Uint32Array(12001) }, 24, 38), false)
  const crowded = new Map(Array.from({ length: 2001 }, (_, each) => [each, each]))
  assert.equal(standsOnOverview({ ...stage, homes: crowded }, 24, 38), false)
})
