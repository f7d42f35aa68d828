/**
 * Bringing the wall to everybody: invitations, the shared screen, collaborate mode; and for those who may do none of it,
 * the link and the code to pass on. What cannot be done here says what to do instead.
 *
 *   const pins = createPins({ api, boot, platform, onSharing })   platform.pin: see live/platform.js
 *   pins.button   pins.refresh()
 */
import { copyButton, invitation, readable } from "../kit/copy.js"
import { el, iconButton, showError } from "../kit/dom.js"
import { afterPress } from "../kit/press.js"
import { openSheet } from "../kit/sheet.js"
import { words as everywhere } from "../../words/client.js"

export function createPins({ api, boot, platform, onSharing }) {
  const { pin, title } = platform
  const words = { ...everywhere, pin: { ...everywhere.pin, ...platform.words.pin } }
  const button = iconButton("pin", words.pin.open, open, "pin")
  const said = el("p.small.pin-said", { role: "status" })
  const error = el("p.error", { role: "alert", hidden: true })
  const controls = el("div.pin-controls")
  const hosting = el("div")
  let forHosts = null // whether it shows what hosts find
  let sheet = null
  let invited = false
  let busy = false

  pin.subscribe(() => {
    onSharing(pin.sharing)
    if (pin.sharing && pin.showsPanel) sheet?.close() // it is on the screen that everybody sees
    refresh()
  })

  /** Hosts, co-hosts and whoever organizes a breakout room; the others pass the link on. */
  const mayPin = () => Boolean(platform.meeting?.can_pin)

  function open() {
    if (sheet) return
    said.textContent = ""
    showError(error, null, null)
    build()
    forHosts = null
    showForHosts()
    const body = el("div.sheet-body", {}, controls, said, error, passOn(), hosting)
    sheet = openSheet({
      title: mayPin() ? words.pin.title : words.pin.passTitle,
      body,
      kind: "pins",
      onClose: () => {
        sheet = null
      },
    })
  }

  function refresh() {
    const label = mayPin() ? words.pin.open : words.pin.passTitle
    button.setAttribute("aria-label", label)
    button.title = label
    if (!sheet) return
    build()
    showForHosts()
  }

  /** What only hosts find here comes and goes with their part. */
  function showForHosts() {
    if (forHosts === mayPin()) return
    forHosts = mayPin()
    hosting.replaceChildren(...[hostsPart(), deskPart()].filter(Boolean))
  }

  function build() {
    afterPress(controls, buildNow)
  }

  function buildNow() {
    const focused = controls.contains(document.activeElement) ? document.activeElement.dataset.does : null
    controls.replaceChildren(...(mayPin() ? [inviting(), showing(), collaborating()].flat().filter(Boolean) : []))
    if (focused) controls.querySelector(`[data-does="${focused}"]`)?.focus()
  }

  function inviting() {
    const { can, why } = pin.available().invite
    if (!can) return instead("invite", why)
    return [
      action("invite", invited ? words.pin.inviteAgain : words.pin.invite, async () => {
        const whom = await pin.invite()
        invited = true
        return whom === "everybody" ? words.pin.invited(title) : words.pin.invitedSome(title)
      }, "main"),
      el("p.small", {}, words.pin.inviteMore(title)),
      invited && pin.canInviteSome && action("inviteSome", words.pin.inviteSome, async () => {
        await pin.inviteSome()
        return words.pin.invitedSome(title)
      }),
    ]
  }

  function showing() {
    const { can, why } = pin.available().share
    if (pin.sharing) return [el("p", {}, words.pin.sharing), action("stop", words.pin.stop, () => pin.stopSharing())]
    if (!can) return instead("share", why)
    return [action("share", words.pin.share, show), el("p.small", {}, words.pin.shareMore)]
  }

  /** First the wall as it may be shown, then the screen: nobody without consent is seen in between. */
  async function show() {
    await onSharing(true)
    try {
      await pin.share()
    } catch (failure) {
      onSharing(false)
      throw failure
    }
    if (pin.showsPanel) sheet?.close()
  }

  function collaborating() {
    if (pin.collaborating) return action("stopCollaborating", words.pin.stopCollaborating, () => pin.stopCollaborating())
    const { can, why } = pin.available().collaborate
    if (!can) return instead("collaborate", why)
    const open = action("collaborate", words.pin.collaborate, async () => {
      await pin.collaborate()
      return words.pin.collaborating
    })
    return [open, el("p.small", {}, words.pin.collaborateMore(title))]
  }

  /** What to do instead: what is so in any client, or the platform's own reason. */
  function instead(what, why) {
    const text = words.pin.why(title)[what]?.[why] ?? platform.words.why?.[what]?.[why]
    return text && el("p.small", {}, text)
  }

  function action(does, text, run, kind = "") {
    const press = async () => {
      if (busy) return // a double tap
      busy = true
      showError(error, null, null)
      said.textContent = ""
      try {
        said.textContent = (await run()) ?? ""
      } catch (failure) {
        const failed = { ...words.pin.failed(title), ...platform.words.failed }
        showError(error, null, failed[failure.code] ?? failed[failure.reason] ?? failed.other)
      }
      busy = false
      build()
    }
    return el("button.button.wide", { type: "button", class: kind, dataset: { does }, on: { click: press } }, text)
  }

  /** The way in for those without the app: a browser or a phone. */
  function passOn() {
    const room = platform.meeting?.room // whoever comes by its link is in the room too
    const inRoom = room ? `?room=${room}` : ""
    const link = `${boot.base_url ?? location.origin}/e/${boot.code}${inRoom}`
    return el(
      "div.part.pass-on",
      {},
      mayPin() && el("h3", {}, words.pin.passTitle),
      el("p.small", {}, words.pin.pass),
      platform.openingUrl && inviteRow(words.pin.chat, words.pin.forChat({ name: boot.name, opening: platform.openingUrl, link, code: boot.code })),
      invitation(boot.code, `/qr/${boot.code}.svg${inRoom}`),
      el("div.link-row", {}, el("div", {}, el("span.small", {}, words.pin.link), el("span.pass-link", {}, readable(link))), copyButton(link, words.pin.link)),
    )
  }

  /** A text to paste into the meeting's chat. */
  function inviteRow(label, text) {
    return el("div.link-row", {}, el("p", {}, label), copyButton(text, label))
  }

  /** For hosts: with whom they run the wall. */
  function hostsPart() {
    if (!mayPin()) return null
    const place = el("div")
    import("../desk/hosts.js").then(({ createHosts }) => {
      const hosts = createHosts({ api })
      place.append(hosts.element)
      return hosts.look()
    }).catch(() => {}) // the rest of the sheet needs none of it
    return place
  }

  function deskPart() {
    const url = platform.deskUrl
    if (!url || !mayPin()) return null
    const go = () => platform.openUrl(url)
    return el(
      "div.part",
      {},
      el("h3", {}, words.pin.desk),
      el("p.small", {}, words.hostSecret),
      el("div.answers", {}, el("button.button", { type: "button", on: { click: go } }, words.pin.openDesk), copyButton(url, words.pin.desk)),
    )
  }

  return { button, refresh }
}
