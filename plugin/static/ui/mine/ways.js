/** "This is me": the ways in which a panel that does not know its person learns who it is. Loaded when first wanted. */
import { el } from "../kit/dom.js"
import { textField } from "../kit/form.js"
import { openSheet } from "../kit/sheet.js"
import { createScreenCode } from "./screens.js"
import { words } from "../../words/panel.js"

const say = words.known

/** onKnown(answer): it is known now. onCode(code): somebody typed the code of another screen. */
export function openWays({ api, me, means, onKnown, onCode }) {
  const known = async (answer) => {
    sheet.close()
    await onKnown(answer)
  }
  const screen = createScreenCode({ api, means, onKnown: known })
  const parts = [
    me.now.means?.mail && byMail({ api, means, onKnown: known }),
    el("section.part", { "aria-labelledby": "by-device" }, el("h3", { id: "by-device" }, say.device), screen.element),
    el("p.small.part", {}, say.link),
    !me.isUnknown && el("p.part", {}, el("button.link", { type: "button", on: { click: type } }, say.connect)),
  ]
  const sheet = openSheet({
    title: say.isMe,
    body: el("div.sheet-body", {}, el("p", {}, say.intro), parts),
    kind: "ways",
    onClose: () => screen.stop(),
  })

  async function type() {
    sheet.close()
    const { openConnect } = await import("./screens.js")
    openConnect({ onCode })
  }
}

/** An address, then the code that was mailed to it. Whether anybody is registered under it is not told. */
function byMail({ api, means, onKnown }) {
  const place = el("div")
  const element = el("section.part", { "aria-labelledby": "by-mail" }, el("h3", { id: "by-mail" }, say.mail), place)
  let address = ""

  function asking() {
    const field = textField({ label: say.address, value: address, needed: say.needAddress, autocomplete: "email", longest: 254 })
    field.element.querySelector("input").setAttribute("inputmode", "email")
    const send = el("button.button", { type: "submit" }, say.sendCode)
    const submit = async (event) => {
      event.preventDefault()
      if (!field.check()) return field.focus()
      send.disabled = true
      address = field.value
      try {
        const { ticket } = await api.post("/api/me/mail", { email: address })
        typing(ticket)
      } catch (error) {
        field.fail(error.message)
      }
      send.disabled = false
    }
    place.replaceChildren(el("form.way", { novalidate: true, on: { submit } }, field.element, send))
  }

  function typing(ticket) {
    const field = textField({ label: say.digits, needed: say.needDigits, autocomplete: "one-time-code", longest: 9 })
    field.element.querySelector("input").setAttribute("inputmode", "numeric")
    const go = el("button.button.main", { type: "submit" }, say.goOn)
    const submit = async (event) => {
      event.preventDefault()
      if (!field.check()) return field.focus()
      go.disabled = true
      try {
        await onKnown(await api.post("/api/me/mail/code", { ticket, digits: field.value, ...means.about }))
      } catch (error) {
        go.disabled = false
        field.fail(error.message)
        field.focus()
      }
    }
    const again = el("button.link", { type: "button", on: { click: () => (asking(), place.querySelector("input").focus()) } }, say.otherAddress)
    place.replaceChildren(
      el("form.way", { novalidate: true, on: { submit } }, el("p", { role: "status" }, say.sent(address)), field.element, go, again),
    )
    field.focus()
  }

  asking()
  return element
}

