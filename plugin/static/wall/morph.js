/**
 * Growth and reveal: the old picture turns into the new one. Every home glides from its old cell to its new one while
 * the echoes behind cross-fade. Drawn with one drawImage for each home in sight and two for all echoes.
 */
import { easeInOut } from "./flights.js"

export const GROWTH_TIME = 1200
export const REVEAL_TIME = 2500
export const CALM_TIME = 600 // where nothing may fly, one picture fades into the other
const WAVE = 0.35 // share of the time by which the last home starts later than the first
const FADE = [0.15, 0.75] // share of the time in which the echoes change
const SETTLE = 0.88 // from here the gliding homes give way to the new picture's own pixels
const NUMBERS = 7 // for each home: from x, y, side, to x, y, side (parts of the picture's width), delay

/**
 * Pure. Where each home comes from and goes to: a Float32Array of NUMBERS for each, in parts of the picture's width.
 * The wave runs from the middle outwards.
 */
export function planMoves(moves, before, after) {
  const numbers = new Float32Array(moves.length * NUMBERS)
  const oldSide = 1 / before.columns
  const newSide = 1 / after.columns
  const height = after.rows / after.columns
  const stretch = height / (before.rows / before.columns) // the grids' shapes differ by a little
  moves.forEach(({ from, to }, index) => {
    const at = index * NUMBERS
    numbers[at] = (from % before.columns) * oldSide
    numbers[at + 1] = Math.floor(from / before.columns) * oldSide * stretch
    numbers[at + 2] = oldSide
    numbers[at + 3] = (to % after.columns) * newSide
    numbers[at + 4] = Math.floor(to / after.columns) * newSide
    numbers[at + 5] = newSide
    const reach = Math.hypot(numbers[at] - 0.5, numbers[at + 1] - height / 2) / Math.hypot(0.5, height / 2)
    numbers[at + 6] = Math.min(1, reach) * WAVE
  })
  return numbers
}

/** Pure. A home at time t (0 to 1): {x, y, side} in parts of the picture's width. */
export function moveAt(numbers, index, t) {
  const at = index * NUMBERS
  const way = easeInOut(Math.min(1, Math.max(0, (t - numbers[at + 6]) / (1 - WAVE))))
  const lift = Math.sin(Math.PI * way)
  const side = (numbers[at + 2] + (numbers[at + 5] - numbers[at + 2]) * way) * (1 + lift * 0.35)
  const spread = (side - (numbers[at + 2] + (numbers[at + 5] - numbers[at + 2]) * way)) / 2
  return {
    x: numbers[at] + (numbers[at + 3] - numbers[at]) * way - spread,
    y: numbers[at + 1] + (numbers[at + 4] - numbers[at + 1]) * way - spread,
    side,
  }
}

/**
 * @param {object} before, after  sheets (picture.js)
 * @param {{photo: number, from: number, to: number}[]} moves
 * @param {number} start  may lie ahead: until then the old picture is shown
 * @param {number} duration  GROWTH_TIME, REVEAL_TIME or CALM_TIME
 */
export function createMorph(before, after, moves, start, duration) {
  const numbers = planMoves(moves, before, after)
  const old = before.canvas
  const indexOf = new Map(moves.map(({ photo }, index) => [photo, index]))

  return {
    before,
    duration,
    hasBegun: (now) => now >= start,
    isOver: (now) => now >= start + duration,
    /** How far a home has moved from its old place: {dx, dy} in parts of the picture's width, to hold the view on it. */
    shiftOf(index, now) {
      const { x, y, side } = moveAt(numbers, index, (now - start) / duration)
      const at = index * NUMBERS
      return { dx: x + side / 2 - (numbers[at] + numbers[at + 2] / 2), dy: y + side / 2 - (numbers[at + 1] + numbers[at + 2] / 2) }
    },
    /** Where a photo's home is on its way, or undefined when it does not move. */
    rectOf: (photo, now) => indexOf.has(photo) && moveAt(numbers, indexOf.get(photo), Math.min(1, (now - start) / duration)),
    /** Draws into the rectangle of the picture, all in device pixels. */
    draw(context, x, y, width, height, size, now) {
      const t = Math.min(1, Math.max(0, (now - start) / duration))
      context.drawImage(old, x, y, width, height)
      context.globalAlpha = easeInOut(Math.min(1, Math.max(0, (t - FADE[0]) / (FADE[1] - FADE[0]))))
      context.drawImage(after.canvas, x, y, width, height)
      context.globalAlpha = t < SETTLE ? 1 : 1 - (t - SETTLE) / (1 - SETTLE)
      for (let index = 0; index < moves.length; index++) {
        const home = moveAt(numbers, index, t)
        const left = x + home.x * width
        const top = y + home.y * width
        const side = home.side * width
        if (left + side < 0 || top + side < 0 || left > size.width || top > size.height) continue
        const [sx, sy] = before.corner(moves[index].from)
        context.drawImage(old, sx, sy, before.cellPixels, before.cellPixels, left, top, side, side)
      }
      context.globalAlpha = 1
    },
  }
}
