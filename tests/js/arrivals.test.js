import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { createArrivals } from "../../plugin/static/wall/arrivals.js"
import { FLIGHT_TIME, MOST_FLIGHTS } from "../../plugin/static/wall/flights.js"

const ids = (count) => Array.from({ length: count }, (_, index) => index + 1)
const settled = () => new Promise((resolve) => setTimeout(resolve))
const FREE = { x: 0, y: 0, width: 400, height: 600 }

beforeEach(() => {
  globalThis.document = { hidden: false }
})

/** Photo n has its home in cell n. Notes what is drawn, loaded and put down. */
function wallOf({ still = false, gone = [], load = async (address) => address } = {}) {
  const noted = { loaded: [], landed: [], prints: [], glows: [] }
  const arrivals = createArrivals({
    wall: { homeOf: (photo) => (gone.includes(photo) ? null : photo) },
    photos: { load: async ([photo]) => new Map([[photo, { key: `k${photo}` }]]) },
    load: (address) => noted.loaded.push(address) && load(address),
    isLarge: false,
    reducedMotion: () => still,
    area: () => FREE,
    frame: () => ({ left: 10, top: 20 }),
    onChange: () => {},
    onLanded: (cell) => noted.landed.push(cell),
  })
  const marks = { print: (_context, picture, at) => noted.prints.push({ picture, at }), glow: (_context, box) => noted.glows.push(box) }
  const draw = (now) => {
    noted.prints = []
    noted.glows = []
    const tools = { now, pixelRatio: 1, marks }
    arrivals.drawGlows(null, (photo) => (gone.includes(photo) ? null : photo), tools)
    return arrivals.drawFlights(null, (cell) => ({ x: cell, y: cell, side: 10 }), tools)
  }
  return { arrivals, noted, draw }
}

test("a few fly, and the rest of a crowd glows in its cells", async () => {
  const { arrivals, noted, draw } = wallOf()
  arrivals.land(ids(MOST_FLIGHTS + 5), { own: null, mayFly: true })
  await settled()
  assert.equal(noted.loaded.length, MOST_FLIGHTS)
  assert.deepEqual(ids(MOST_FLIGHTS + 5).filter(arrivals.isFlying), ids(MOST_FLIGHTS))
  draw(performance.now() + 100)
  assert.deepEqual(noted.glows, [13, 14, 15, 16, 17])
})

test("the own photo flies however many come with it, from where it was sent", async () => {
  const { arrivals, noted, draw } = wallOf()
  arrivals.launchFrom(40, { left: 110, top: 220, width: 80, height: 60 }, "my picture")
  arrivals.land(ids(40), { own: 40, mayFly: true })
  await settled()
  assert.equal(arrivals.isFlying(40), true)
  draw(performance.now() + 1)
  const [{ picture, at }] = noted.prints
  assert.equal(picture, "my picture")
  assert.ok(Math.abs(at.x - 140) < 5 && Math.abs(at.y - 230) < 5)
})

test("what has landed shows in its cell and glows there", async () => {
  const { arrivals, noted, draw } = wallOf()
  arrivals.land([3], { own: null, mayFly: true })
  await settled()
  const later = performance.now() + FLIGHT_TIME + 500
  assert.equal(draw(later), false)
  assert.deepEqual([noted.landed, arrivals.isFlying(3)], [[3], false])
  draw(later)
  assert.deepEqual(noted.glows, [3])
})

test("nothing flies without motion, nor while the wall rearranges itself", () => {
  for (const [still, mayFly] of [[true, true], [false, false]]) {
    const { arrivals, noted } = wallOf({ still })
    arrivals.land([1, 2], { own: 1, mayFly })
    assert.deepEqual([noted.loaded, arrivals.isFlying(1)], [[], false])
  }
})

test("a photo that is taken off, or whose picture does not come, holds no cell", async () => {
  const gone = []
  const { arrivals, noted } = wallOf({ gone })
  arrivals.land([5, 6], { own: null, mayFly: true })
  await settled()
  gone.push(5)
  arrivals.takeAway([5])
  assert.deepEqual([noted.landed, arrivals.isFlying(5), arrivals.isFlying(6)], [[5], false, true])
  const broken = wallOf({ load: async () => Promise.reject(new Error("no picture")) })
  broken.arrivals.land([8], { own: null, mayFly: true })
  await settled()
  assert.deepEqual([broken.noted.landed, broken.arrivals.isFlying(8)], [[8], false])
})

test("a page that is put away finishes at once; a wall that grows has other cells", async () => {
  const { arrivals, noted } = wallOf()
  arrivals.land([1, 2], { own: null, mayFly: true })
  arrivals.dropFlights()
  assert.deepEqual([noted.landed, arrivals.isFlying(1)], [[], false])
  arrivals.land([3], { own: null, mayFly: true })
  arrivals.finish()
  assert.deepEqual([noted.landed, arrivals.isFlying(3)], [[3], false])
})
