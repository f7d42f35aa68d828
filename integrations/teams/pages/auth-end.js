/**
 * The end of the small window in which Microsoft asks: its answer goes to the page that opened it, and the window closes.
 * The code in it is good once, and only the service can use it.
 */
import { byId, el } from "../../../plugin/static/ui/kit/dom.js"
import { translated } from "../../../plugin/static/words/languages.js"
import { createClient } from "../client.js"
import { words as own } from "../words.js"

const words = translated(own.popup)
const { code, state, error } = Object.fromEntries(new URLSearchParams(location.search))
history.replaceState(null, "", location.pathname) // out of the history and of screenshots

const isGiven = Boolean(code && state)
byId("notice").hidden = true
byId("room").replaceChildren(
  el("h1", {}, isGiven ? words.done : words.stopped),
  el("p.lead", { role: "status" }, isGiven ? words.doneMore : words.stoppedMore),
)

const client = createClient()
if ((await client.started) === "ready") {
  const told = isGiven ? { result: JSON.stringify({ code, state }) } : { reason: error === "access_denied" ? "CancelledByUser" : (error ?? "failed") }
  await client.call("answerPopup", told).catch(() => {})
}
