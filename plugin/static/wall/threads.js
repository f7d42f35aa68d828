/**
 * Threads: fine lines between the homes of people who said hello to each other. Whose they are is known only to the two;
 * everybody's lines end near their homes. One's own are brighter and bear the other's name.
 *
 *   const threads = createThreads()
 *   threads.set({ pairs: [[photo, photo]], own: [{ photos: [mine, theirs], name }] })
 *   threads.draw(context, placeOf, { now, pixelRatio, accent, still }) -> true while they still fade in
 */

const FADE_IN = 900 // milliseconds
const BOW = 0.16 // how far a line bends, in lengths of itself
const NAMED = 6 // more names than that cover the picture

export function createThreads() {
  let pairs = []
  let own = []
  const born = new Map() // pair -> when it was first drawn
  let changed = () => {}

  function draw(context, placeOf, { now, pixelRatio, accent, still }) {
    let fading = false
    const strength = (key) => {
      if (!born.has(key)) born.set(key, still ? -Infinity : now)
      const share = Math.min(1, (now - born.get(key)) / FADE_IN)
      if (share < 1) fading = true
      return share
    }
    for (const [a, b] of pairs) line(context, placeOf(a), placeOf(b), { alpha: 0.34 * strength(`${a} ${b}`), width: 1.1 * pixelRatio, colour: "#fff" })
    for (const { photos: [a, b] } of own)
      line(context, placeOf(a), placeOf(b), { alpha: 0.95 * strength(`own ${a} ${b}`), width: 2 * pixelRatio, colour: accent })
    const taken = []
    for (const { photos, name } of own.slice(0, NAMED)) if (name) label(context, placeOf(photos[1]), name, pixelRatio, taken)
    context.globalAlpha = 1
    return fading
  }

  return {
    draw,
    set(next) {
      pairs = next.pairs ?? pairs
      own = (next.own ?? own).filter(({ photos }) => photos[0] && photos[1])
      changed()
    },
    /** The wall that draws them wants to know of changes. */
    onChange(listener) {
      changed = listener
    },
    get count() {
      return pairs.length
    },
  }
}

function line(context, from, to, { alpha, width, colour }) {
  if (!from || !to || alpha <= 0) return
  const { x, y } = bend(from, to)
  for (const [stroke, thick, share] of [["rgb(0 0 0)", width * 2.2, 0.5], [colour, width, 1]]) {
    context.globalAlpha = alpha * share
    context.strokeStyle = stroke
    context.lineWidth = thick
    context.lineCap = "round"
    context.beginPath()
    context.moveTo(from.x, from.y)
    context.quadraticCurveTo(x, y, to.x, to.y)
    context.stroke()
  }
}

/** The point that the curve is drawn to: beside the middle, on the same side whichever end comes first. Pure. */
export function bend(from, to) {
  const [a, b] = from.x < to.x || (from.x === to.x && from.y < to.y) ? [from, to] : [to, from]
  return { x: (a.x + b.x) / 2 + (b.y - a.y) * BOW, y: (a.y + b.y) / 2 - (b.x - a.x) * BOW }
}

/** A name that fits under a photo; an emoji of several parts is one letter, wherever the browser can tell. */
export function shortName(name) {
  const letters = Intl.Segmenter ? Array.from(new Intl.Segmenter().segment(name), (each) => each.segment) : [...name]
  return letters.length > 18 ? `${letters.slice(0, 17).join("")}…` : name
}

/** A name under its home; left out where another one is already. */
function label(context, place, name, pixelRatio, taken) {
  if (!place) return
  const size = 11 * pixelRatio
  context.globalAlpha = 1
  context.font = `600 ${size}px system-ui, sans-serif`
  context.textAlign = "center"
  context.textBaseline = "middle"
  const text = shortName(name)
  const width = context.measureText(text).width + size
  const half = width / 2 + 2 * pixelRatio
  const x = Math.min(Math.max(place.x, half), Math.max(half, context.canvas.width - half))
  const under = place.y + place.side / 2 + size
  const y = under + size > context.canvas.height ? place.y - place.side / 2 - size : under
  if (taken.some((each) => Math.abs(each.x - x) < (each.width + width) / 2 && Math.abs(each.y - y) < size * 1.7)) return
  taken.push({ x, y, width })
  context.fillStyle = "rgb(20 16 12 / .78)"
  context.beginPath()
  context.roundRect(x - width / 2, y - size * 0.8, width, size * 1.6, size * 0.8)
  context.fill()
  context.fillStyle = "#fff"
  context.fillText(text, x, y)
}
