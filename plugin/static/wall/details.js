/**
 * Details: square parts of a photo that an echo may show instead of the whole. A detail is a number, 0 is the whole photo,
 * then come parts of 60 % of its side, of 40 % and of 25 %, row by row: the same as in worker/pictures/details.py.
 */

const KINDS = [
  { side: 1, places: 1 },
  { side: 0.6, places: 3 },
  { side: 0.4, places: 4 },
  { side: 0.25, places: 6 },
]

/** Where a detail lies on the photo's square: {left, top, side} in parts of its side. */
export function boxOfDetail(detail) {
  let place = detail
  for (const { side, places } of KINDS) {
    if (place < places * places) {
      const step = places > 1 ? (1 - side) / (places - 1) : 0
      return { left: (place % places) * step, top: Math.floor(place / places) * step, side }
    }
    place -= places * places
  }
  return { left: 0, top: 0, side: 1 } // of a newer service: the whole is never wrong
}

/** The same on a picture of so many pixels a side: {x, y, side}. */
export function cropOfDetail(detail, pixels) {
  const { left, top, side } = boxOfDetail(detail)
  return { x: Math.round(left * pixels), y: Math.round(top * pixels), side: Math.round(side * pixels) }
}
