/**
 * Photos that come onto the wall: some fly to their cells, the rest of a crowd only glows. Other homes can glow too.
 *
 *   const arrivals = createArrivals({ wall, photos, load, isLarge, reducedMotion, area, frame, onChange, onLanded })
 *       isLarge         flights are seen from afar: they take larger pictures
 *       area(), frame() what of the canvas is free, and where the canvas is in the page, in CSS pixels
 *       onLanded(cell)  the cell shows its photo from now on
 *   arrivals.land(ids, {own, mayFly})   arrivals.shine(ids, delay)   arrivals.takeAway(ids)   arrivals.isFlying(cell)
 *   arrivals.launchFrom(photo, rect, picture)   where the next flight of this photo begins
 *   arrivals.finish()        everything is where it belongs, at once      arrivals.dropFlights()   their cells are no more
 *   arrivals.drawGlows(context, placeOf, {now, pixelRatio, marks})        arrivals.drawFlights(context, placeOfCell, ...)
 *       true while something moves; places are {x, y, side} in device pixels
 */
import { entrance, flightAt, glowAt, hasLanded, MOST_FLIGHTS, STAGGER } from "./flights.js"
import { thumbAddress } from "./state.js"

const MOST_GLOWS = 60
const SMALL = 128 // pixels of a picture that flies in among others
const LARGE = 512

export function createArrivals({ wall, photos, load, isLarge, reducedMotion, area, frame, onChange, onLanded }) {
  let flights = []
  let glows = [] // {photo, start}
  const origins = new Map() // photo -> where its flight begins
  const flying = new Map() // cell -> photo that has not landed there yet

  /** The own photo always flies, where anything may. */
  function land(ids, { own, mayFly }) {
    const inOrder = [...ids].sort((a, b) => (b === own) - (a === own))
    const still = reducedMotion() || document.hidden || !mayFly
    const room = still ? 0 : Math.max(MOST_FLIGHTS - flights.length, 0)
    const begin = performance.now()
    inOrder.slice(0, room).forEach((photo, index) => fly(photo, begin + index * STAGGER))
    shine(inOrder.slice(room))
  }

  function shine(ids, delay = 0) {
    if (document.hidden) return
    const start = performance.now() + delay
    for (const photo of ids) glows.push({ photo, start })
    glows = glows.slice(-MOST_GLOWS)
    onChange()
  }

  async function fly(photo, earliest) {
    const origin = origins.get(photo)
    origins.delete(photo)
    const flight = { photo, cell: wall.homeOf(photo), start: Infinity, from: null, own: Boolean(origin), picture: origin?.picture ?? null }
    flights.push(flight)
    flying.set(flight.cell, photo)
    try {
      flight.picture ??= await thumbOf(photo, origin || isLarge ? LARGE : SMALL)
    } catch {
      flights = flights.filter((each) => each !== flight || putDown(flight))
    }
    flight.from = origin ? fromRect(origin.rect) : entrance(photo, area(), flights.length)
    flight.start = Math.max(earliest, performance.now())
    onChange()
  }

  async function thumbOf(photo, pixels) {
    const known = (await photos.load([photo])).get(photo)
    return load(thumbAddress(known.key, pixels))
  }

  function fromRect({ left, top, width, height }) {
    const canvas = frame()
    return { x: left - canvas.left + width / 2, y: top - canvas.top + height / 2, side: Math.min(width, height) }
  }

  /** The flight is over: the cell shows its photo, and glows. False, so that filters drop it. */
  function putDown(flight) {
    if (flying.get(flight.cell) === flight.photo) flying.delete(flight.cell)
    onLanded(flight.cell)
    if (wall.homeOf(flight.photo) !== null) shine([flight.photo])
    return false
  }

  function drawGlows(context, placeOf, { now, pixelRatio, marks }) {
    glows = glows.filter((glow) => {
      const light = glowAt(glow, now)
      const box = light && placeOf(glow.photo)
      if (box) marks.glow(context, box, reducedMotion() ? { ...light, spread: 1 } : light, pixelRatio)
      return light
    })
    return glows.length > 0
  }

  function drawFlights(context, placeOfCell, { now, pixelRatio, marks }) {
    flights = flights.filter((flight) => {
      if (hasLanded(flight, now)) return putDown(flight)
      const at = flight.picture && flight.from && flightAt({ ...flight, from: scaled(flight.from, pixelRatio) }, now, placeOfCell(flight.cell))
      if (at) marks.print(context, flight.picture, at)
      return true
    })
    return flights.length > 0
  }

  return {
    land,
    shine,
    drawGlows,
    drawFlights,
    isFlying: (cell) => flying.has(cell),
    launchFrom: (photo, rect, picture) => origins.set(photo, { rect, picture }),
    takeAway(ids) {
      flights = flights.filter((flight) => !ids.includes(flight.photo) || putDown(flight))
      glows = glows.filter((glow) => !ids.includes(glow.photo))
    },
    finish() {
      for (const flight of flights.splice(0)) putDown(flight)
      glows = []
    },
    dropFlights() {
      for (const { cell } of flights) flying.delete(cell)
      flights = []
    },
  }
}

const scaled = ({ x, y, side }, by) => ({ x: x * by, y: y * by, side: side * by })
