/**
 * Those who stand in line with somebody: a small photo of each, the name, a hello for later. A tap on a photo tells more.
 *
 *   const faces = makeFaces({ mayGreet, onHello(person), onTalk(hello) })    mayGreet() -> whether hellos are possible
 *   faces.element  faces.show([{person, hello}])  faces.close()
 */
import { thumbAddress } from "../../wall/state.js"
import { el, renew } from "../kit/dom.js"
import { words } from "../../words/panel.js"

export function makeFaces({ mayGreet, onHello, onTalk }) {
  const list = el("ul.plain.line-faces")
  const about = el("div.line-about", { id: "line-about", hidden: true })
  let people = []
  let opened = null // the photo id of whom more is told
  let shown = ""

  function show(next) {
    people = next
    const key = JSON.stringify([opened, mayGreet(), next.map(({ person, hello }) => [person.id, person.name, person.key, person.story, person.title, hello?.state])])
    if (key === shown) return
    shown = key
    if (!next.some(({ person }) => person.id === opened)) opened = null
    list.classList.toggle("one", next.length === 1)
    const hadFocus = list.contains(document.activeElement)
    renew(list, ...next.map(face))
    if (hadFocus && !list.contains(document.activeElement)) list.querySelector(".stander-said")?.focus({ preventScroll: true })
    const person = opened === null ? null : next.find((each) => each.person.id === opened)?.person
    about.hidden = !person
    renew(about, ...(person ? [person.title && el("p.small", { dir: "auto" }, person.title), el("p", { dir: "auto" }, person.story || "…")].filter(Boolean) : []))
  }

  function face({ person, hello }, _at, all) {
    const name = person.name || words.nobody
    const picture = person.key ? el("img", { src: thumbAddress(person.key, 128), alt: "", width: 56, height: 56 }) : el("span.face.large")
    const label = el("b", {}, el("bdi", {}, name))
    if (all.length === 1) {
      return el("li.stander", {}, picture, el("div", {}, label, person.title && el("p.small", { dir: "auto" }, person.title), el("p", { dir: "auto" }, person.story), greeting(person, hello, name)))
    }
    const button = el(
      "button.stander-face",
      { type: "button", "aria-expanded": String(opened === person.id), "aria-controls": about.id, "aria-label": words.lineAbout(name), on: { click: () => toggle(person.id) } },
      picture,
      label,
    )
    return el("li.stander", {}, button, greeting(person, hello, name))
  }

  function greeting(person, hello, name) {
    if (!person.id) return null
    if (hello?.state === "sent") return el("span.small.stander-said", { tabindex: "-1" }, words.lineHelloSent)
    if (hello) return el("button.link", { type: "button", on: { click: () => onTalk(hello) } }, words.conversation)
    if (!mayGreet()) return null
    return el("button.link", { type: "button", "aria-label": words.lineHelloTo(name), on: { click: () => onHello(person) } }, words.sayHello)
  }

  function toggle(id) {
    opened = opened === id ? null : id
    show(people)
  }

  return {
    element: el("div", {}, list, about),
    show,
    close() {
      opened = null
    },
  }
}
