/**
 * What the service says, in the order in which things happened, however the answers cross on their way.
 *
 *   const api = inOrder(createApi({ … }))     a question that an act of one's own overtook is asked again
 *   const refresh = inTurn(async () => …)     one at a time; a call while one runs gets the one after it
 */

/**
 * An answer from before what one just did would undo it on the screen until the next look, so it is not shown: the question
 * is asked again. Questions are the gets with `cache: "no-store"`; acts are post, patch, remove and postForm. A question
 * waits for the acts under way, except for uploads (postForm), which may take long.
 */
export function inOrder(api) {
  const underWay = new Set()
  let acts = 0

  const counted = (call, waitsFor) => async (...given) => {
    const act = call(...given)
    acts++
    if (waitsFor) underWay.add(act)
    try {
      return await act
    } finally {
      underWay.delete(act)
      acts++
    }
  }

  async function get(path, options) {
    for (;;) {
      const before = acts
      const answer = await api.get(path, options)
      if (options?.cache !== "no-store" || (acts === before && !underWay.size)) return answer
      await Promise.allSettled(underWay)
    }
  }

  return Object.assign(Object.create(api), {
    get,
    post: counted(api.post, true),
    patch: counted(api.patch, true),
    remove: counted(api.remove, true),
    postForm: counted(api.postForm, false),
  })
}

/** Two answers that cross would leave the older one standing: so nothing is asked before the last answer is there. */
export function inTurn(run) {
  let running = null
  let following = null

  return function turn() {
    if (running) {
      const after = () => {
        following = null
        return turn()
      }
      return (following ??= running.then(after, after))
    }
    running = run().finally(() => (running = null))
    return running
  }
}
