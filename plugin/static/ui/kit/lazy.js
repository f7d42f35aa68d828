/**
 * A part of the page that is fetched when it is first wanted. What did not come, on a bad line say, is asked for again the
 * next time; a promise kept for ever would leave that button dead until a reload.
 *
 *   const line = lazily(() => import("../together/line.js").then(({ createLine }) => createLine(...)))
 *   await line()   the part, the same each time; or fails with words for the person
 *   lazily(fetch, sorry)  fails with other words
 *   line.isThere   whether it was wanted before and came, or is on its way
 */
import { words } from "../../words/words.js"

export function lazily(fetchPart, sorry = words.lost.part) {
  let coming = null

  async function part() {
    const mine = (coming ??= fetchPart())
    try {
      return await mine
    } catch (cause) {
      if (coming === mine) coming = null
      throw new Error(sorry, { cause })
    }
  }

  return Object.defineProperty(part, "isThere", { get: () => coming !== null })
}
