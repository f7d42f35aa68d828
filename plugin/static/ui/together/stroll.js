/** The stroll: from photo to photo, those that you saw least first, in no order but chance. Pure. */

/**
 * The next photo's id, or null when there is none.
 * @param {Iterable<number>} ids   photos on the wall
 * @param {Map<number, number>} seen  how often you opened each
 * @param {Set<number>} skip   never these (your own, the one that is open)
 */
export function nextStop(ids, seen, skip, random = Math.random) {
  let least = Infinity
  let candidates = []
  for (const id of ids) {
    if (skip.has(id)) continue
    const times = seen.get(id) ?? 0
    if (times < least) [least, candidates] = [times, []]
    if (times === least) candidates.push(id)
  }
  return candidates.length ? candidates[Math.floor(random() * candidates.length)] : null
}

/** The neighbour of `id` in a list, `step` places on; goes round at the ends. */
export function neighbour(list, id, step) {
  if (!list.length) return null
  const at = list.indexOf(id)
  return at < 0 ? list[0] : list[(at + step + list.length) % list.length]
}

/**
 * The way one went: forward along it, back along it, and at its end on to whatever `ask` gives.
 *   trail.next(id) -> Promise<id | null>   trail.previous(id) -> id | null   trail.visit(id)
 */
export function createTrail({ ask }) {
  const walked = []
  let asking = null
  const placeOf = (id) => walked.lastIndexOf(id)
  return {
    next(id) {
      const at = placeOf(id)
      if (at >= 0 && at < walked.length - 1) return Promise.resolve(walked[at + 1])
      // A second press while the first is under way is one step.
      asking ??= Promise.resolve(ask(id))
        .then((stop) => {
          if (stop) walked.push(stop)
          return stop ?? null
        })
        .finally(() => {
          asking = null
        })
      return asking
    },
    previous: (id) => walked[placeOf(id) - 1] ?? null,
    /** Somebody was opened in another way: the trail leads on from there. */
    visit(id) {
      const at = placeOf(id)
      walked.length = at >= 0 ? at + 1 : walked.length
      if (walked.at(-1) !== id) walked.push(id)
    },
  }
}
