/**
 * The phone's way in: a QR code of a link that works once, for ten minutes, and speaks for the same person.
 *
 *   const phone = createPhone({ api, how, waiting })   what is said beside the code; `waiting` "" where nothing is waited for
 *   phone.element   phone.start()   phone.stop()
 */
import { copyButton } from "../kit/copy.js"
import { el } from "../kit/dom.js"
import { words } from "../../words/panel.js"

export function createPhone({ api, how = words.phone.how, waiting = words.phone.waiting, clock = globalThis }) {
  const element = el("div.phone")
  let timer = 0
  let asked = 0

  async function start() {
    stop()
    const mine = ++asked
    element.replaceChildren(el("span.phone-code"), el("p", {}, how))
    try {
      const shown = await api.post("/api/me/pairing")
      if (mine === asked) show(shown)
    } catch (error) {
      if (mine === asked) showEnd(error.status === 429 ? error.message : words.phone.failed)
    }
  }

  function show({ url, qr_url, expires_in }) {
    timer = clock.setTimeout(() => showEnd(words.phone.over), expires_in * 1000)
    element.replaceChildren(
      el("img.phone-code", { src: qr_url, alt: words.phone.qr, width: 168, height: 168 }),
      el("div", {}, el("p", {}, how), waiting && el("p.small", { role: "status" }, waiting), copyButton(url, words.phone.copyLink)),
    )
  }

  function showEnd(text) {
    element.replaceChildren(
      el("p", { role: "status" }, text),
      el("button.button", { type: "button", on: { click: start } }, words.phone.anew),
    )
  }

  function stop() {
    asked++
    clock.clearTimeout(timer)
  }

  return { element, start, stop }
}
