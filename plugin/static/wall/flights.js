/**
 * How a photo comes to its cell, as pure functions of time: it enters large, rests for a blink, and shrinks along an arc
 * into its cell, which then glows for a moment. All lengths in the caller's pixels, all times in milliseconds.
 */

export const FLIGHT_TIME = 950
export const GLOW_TIME = 1800
export const MOST_FLIGHTS = 12
export const STAGGER = 85 // between two photos of one batch
const ENTER = 0.24 // share of the flight in which it appears

export const easeOut = (t) => 1 - (1 - t) ** 3
export const easeInOut = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2)
const mix = (a, b, t) => a + (b - a) * t

/** A number in [0, 1) that is always the same for a photo: so that every panel shows the same scatter. */
export const scatter = (photo, salt = 0) => {
  const wave = Math.sin(photo * 12.9898 + salt * 78.233) * 43758.5453
  return wave - Math.floor(wave)
}

/**
 * Where a stranger's photo enters: in the lower middle of the area, a little scattered, and smaller in a crowd.
 * {x, y, side}: centre and side.
 */
export function entrance(photo, area, crowd = 0) {
  const side = Math.min(area.width, area.height) * (crowd > 3 ? 0.24 : 0.34)
  return {
    x: area.x + area.width * (0.5 + (scatter(photo) - 0.5) * 0.44),
    y: area.y + area.height * (0.66 + (scatter(photo, 1) - 0.5) * 0.16),
    side: Math.max(56, Math.min(side, 220)),
  }
}

/**
 * A flight at a time: {x, y, side, alpha, tilt, lift} with x, y the centre; null before it starts and once it has landed.
 * `flight` is {photo, start, from: {x, y, side}, own}, `to` the centre and side of its cell now.
 */
export function flightAt(flight, now, to) {
  const t = (now - flight.start) / FLIGHT_TIME
  if (t < 0 || t >= 1) return null
  const { from } = flight
  const entered = flight.own ? 1 : easeOut(Math.min(1, t / ENTER))
  const way = easeInOut(Math.max(0, (t - ENTER) / (1 - ENTER)))
  // The side shrinks by equal ratios, so that it seems to move away evenly instead of rushing at the end.
  const side = from.side * (Math.max(1, to.side) / from.side) ** way * mix(0.8, 1, entered)
  const bend = Math.sin(Math.PI * way) * 0.14 * (scatter(flight.photo, 2) < 0.5 ? -1 : 1)
  const dx = to.x - from.x
  const dy = to.y - from.y
  return {
    x: from.x + dx * way - dy * bend,
    y: from.y + dy * way + dx * bend,
    side,
    alpha: entered,
    tilt: (scatter(flight.photo, 3) - 0.5) * 0.22 * (1 - way) * (flight.own ? way * 4 * (1 - way) + 0.2 : 1),
    lift: 1 - way,
  }
}

export const hasLanded = (flight, now) => now >= flight.start + FLIGHT_TIME

/** A glow at a time: {alpha, spread} (spread 1 is the cell's own size), null when it is out. */
export function glowAt(glow, now) {
  const t = (now - glow.start) / GLOW_TIME
  if (t < 0) return { alpha: 0, spread: 1 }
  if (t >= 1) return null
  const rise = Math.min(1, t / 0.12)
  return { alpha: rise * (1 - easeInOut(t)), spread: mix(1, 1.5, easeOut(t)) }
}
