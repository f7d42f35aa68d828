/**
 * A cup of coffee seen from above, put together from small drawn pictures, one after the other: the product in one look.
 * Drawn, because we have no right to show anybody's photos here.
 */
import { reducedMotion } from "../kit/dom.js"

const SIDE = 30 // pictures in a row
const ARRIVE = 2400 // milliseconds until all are there
const LAND = 260 // milliseconds that one takes to land
const SWAP_EVERY = 900 // milliseconds between later arrivals

export function drawCup(canvas) {
  const pixels = Math.min(2, devicePixelRatio || 1) * canvas.width
  canvas.width = canvas.height = pixels
  const context = canvas.getContext("2d")
  const random = seeded(7)
  const pictures = Array.from({ length: SIDE * SIDE }, (_, cell) => picture(cell, random))
  const size = pixels / SIDE
  if (reducedMotion()) return pictures.forEach((each) => paint(context, each, size, 1))
  const start = performance.now()
  requestAnimationFrame(function frame(now) {
    const time = now - start
    context.clearRect(0, 0, pixels, pixels)
    for (const each of pictures) paint(context, each, size, Math.min(1, (time - each.at) / LAND))
    if (time < ARRIVE + LAND) requestAnimationFrame(frame)
    else keepArriving(context, pictures, size, random)
  })
}

/** From time to time another picture takes a place: it is never finished. */
function keepArriving(context, pictures, size, random) {
  setInterval(() => {
    if (document.hidden) return
    const each = pictures[Math.floor(random() * pictures.length)]
    Object.assign(each, picture(each.cell, random))
    const start = performance.now()
    requestAnimationFrame(function frame(now) {
      const done = Math.min(1, (now - start) / LAND)
      paint(context, each, size, done)
      if (done < 1) requestAnimationFrame(frame)
    })
  }, SWAP_EVERY)
}

function picture(cell, random) {
  const u = ((cell % SIDE) + 0.5) / SIDE - 0.5
  const v = (Math.floor(cell / SIDE) + 0.5) / SIDE - 0.5
  const [light, chroma, hue] = colour(u, v)
  const shift = (amount) => (random() - 0.5) * amount
  const base = [light + shift(0.05), Math.max(0, chroma + shift(0.03)), hue + shift(24)]
  return { cell, base, motif: Math.floor(random() * MOTIFS.length), turn: random(), at: random() * ARRIVE }
}

/** The picture to be formed: [lightness, chroma, hue] (OKLCH) at a point, both axes from -0.5 to 0.5. */
function colour(u, v) {
  const far = Math.hypot(u, v)
  const lit = -(u + v) * 0.16 // light comes from the upper left
  const shade = u + v > 0.04
  if (far < 0.2) {
    const shine = far > 0.115 && far < 0.165 && u + v < -0.13
    return shine ? [0.7, 0.09, 70] : [0.36 + lit * 0.5 + (far > 0.165 ? 0.13 : 0), 0.075, 52]
  }
  if (far < 0.262) return [0.97 + lit * 0.2, 0.008, 85] // the cup's rim
  // The handle points to the upper right; along and across are measured from its middle line.
  const along = (u - v) * Math.SQRT1_2
  const across = Math.abs((u + v) * Math.SQRT1_2)
  if (along > 0 && along < 0.4 && across < 0.052) return [0.985, 0.006, 85]
  if (far < 0.415) return [(far < 0.315 && shade ? 0.62 : 0.755) + lit * 0.4 + (far > 0.385 ? 0.07 : 0), 0.062, 222] // the saucer
  return [(far < 0.455 && shade ? 0.71 : 0.83) + lit * 0.3, 0.16, 80] // the table
}

/** Small pictures: each draws a second tone over the first. x, y, s: corner and size; t: chance from 0 to 1. */
const MOTIFS = [
  (c, x, y, s, t) => c.fillRect(x, y + s * (0.5 + t * 0.2), s, s * (0.5 - t * 0.2)), // a horizon
  (c, x, y, s, t) => disc(c, x + s * (0.35 + t * 0.3), y + s * 0.42, s * 0.26), // a sun
  (c, x, y, s) => {
    disc(c, x + s / 2, y + s * 0.38, s * 0.19) // a person
    disc(c, x + s / 2, y + s * 1.02, s * 0.38)
  },
  (c, x, y, s) => {
    c.fillRect(x + s * 0.26, y + s * 0.36, s * 0.38, s * 0.38) // a mug
    c.fillRect(x + s * 0.64, y + s * 0.44, s * 0.12, s * 0.18)
  },
  (c, x, y, s) => c.fillRect(x + s * 0.2, y + s * 0.2, s * 0.27, s * 0.6) || c.fillRect(x + s * 0.55, y + s * 0.2, s * 0.27, s * 0.6), // a window
  (c, x, y, s, t) => triangle(c, [x, y + s, x + s * (0.3 + t * 0.4), y + s * 0.3, x + s, y + s]), // a mountain
]

function disc(context, x, y, radius) {
  context.beginPath()
  context.arc(x, y, radius, 0, Math.PI * 2)
  context.fill()
}

function triangle(context, [a, b, c, d, e, f]) {
  context.beginPath()
  context.moveTo(a, b)
  context.lineTo(c, d)
  context.lineTo(e, f)
  context.fill()
}

function paint(context, { cell, base: [light, chroma, hue], motif, turn }, size, done) {
  if (done <= 0) return
  const eased = 1 - (1 - done) ** 3
  const grown = size * (1.7 - 0.7 * eased)
  const x = (cell % SIDE) * size + (size - grown) / 2
  const y = Math.floor(cell / SIDE) * size + (size - grown) / 2
  context.save()
  context.globalAlpha = eased
  context.beginPath()
  context.rect(x, y, grown - 1, grown - 1)
  context.clip()
  context.fillStyle = `oklch(${light} ${chroma} ${hue})`
  context.fillRect(x, y, grown, grown)
  context.fillStyle = `oklch(${light + (turn > 0.5 ? 0.07 : -0.075)} ${chroma} ${hue + 14})`
  MOTIFS[motif](context, x, y, grown, turn)
  context.restore()
}

/** The same cup at every visit (mulberry32). */
function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
