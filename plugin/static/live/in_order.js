/**
 * An api whose answers never fall behind what its user did: a question that was on its way while something was done is
 * asked again, because an answer from before it would undo it on the screen until the next look.
 *
 *   const api = inOrder(createApi({ … }))
 *
 * post, patch, remove and postForm count as doing; get waits for those under way, except for uploads (postForm).
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

  async function get(...given) {
    for (;;) {
      const before = acts
      const answer = await api.get(...given)
      if (acts === before && !underWay.size) return answer
      await Promise.allSettled(underWay)
    }
  }

  return {
    ...api,
    get,
    post: counted(api.post, true),
    patch: counted(api.patch, true),
    remove: counted(api.remove, true),
    postForm: counted(api.postForm, false),
  }
}
