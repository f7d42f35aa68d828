import assert from "node:assert/strict"
import { test } from "node:test"
import { coverage, shareInSight } from "../../plugin/static/wall/hit.js"
import { createWander, DRIFT, LOOK_AGAIN, REST, STAY, WHOLE_FOR } from "../../plugin/static/wall/wander.js"

const GRID = { columns: 40, rows: 25 }

function setUp({ homes = [[1, 0], [2, 41], [3, 999]], free = true, still = false, share = 0.3 } = {}) {
  const listeners = []
  const went = []
  const timers = []
  const state = { free, still, share }
  const wall = { ...GRID, homes: new Map(homes), homeOf: (photo) => wall.homes.get(photo) ?? null, subscribe: (listener) => (listeners.push(listener), () => listeners.pop()) }
  const view = {
    fillingCell: 24,
    get wholeShare() {
      return state.share
    },
    driftTo: (cell, how) => went.push({ cell, ...how }),
  }
  const clock = { setTimeout: (run, after) => timers.push({ run, after }), clearTimeout: () => (timers.length = 0) }
  const shown = []
  const wander = createWander({ wall, view, isFree: () => state.free, reducedMotion: () => state.still, onShown: (photo) => shown.push(photo), random: () => 0, clock })
  const pass = () => {
    const { run, after } = timers.pop()
    run()
    return after
  }
  const land = (photo, cell) => {
    wall.homes.set(photo, cell)
    for (const listener of listeners) listener({ type: "change", landed: [photo] })
  }
  return { wander, wall, shown, went, timers, state, pass, land, listeners }
}

test("whole at first, then from home to home, each once before any comes again", () => {
  const { went, pass } = setUp()
  assert.equal(pass(), WHOLE_FOR)
  for (let step = 0; step < 3; step++) assert.equal(pass(), DRIFT + STAY)
  const cells = went.map(({ cell }) => cell)
  assert.deepEqual(new Set(cells.slice(0, 3)), new Set([0, 41, 999]))
  assert.equal(went[0].cellSize, 44) // a face can be told, though 24 would fill the panel
  assert.equal(went[0].duration, DRIFT)
})

test("what has just arrived comes next", () => {
  const { went, pass, land } = setUp()
  pass()
  land(9, 500)
  land(10, 510)
  pass()
  assert.equal(went.at(-1).cell, 510)
})

test("what arrived and went again is not gone to", () => {
  const { went, pass, land, wall } = setUp()
  pass()
  land(9, 500)
  wall.homes.delete(9)
  pass()
  assert.notEqual(went.at(-1).cell, 500)
})

for (const [name, change] of [
  ["somebody looks at something else", { free: false }],
  ["motion is not wanted", { still: true }],
  ["the picture covers the panel anyway", { share: 0.8 }],
]) {
  test(`it stays where it is while ${name}`, () => {
    const { went, pass, state, timers } = setUp()
    Object.assign(state, change)
    pass()
    assert.deepEqual(went, [])
    assert.equal(timers.at(-1).after, LOOK_AGAIN)
    Object.assign(state, { free: true, still: false, share: 0.3 })
    pass()
    assert.equal(went.length, 1)
  })
}

test("an empty wall is waited for", () => {
  const { went, pass, land } = setUp({ homes: [] })
  pass()
  assert.deepEqual(went, [])
  land(4, 7)
  pass()
  assert.equal(went[0].cell, 7)
})

test("whoever touches the wall has it for a while", () => {
  const { wander, went, pass, timers } = setUp()
  pass()
  wander.rest()
  assert.deepEqual(timers.map(({ after }) => after), [REST])
  assert.equal(went.length, 1)
  pass()
  assert.equal(went.length, 2)
})

test("with one home it goes there once and stays", () => {
  const { went, pass } = setUp({ homes: [[1, 12]] })
  pass()
  pass()
  pass()
  assert.equal(went.length, 1)
})

test("stopped, it hears nothing any more", () => {
  const { wander, timers, listeners } = setUp()
  wander.stop()
  assert.deepEqual([timers.length, listeners.length], [0, 0])
})

test("a narrow panel is covered to less than a third by the whole picture", () => {
  const { share, cell } = coverage(GRID, { width: 280, height: 560 })
  assert.ok(Math.abs(share - 175 / 560) < 1e-9)
  assert.equal(cell, 560 / 25)
})

test("the map knows which part is in sight", () => {
  const size = { width: 280, height: 560 }
  assert.deepEqual(shareInSight({ x: 0, y: 192.5, width: 280 }, GRID, size), { left: 0, top: 0, width: 1, height: 1 })
  assert.deepEqual(shareInSight({ x: -616, y: 0, width: 896 }, GRID, size), { left: 0.6875, top: 0, width: 0.3125, height: 1 })
})

test("whoever it stayed at was shown, but not whoever it was taken away from", () => {
  const { wander, shown, pass } = setUp()
  pass()
  assert.deepEqual(shown, []) // it has only just set out
  pass()
  assert.equal(shown.length, 1)
  wander.rest()
  pass()
  assert.equal(shown.length, 1)
})
