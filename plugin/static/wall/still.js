/**
 * What stands still, on a canvas of its own in device pixels: a thousand small pictures are drawn once and not in every frame.
 *
 *   still.begin(view, size)       forgets everything where the view or the size is another than before: true then
 *   still.has(cell, what)         whether the cell stands there, as that
 *   still.put(cell, what, draw)   draw(context)
 *   still.drop(cell, box)         it changes, or moves
 *   still.show(context)
 */
export function createStill({ canvas = document.createElement("canvas") } = {}) {
  const context = canvas.getContext("2d")
  const there = new Map() // cell -> what
  let seen = ""

  return {
    begin(view, { width, height }) {
      const now = [view, width, height].join(" ")
      if (now === seen) return false
      seen = now
      there.clear()
      Object.assign(canvas, { width, height }) // which empties it
      context.imageSmoothingQuality = "high"
      return true
    },
    has: (cell, what) => there.get(cell) === what,
    put(cell, what, draw) {
      draw(context)
      there.set(cell, what)
    },
    drop(cell, { left, top, width, height }) {
      if (there.delete(cell)) context.clearRect(left, top, width, height)
    },
    show(onto) {
      if (there.size) onto.drawImage(canvas, 0, 0)
    },
  }
}
