/**
 * What this browser keeps of the walls that were started in it.
 *
 *   const hosting = createHosting()
 *   hosting.keyOf(code)                    the host's key, from the fragment of the host link or an earlier visit; or null
 *   hosting.kept(code)                     the key, from an earlier visit only; or null
 *   hosting.started()                      [{code, name}], newest first
 *   hosting.remember({code, name, key})    hosting.forget(code)
 */
import { takeFragment } from "./address.js"
import { createStore } from "./store.js"

const MOST = 12

export function createHosting({ store = createStore() } = {}) {
  const keep = (walls) => store.set("started", JSON.stringify(walls.slice(0, MOST)))
  const others = (code) => started().filter((each) => each.code !== code)

  function started() {
    try {
      return JSON.parse(store.get("started") ?? "[]")
    } catch {
      return []
    }
  }

  return {
    started,
    kept: (code) => store.get(`host:${code}`),
    keyOf(code) {
      const key = takeFragment()
      if (key) store.set(`host:${code}`, key)
      return key ?? store.get(`host:${code}`)
    },
    remember({ code, name, key }) {
      store.set(`host:${code}`, key)
      keep([{ code, name }, ...others(code)])
    },
    forget(code) {
      store.remove(`host:${code}`)
      keep(others(code))
    },
  }
}
