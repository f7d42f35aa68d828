/**
 * The wall in a narrow panel, where the whole picture is a low band. Whole on opening; then it fills what is free, and
 * wanders slowly to what has just arrived, and else to homes that this viewer has not come by yet. Whoever touches the
 * wall has it for themselves for a while.
 *
 *   const wander = createWander({ wall, view, isFree, reducedMotion, onShown });  wander.rest()  wander.stop()
 *
 * onShown(photo) is told whose home it stayed at. isFree() says whether nothing else has the viewer's eye: no sheet is open, the wall is shown.
 */
export const WHOLE_FOR = 4000 // ms at the beginning
export const DRIFT = 4000 // ms from one home to the next
export const STAY = 8000 // ms there
export const REST = 60 * 1000 // ms after a touch
export const LOOK_AGAIN = 1000 // ms while it may not move
const BAND = 0.6 // a picture that covers less of what is free is a band
const LEAST_CELL = 44 // CSS pixels: a face can be told from a mug
const CHOICES = 6 // the nearest of so many, so that the way is short

export function createWander({ wall, view, isFree = () => true, reducedMotion = () => false, onShown = () => {}, random = Math.random, clock = globalThis }) {
  const seen = new Set()
  let landed = null // the newest that has not been gone to
  let at = null // the home where it is
  let staysAt = null // the photo there, until its time is over
  let timer = 0

  const next = (milliseconds) => {
    clock.clearTimeout(timer)
    timer = clock.setTimeout(step, milliseconds)
  }

  function step() {
    if (staysAt !== null) onShown(staysAt)
    staysAt = null
    if (reducedMotion() || view.wholeShare >= BAND || !isFree() || !wall.homes.size) return next(LOOK_AGAIN)
    const photo = wall.homeOf(landed) === null ? unseen() : landed
    landed = null
    const cell = wall.homeOf(photo)
    const duration = at === cell ? 0 : DRIFT
    seen.add(photo)
    at = cell
    staysAt = photo
    if (duration) view.driftTo(cell, { cellSize: Math.max(LEAST_CELL, view.fillingCell), duration })
    next(duration + STAY)
  }

  /** One of a few homes that this viewer has not come by, the nearest; once all are seen it begins anew. */
  function unseen() {
    const homes = [...wall.homes.keys()]
    let open = homes.filter((photo) => !seen.has(photo))
    if (!open.length) {
      seen.clear()
      open = homes
    }
    const some = Array.from({ length: CHOICES }, () => open[Math.floor(random() * open.length)])
    return some.reduce((best, photo) => (far(photo) < far(best) ? photo : best))
  }

  function far(photo) {
    if (at === null) return 0
    const cell = wall.homeOf(photo)
    const across = (cell % wall.columns) - (at % wall.columns)
    return Math.hypot(across, Math.floor(cell / wall.columns) - Math.floor(at / wall.columns))
  }

  const stopListening = wall.subscribe(({ type, landed: arrived = [] }) => {
    if (type === "change" && arrived.length) landed = arrived.at(-1)
  })
  next(WHOLE_FOR)

  return {
    /** Somebody has the wall in their hand. */
    rest() {
      at = staysAt = null
      next(REST)
    },
    stop() {
      clock.clearTimeout(timer)
      stopListening()
    },
  }
}
