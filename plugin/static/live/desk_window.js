/**
 * How the desk knows its host: by the host link, or because the panel of a host opened it in a window of its own. What that
 * panel handed over is good once; what the service gives for it is kept as long as this window, and not in the browser.
 *
 *   const entry = createEntry({ code })    entry.hostKey (null without the link)  entry.isKnown  entry.joinBody()  entry.note(answer)
 */
import { takeFragment } from "./address.js"
import { createHosting } from "./hosting.js"
import { ofWindow } from "./store.js"

const HANDED = "desk="

export function createEntry({ code, take = takeFragment, hosting = createHosting(), window = ofWindow() }) {
  let handed = take(HANDED)
  const name = `mosaic:desk:${code}`
  if (handed) window.set(name, "")
  let kept = handed ? "" : window.get(name)
  const hostKey = handed || kept ? null : hosting.keyOf(code)

  return {
    hostKey,
    get isKnown() {
      return Boolean(handed || kept || hostKey)
    },
    joinBody() {
      if (handed) return { code, desk: handed }
      return kept ? { code, return_key: kept } : { code, host_key: hostKey }
    },
    note(answer) {
      if (hostKey) return
      handed = null
      kept = answer.return_key
      window.set(name, kept)
    },
  }
}
