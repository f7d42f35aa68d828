import assert from "node:assert/strict"
import { test } from "node:test"
import * as flights from "../../plugin/static/wall/flights.js"
import { createMorph, GROWTH_TIME, moveAt, planMoves } from "../../plugin/static/wall/morph.js"

const near = (actual, expected, within = 1e-5) => assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`)
const area = { x: 0, y: 0, width: 400, height: 600 }
const cell = { x: 37, y: 211, side: 10 }

test("a flight begins where it enters and ends in its cell", () => {
  const flight = { photo: 12, start: 1000, from: flights.entrance(12, area), own: false }
  assert.equal(flights.flightAt(flight, 999, cell), null)
  const first = flights.flightAt(flight, 1000, cell)
  near(first.x, flight.from.x)
  near(first.y, flight.from.y)
  const last = flights.flightAt(flight, 1000 + flights.FLIGHT_TIME - 0.01, cell)
  near(last.x, cell.x, 0.1)
  near(last.y, cell.y, 0.1)
  near(last.side, cell.side, 0.1)
  near(last.tilt, 0, 0.01)
  assert.equal(flights.flightAt(flight, 1000 + flights.FLIGHT_TIME, cell), null)
  assert.equal(flights.hasLanded(flight, 1000 + flights.FLIGHT_TIME), true)
})

test("a flight moves without jumps and only gets smaller once it is on its way", () => {
  const flight = { photo: 3, start: 0, from: flights.entrance(3, area), own: false }
  let before = flights.flightAt(flight, 300, cell)
  for (let now = 310; now < flights.FLIGHT_TIME; now += 10) {
    const at = flights.flightAt(flight, now, cell)
    assert.ok(at.side <= before.side)
    assert.ok(Math.hypot(at.x - before.x, at.y - before.y) < 30, `a jump at ${now} ms`)
    before = at
  }
})

test("the own photo leaves from the sheet at once and at its size", () => {
  const flight = { photo: 3, start: 0, from: { x: 50, y: 500, side: 64 }, own: true }
  const first = flights.flightAt(flight, 0, cell)
  assert.deepEqual([first.x, first.y, first.side, first.alpha], [50, 500, 64, 1])
})

test("photos enter inside the panel, however small, and smaller in a crowd", () => {
  for (const size of [{ x: 0, y: 0, width: 280, height: 300 }, { x: 0, y: 0, width: 1280, height: 700 }]) {
    for (let photo = 1; photo < 200; photo++) {
      const { x, y, side } = flights.entrance(photo, size)
      assert.ok(x - side / 2 >= 0 && x + side / 2 <= size.width && y - side / 2 >= 0 && y + side / 2 <= size.height)
      assert.ok(flights.entrance(photo, size, 5).side <= side)
    }
  }
})

test("a glow rises, fades and is over", () => {
  const glow = { start: 100 }
  assert.equal(flights.glowAt(glow, 100).alpha, 0)
  assert.ok(flights.glowAt(glow, 400).alpha > 0.8)
  assert.ok(flights.glowAt(glow, 100 + flights.GLOW_TIME - 1).alpha < 0.01)
  assert.equal(flights.glowAt(glow, 100 + flights.GLOW_TIME), null)
})

const coarse = { columns: 40, rows: 25 }
const fine = { columns: 56, rows: 35 }
const finest = { columns: 126, rows: 79 }

test("every home starts on its old cell and ends on its new one, wherever it is", () => {
  const moves = [{ photo: 1, from: 0, to: 0 }, { photo: 2, from: 39, to: 125 }, { photo: 3, from: 517, to: 5000 }, { photo: 4, from: 999, to: 9953 }]
  const numbers = planMoves(moves, coarse, finest)
  moves.forEach(({ from, to }, index) => {
    const first = moveAt(numbers, index, 0)
    near(first.x, (from % 40) / 40)
    near(first.side, 1 / 40)
    near(first.y, (Math.floor(from / 40) / 25) * (79 / 126))
    const last = moveAt(numbers, index, 1)
    near(last.x, (to % 126) / 126)
    near(last.y, Math.floor(to / 126) / 126)
    near(last.side, 1 / 126)
  })
})

test("the wave runs outwards: the middle is on its way while the corner waits", () => {
  const moves = [{ photo: 1, from: 12 * 40 + 20, to: 0 }, { photo: 2, from: 0, to: 9953 }]
  const numbers = planMoves(moves, coarse, finest)
  assert.ok(Math.abs(moveAt(numbers, 0, 0.2).x - 0.5) > 0.001)
  assert.equal(moveAt(numbers, 1, 0.2).x, 0)
})

/** A context that notes what is drawn. */
function noting() {
  const drawn = []
  return { drawn, globalAlpha: 1, drawImage(...args) {
    drawn.push({ alpha: this.globalAlpha, source: args[0], box: args.slice(-4) })
  } }
}

const sheet = (grid) => ({ ...grid, cellPixels: 8, canvas: { name: grid.columns }, corner: (at) => [(at % grid.columns) * 8, Math.floor(at / grid.columns) * 8] })

test("growth is drawn with one piece for each home in sight, between the old picture and the new", () => {
  const before = sheet(coarse)
  const after = sheet(fine)
  const moves = [{ photo: 1, from: 0, to: 0 }, { photo: 2, from: 999, to: 1959 }]
  const morph = createMorph(before, after, moves, 0, GROWTH_TIME)
  const context = noting()
  morph.draw(context, 0, 0, 400, 250, { width: 400, height: 250 }, 0)
  assert.equal(context.drawn.length, 4)
  assert.deepEqual(context.drawn.map(({ source }) => source.name), [40, 56, 40, 40])
  assert.equal(context.drawn[1].alpha, 0)

  const zoomed = noting()
  morph.draw(zoomed, 0, 0, 4000, 2500, { width: 400, height: 250 }, 600)
  assert.equal(zoomed.drawn.length, 3)

  const end = noting()
  morph.draw(end, 0, 0, 400, 250, { width: 400, height: 250 }, GROWTH_TIME)
  assert.equal(end.drawn[1].alpha, 1)
  assert.deepEqual(end.drawn.slice(2).map(({ alpha }) => alpha), [0, 0])
  assert.equal(morph.isOver(GROWTH_TIME), true)
})

test("whoever is looked at can be held: the shift says how far their home has moved", () => {
  const morph = createMorph(sheet(coarse), sheet(fine), [{ photo: 5, from: 0, to: 57 }], 0, GROWTH_TIME)
  const none = morph.shiftOf(0, 0)
  near(none.dx, 0)
  const all = morph.shiftOf(0, GROWTH_TIME)
  near(all.dx, 1.5 / 56 - 0.5 / 40)
  near(all.dy, 1.5 / 56 - 0.5 / 40)
  assert.ok(morph.rectOf(5, 100).side > 0)
  assert.ok(!morph.rectOf(6, 100))
})

test("a reveal that came early shows the old picture until its moment", () => {
  const sheets = [{ columns: 4, rows: 2 }, { columns: 8, rows: 4 }].map((grid, at) => ({ ...grid, canvas: at, cellPixels: 8, corner: () => [0, 0] }))
  const morph = createMorph(sheets[0], sheets[1], [{ photo: 1, from: 0, to: 31 }], 5000, 1000)
  const drawn = []
  const context = { globalAlpha: 1, drawImage: (image, ...rest) => drawn.push([image, context.globalAlpha, ...rest]) }
  const show = (now) => {
    drawn.length = 0
    morph.draw(context, 0, 0, 80, 40, { width: 80, height: 40 }, now)
    return drawn
  }
  assert.equal(morph.hasBegun(4999), false)
  const [old, newer, home] = show(3000)
  assert.equal(old[1], 1)
  assert.equal(newer[1], 0)
  assert.deepEqual(home.slice(-4), [0, 0, 20, 20]) // where it was
  assert.equal(morph.isOver(5999), false)
  assert.equal(morph.hasBegun(5000), true)
  assert.equal(show(6000)[1][1], 1)
  assert.equal(morph.isOver(6000), true)
})
