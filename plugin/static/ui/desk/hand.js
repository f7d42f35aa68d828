/**
 * The host's part of the panel: a button with the number of what waits, for whoever hosts the event by now, or sits where
 * its host link is kept. What it opens is loaded when somebody first wants it.
 *
 *   const hand = createHand({ api, code, maxBytes, platform, myself, say })   hand.button   hand.look()
 *   say(text) tells what went wrong
 */
import { createApi } from "../../live/api.js"
import { createHosting } from "../../live/hosting.js"
import { el, iconButton } from "../kit/dom.js"
import { lazily } from "../kit/lazy.js"
import { words } from "../../words/panel.js"

const LOOK_EVERY = 5000 // milliseconds
const LOOK_HIDDEN = 30 * 1000
const GONE = [401, 403, 404]
const say = words.host

export function createHand({ api, code, maxBytes, platform, myself, say: tell }) {
  const badge = el("span.badge", { hidden: true, "aria-hidden": "true" })
  const button = iconButton("desk", say.open, open, "hand")
  button.setAttribute("aria-haspopup", "dialog")
  button.append(badge)
  button.hidden = true
  const part = lazily(() => import("./handsheet.js"))
  const key = code && createHosting().kept(code)
  let keyed = null // the host link's own way in, where this browser keeps one
  let keyCounts = Boolean(key)
  let sheet = null
  let opening = false
  let timer = 0

  const isHost = () => ["host", "co_host"].includes(myself.now.attendee.role)
  const byKey = () => (keyed ??= createApi({ join: () => ({ code, host_key: key }) }))
  const mine = () => (isHost() ? api : keyCounts ? byKey() : null)

  /** Their part comes and goes with what a platform says and a host decides. */
  function follow() {
    const may = mine() !== null
    if (may === !button.hidden) return
    button.hidden = !may
    clearTimeout(timer)
    if (may) look()
    else sheet?.close()
  }

  async function look() {
    clearTimeout(timer)
    const asked = mine()
    if (!asked) return follow()
    try {
      const { photos, reports } = await asked.get("/api/host/waits", { cache: "no-store" })
      showNumber(photos + reports)
    } catch (error) {
      if (GONE.includes(error.status)) lost(asked)
    }
    timer = setTimeout(look, document.hidden ? LOOK_HIDDEN : LOOK_EVERY)
  }

  /** The link is good no more, or the role was taken back, which the panel is about to hear. */
  function lost(asked) {
    if (asked !== api) keyCounts = false
    else myself.refresh().catch(() => {})
    follow()
  }

  function showNumber(number) {
    badge.hidden = !number
    badge.textContent = number > 99 ? "99+" : new Intl.NumberFormat(document.documentElement.lang).format(number)
    const label = number ? `${say.open}. ${say.waits(number)}` : say.open
    button.setAttribute("aria-label", label)
    button.title = label
  }

  async function open() {
    const asked = mine()
    if (sheet || opening || !asked) return
    opening = true
    try {
      const { openHand } = await part()
      sheet = openHand({
        api: asked,
        maxBytes,
        openDesk: () => openDesk(asked),
        onLook: look,
        onClose: () => {
          sheet = null
        },
      })
    } catch (error) {
      tell(error.message)
    }
    opening = false
  }

  /** In a window of its own: with the host link where this browser has it, else with a text that opens it once. */
  async function openDesk(asked) {
    const url = asked === api ? (await api.post("/api/host/window", {})).url : new URL(el("a", { href: `/host/${code}` }).href).href
    if (platform.openUrl) await platform.openUrl(url)
    else globalThis.open(url, "_blank", "noopener")
  }

  myself.subscribe(follow)
  follow()
  return { button, look }
}
