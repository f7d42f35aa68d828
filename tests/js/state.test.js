import assert from "node:assert/strict"
import { test } from "node:test"
import * as state from "../../plugin/static/wall/state.js"
import { change, pack, snapshot } from "./walls.js"

test("numbers are little-endian, up to the largest", () => {
  assert.deepEqual([...state.decodeNumbers(pack([0, 1, 65536, 4294967295]))], [0, 1, 65536, 4294967295])
  assert.throws(() => state.decodeNumbers(btoa("abc")), RangeError)
})

test("a snapshot becomes cells, homes and tiles", () => {
  const wall = state.decodeSnapshot(snapshot())
  assert.deepEqual([...wall.cells], [7, 300, 7, 300, 7, 300, 7, 300])
  assert.deepEqual([...wall.homes], [[7, 0], [300, 5]])
  assert.deepEqual([...wall.homeCells], [0, 5])
  assert.deepEqual({ ...wall.levels[0], tiles: [...wall.levels[0].tiles] }, { cellPixels: 64, tileCells: 2, columns: 2, rows: 1, tiles: [9, 10] })
})

test("a snapshot whose cells do not fit its grid is refused", () => {
  assert.throws(() => state.decodeSnapshot(snapshot({ columns: 5 })), /as many cells/)
})

test("a wall whose target is still prepared has no cells and no overview", () => {
  const wall = state.decodeSnapshot(snapshot({ columns: 0, rows: 0, cells: [], homes: [], overview: null, levels: [] }))
  assert.equal(wall.cells.length, 0)
  assert.equal(wall.overview, null)
})

test("a change puts photos into cells and tells who is new", () => {
  const wall = state.decodeSnapshot(snapshot())
  const applied = state.applyChange(wall, change({ cells: [[2, 8, 1], [3, 8, 0]], count: 3 }))
  assert.deepEqual(applied.landed, [8])
  assert.deepEqual(applied.cells, [2, 3])
  assert.equal(wall.homes.get(8), 2)
  assert.equal(wall.count, 3)
  assert.equal(wall.revision, 11)
  assert.deepEqual([...wall.cellRevisions], [0, 0, 11, 11, 0, 0, 0, 0])
})

test("a home that is told again is not new", () => {
  const wall = state.decodeSnapshot(snapshot())
  assert.deepEqual(state.applyChange(wall, change({ cells: [[0, 7, 1]] })).landed, [])
})

test("a home that moves leaves its old cell", () => {
  const wall = state.decodeSnapshot(snapshot())
  state.applyChange(wall, change({ cells: [[6, 7, 1], [0, 300, 0]] }))
  assert.equal(wall.homes.get(7), 6)
  assert.equal(wall.homeCells.has(0), false)
  assert.equal(wall.homeCells.has(6), true)
})

test("who is gone has no home any more, and the cell shows another", () => {
  const wall = state.decodeSnapshot(snapshot())
  const applied = state.applyChange(wall, change({ gone: [300], cells: [[5, 7, 0]] }))
  assert.deepEqual(applied.gone, [300])
  assert.equal(wall.homes.has(300), false)
  assert.equal(wall.homeCells.has(5), false)
  assert.equal(wall.cells[5], 7)
})

test("a home's cell that becomes an echo's or empty is no home", () => {
  const wall = state.decodeSnapshot(snapshot())
  state.applyChange(wall, change({ cells: [[5, 0, 0]] }))
  assert.equal(wall.homes.has(300), false)
  assert.equal(wall.cells[5], 0)
})

test("a cell outside the grid changes nothing and keeps the patch's order", () => {
  const wall = state.decodeSnapshot(snapshot())
  assert.deepEqual(state.applyChange(wall, change({ cells: [[99, 8, 0], [1, 8, 0]] })).cells, [99, 1])
  assert.equal(wall.cells[1], 8)
})

test("only newer tiles of a known level are taken", () => {
  const wall = state.decodeSnapshot(snapshot())
  const { tiles } = state.applyChange(wall, change({ tiles: [[64, 0, 0, 11], [64, 1, 0, 8], [16, 0, 0, 11], [64, 2, 0, 11], [64, 0, 3, 11]] }))
  assert.deepEqual(tiles.map(({ x, y, revision }) => [x, y, revision]), [[0, 0, 11]])
  assert.deepEqual([...wall.levels[0].tiles], [11, 10])
})

test("a change is old, next, after a gap, or of another grid", () => {
  const wall = state.decodeSnapshot(snapshot())
  const judge = (values) => state.judge(wall, change(values))
  assert.equal(judge({ revision: 10, from: 9 }), "old")
  assert.equal(judge({}), "next")
  assert.equal(judge({ revision: 13, from: 12 }), "gap")
  assert.equal(judge({ generation: 2 }), "grown")
  assert.equal(state.judge(state.emptyState(), change({})), "gap")
})

test("between two grids, homes that both know move and the others land", () => {
  const before = state.decodeSnapshot(snapshot())
  const after = state.decodeSnapshot(snapshot({ generation: 2, columns: 2, rows: 2, cells: [7, 7, 9, 300], homes: [[7, 1], [9, 2], [300, 3]] }))
  assert.deepEqual(state.homeMoves(before, after), { moves: [{ photo: 7, from: 0, to: 1 }, { photo: 300, from: 5, to: 3 }], landed: [9] })
})

test("a snapshot after a gap keeps the age of cells that did not change", () => {
  const wall = state.createWallState()
  wall.load(snapshot())
  wall.apply(change({ cells: [[2, 8, 1]] }))
  wall.load(snapshot({ revision: 20, cells: [7, 300, 8, 300, 7, 300, 7, 9], homes: [[7, 0], [300, 5], [8, 2]] }))
  assert.deepEqual([...wall.now.cellRevisions], [0, 0, 11, 0, 0, 0, 0, 20])
})

test("the store tells what happened, in words that views need", () => {
  const wall = state.createWallState()
  const events = []
  const stop = wall.subscribe((event) => events.push(event))
  assert.equal(wall.ready, false)
  wall.load(snapshot())
  wall.apply(change({ cells: [[2, 8, 1]], count: 3, photos: [{ id: 8 }] }))
  wall.setStatus({ delayed: true })
  wall.setStatus({ delayed: true })
  wall.load(snapshot({ revision: 12, generation: 2, homes: [[8, 1]] }))
  stop()
  wall.setStatus({ delayed: false })
  assert.deepEqual(events.map(({ type, landed, gone, count }) => ({ type, landed, gone, count })), [
    { type: "snapshot", landed: [], gone: [], count: 2 },
    { type: "change", landed: [8], gone: [], count: 3 },
    { type: "status", landed: [], gone: [], count: 3 },
    { type: "snapshot", landed: [], gone: [7, 300], count: 2 },
  ])
  assert.equal(events[0].first, true)
  assert.equal(events[3].grown, true)
  assert.deepEqual(events[3].moves, [{ photo: 8, from: 2, to: 1 }])
  assert.equal(wall.name, "Spring Summit")
})

test("the reveal is told apart from growth, and from its undoing", () => {
  const wall = state.createWallState()
  const unveiled = []
  wall.subscribe((event) => unveiled.push(event.unveiled))
  wall.load(snapshot())
  wall.load(snapshot({ revision: 11, generation: 2 }))
  wall.load(snapshot({ revision: 12, generation: 3, revealed: true }))
  assert.equal(wall.revealed, true)
  wall.load(snapshot({ revision: 13, generation: 4, revealed: true }))
  wall.load(snapshot({ revision: 14, generation: 5, revealed: false }))
  assert.deepEqual(unveiled, [false, false, true, false, false])
})

test("an answer that was overtaken does not set the wall back", () => {
  const wall = state.createWallState()
  wall.load(snapshot())
  wall.apply(change({ cells: [[2, 8, 1]] }))
  assert.equal(wall.load(snapshot()), false)
  assert.equal(wall.homeOf(8), 2)
  assert.equal(wall.revision, 11)
})

test("addresses of pictures: the stage has its own patches", () => {
  const panel = state.decodeSnapshot(snapshot())
  const stage = state.decodeSnapshot(snapshot({ overview: { revision: 10, cell_px: 24, url: "/media/walls/k/stage-overview-10.jpg" } }))
  assert.equal(state.patchAddress(panel, 12), "/media/walls/k/patch-12.jpg")
  assert.equal(state.patchAddress(stage, 12), "/media/walls/k/stage-patch-12.jpg")
  assert.equal(state.tileAddress(panel, panel.levels[0], 1, 0, 10), "/media/walls/k/tile-64-1-0-10.jpg")
  assert.equal(state.thumbAddress("abc", 128), "/media/photos/abc/128.jpg")
})

test("40,000 cells are read and changed without copies of the wall", () => {
  const wall = state.decodeSnapshot(snapshot({ columns: 250, rows: 160, cells: new Uint32Array(40000).fill(7), levels: [] }))
  const { cells } = wall
  state.applyChange(wall, change({ cells: [[39999, 8, 1]] }))
  assert.equal(wall.cells, cells)
  assert.equal(cells[39999], 8)
})

test("single photos are tinted as the tiles are, cell by cell, and homes never", () => {
  const tints = Buffer.from([5, 10, 15, 20, 25, 30, 35, 40]).toString("base64")
  const told = snapshot()
  told.grid.tints = tints
  const wall = state.decodeSnapshot(told)
  assert.deepEqual([...wall.cells.keys()].map((cell) => state.tintOf(wall, cell)), [0, 0.1, 0.15, 0.2, 0.25, 0, 0.35, 0.4])
  const even = state.decodeSnapshot(snapshot())
  assert.equal(state.tintOf(even, 1), 0.2) // a wall whose worker has not told them yet
  assert.equal(state.tintOf(even, 0), 0)
})

test("a cell tells which detail of its photo it shows; services and changes of before know only whole photos", () => {
  const details = Buffer.from([0, 1, 0, 0, 61, 0, 0, 0]).toString("base64")
  const told = snapshot({})
  const wall = state.decodeSnapshot({ ...told, grid: { ...told.grid, details } })
  assert.deepEqual([...wall.details], [0, 1, 0, 0, 61, 0, 0, 0])
  state.applyChange(wall, change({ cells: [[0, 7, 0, 12], [1, 9, 0]] }))
  assert.deepEqual([...wall.details], [12, 0, 0, 0, 61, 0, 0, 0])
  assert.deepEqual([...state.decodeSnapshot(told).details], Array(8).fill(0))
})

test("a cell that shows another detail of the same photo has changed", () => {
  const told = snapshot({})
  const before = state.decodeSnapshot(told)
  const details = Buffer.from([0, 3, 0, 0, 0, 0, 0, 0]).toString("base64")
  const after = state.decodeSnapshot({ ...told, revision: 30, grid: { ...told.grid, details } })
  state.carryRevisions(before, after)
  assert.deepEqual([...after.cellRevisions], [0, 30, 0, 0, 0, 0, 0, 0])
})

test("whatever a host may change is told on by the stream and known by the wall", () => {
  const wall = state.createWallState()
  wall.setStatus({ name: "Fair", language: "de", accent: "#0a1f44", logo: "/media/logos/a.png", hellos: false, stage_cleared: true })
  assert.equal(wall.about.language, "de")
  assert.equal(wall.about.notice, null)
  assert.deepEqual(wall.allows, { hellos: false, lines: true, photos: true, stage: false })
  for (const name of Object.keys(wall.about)) assert.ok(state.TOLD.includes(name), name)
})
