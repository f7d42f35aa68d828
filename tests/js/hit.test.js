import assert from "node:assert/strict"
import { test } from "node:test"
import * as hit from "../../plugin/static/wall/hit.js"

const grid = { columns: 40, rows: 25 }
const panel = { width: 400, height: 600 }
const close = (actual, expected) => {
  for (const key of Object.keys(expected)) assert.ok(Math.abs(actual[key] - expected[key]) < 1e-9, `${key}: ${actual[key]} is not ${expected[key]}`)
}

test("the whole picture goes from edge to edge of a narrow panel, in its middle", () => {
  close(hit.fit(grid, panel), { x: 0, y: 175, width: 400 })
})

test("in a wide window the whole picture has the window's height", () => {
  close(hit.fit(grid, { width: 1280, height: 400 }), { x: 320, y: 0, width: 640 })
})

test("what a sheet covers is not used", () => {
  close(hit.fit(grid, panel, { top: 0, right: 0, bottom: 300, left: 0 }), { x: 0, y: 25, width: 400 })
})

test("every cell is found at its own middle, at any zoom", () => {
  for (const view of [{ x: 0, y: 175, width: 400 }, { x: -812.5, y: -99.25, width: 3111 }]) {
    for (const cell of [0, 39, 40, 517, 999]) {
      const { x, y, width } = hit.cellRect(view, grid, cell)
      assert.equal(hit.cellAt(view, grid, x + width / 2, y + width / 2), cell)
      assert.equal(hit.cellAt(view, grid, x + width * 0.01, y + width * 0.99), cell)
    }
  }
})

test("beside the picture there is no cell", () => {
  const view = hit.fit(grid, panel)
  for (const [x, y] of [[200, 174], [200, 426], [-1, 300], [400, 300]]) assert.equal(hit.cellAt(view, grid, x, y), null)
})

test("the visible cells are those that touch the canvas", () => {
  assert.deepEqual(hit.visibleCells({ x: 0, y: 175, width: 400 }, grid, panel), { left: 0, top: 0, right: 39, bottom: 24 })
  assert.deepEqual(hit.visibleCells({ x: -100, y: -50, width: 4000 }, grid, panel), { left: 1, top: 0, right: 4, bottom: 6 })
  assert.equal(hit.visibleCells({ x: 500, y: 0, width: 400 }, grid, panel), null)
})

test("tiles cover a range of cells", () => {
  assert.deepEqual(hit.tileRange({ left: 7, top: 8, right: 16, bottom: 9 }, 8), { left: 0, top: 1, right: 2, bottom: 1 })
})

test("a picture smaller than the panel stays in the middle, a larger one keeps its edges outside", () => {
  assert.equal(hit.clamp({ x: -50, y: 500, width: 400 }, grid, panel).y, 175)
  close(hit.clamp({ x: 30, y: -5000, width: 2000 }, grid, panel), { x: 0, y: 600 - 1250, width: 2000 })
  close(hit.clamp({ x: -99999, y: 10, width: 2000 }, grid, panel), { x: -1600, y: 0, width: 2000 })
})

test("a clamped view is left alone by clamping again", () => {
  for (let seed = 0; seed < 200; seed++) {
    const view = { x: Math.sin(seed) * 3000, y: Math.cos(seed * 7) * 3000, width: 100 + ((seed * 97) % 5000) }
    const once = hit.clamp(view, grid, panel, { top: 0, right: 0, bottom: seed, left: 0 })
    assert.deepEqual(hit.clamp(once, grid, panel, { top: 0, right: 0, bottom: seed, left: 0 }), once)
  }
})

test("zooming around a point leaves what is under it", () => {
  const before = { x: -20, y: 30, width: 500 }
  const after = hit.zoomAround(before, 1730, 123, 77)
  close({ at: (123 - after.x) / after.width }, { at: (123 - before.x) / before.width })
  close({ at: (77 - after.y) / after.width }, { at: (77 - before.y) / before.width })
})

test("a cell that is flown to stands in the middle of what is free", () => {
  const inset = { top: 0, right: 0, bottom: 250, left: 0 }
  const view = hit.viewOfCell(grid, 517, 80, panel, inset)
  close(hit.cellRect(view, grid, 517), { x: 160, y: 135, width: 80 })
})

test("only a cell outside is moved in, and just so far", () => {
  const area = { x: 0, y: 0, width: 400, height: 600 }
  assert.deepEqual(hit.moveInto({ x: 100, y: 100, width: 50, height: 50 }, area, 20), { dx: 0, dy: 0 })
  assert.deepEqual(hit.moveInto({ x: -30, y: 590, width: 50, height: 50 }, area, 20), { dx: 50, dy: -60 })
})

test("the next home is the nearest one ahead, not the nearest one of all", () => {
  const at = (column, row) => hit.cellOf(grid, column, row)
  const homes = [at(12, 10), at(10, 11), at(20, 10), at(9, 10)]
  assert.equal(hit.nearestHome(grid, homes, at(10, 10), 1, 0), at(12, 10))
  assert.equal(hit.nearestHome(grid, homes, at(12, 10), 1, 0), at(20, 10))
  assert.equal(hit.nearestHome(grid, homes, at(10, 10), 0, 1), at(10, 11))
  assert.equal(hit.nearestHome(grid, homes, at(10, 10), 0, -1), null)
})
