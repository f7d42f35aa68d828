/** When the break ends, once: those one stood in line with, each with a hello in one tap. Loaded then. */
import { thumbAddress } from "../../wall/state.js"
import { el, showError } from "../kit/dom.js"
import { openSheet } from "../kit/sheet.js"
import { words } from "../../words/panel.js"

/** openTouch({ api, people: [{person, hello}], onTalk, onSent, onSafety, onClosed }) -> { drop(photo) } */
export function openTouch({ api, people, onTalk, onSent, onSafety, onClosed }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const list = el("ul.plain.touch-list", {}, people.map(row))
  const done = el("button.button.wide", { type: "button", on: { click: () => sheet.close() } }, words.close)
  const sheet = openSheet({ title: words.touchTitle, body: el("div.sheet-body", {}, el("p.small", {}, words.touchMore), list, error), foot: el("div.sheet-foot", {}, done), modal: false, kind: "touch", onClose: onClosed })

  function row({ person, hello }) {
    const name = person.name || words.nobody
    const act = el("div.touch-act", { "aria-live": "polite" }, action(person, hello, name))
    const more = el("button.link", { type: "button", "aria-label": `${words.safety}: ${name}`, on: { click: () => onSafety({ photo: person.id, name }) } }, words.safety)
    return el("li.touch-row", { dataset: { photo: person.id } }, el("img", { src: thumbAddress(person.key, 128), alt: "", width: 56, height: 56 }), el("div", {}, el("b", {}, el("bdi", {}, name)), el("p.small", { dir: "auto" }, person.story)), el("div.touch-acts", {}, act, more))
  }

  function action(person, hello, name) {
    if (hello?.state === "sent") return el("span.small", {}, words.lineHelloSent)
    if (hello) return el("button.button", { type: "button", on: { click: () => leave(() => onTalk(hello)) } }, words.conversation)
    return el("button.button.main", { type: "button", "aria-label": words.helloTo(name), on: { click: (event) => send(event.currentTarget, person) } }, words.sayHello)
  }

  async function send(button, person) {
    button.disabled = true
    showError(error, null, null)
    try {
      const { hello } = await api.post("/api/hellos", { photo: person.id, opener: "line_touch" })
      const place = button.parentElement
      place.replaceChildren(action(person, hello, person.name || words.nobody))
      ;(place.querySelector("button") ?? done).focus({ preventScroll: true })
      onSent()
    } catch (failure) {
      button.disabled = false
      showError(error, null, failure.message)
    }
  }

  function leave(run) {
    sheet.close()
    run()
  }

  return {
    /** Somebody was blocked. */
    drop(photo) {
      list.querySelector(`[data-photo="${photo}"]`)?.remove()
      if (!list.children.length) sheet.close()
    },
  }
}
