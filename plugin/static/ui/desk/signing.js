/**
 * Keys for signed links: how many count, another one, and giving up the one before. At the desk for one event, and on an
 * organizer's page for theirs.
 *
 *   const signing = createSigning({ call });  signing.element  signing.show({ kid, number })
 *   call(method, body) -> the answer of the address for such keys
 */
import { copyButton } from "../kit/copy.js"
import { attempting, el } from "../kit/dom.js"
import { words } from "../../words/desk.js"

const say = words.signing

export function createSigning({ call }) {
  const count = el("p.small", { role: "status" })
  const made = el("div.links")
  const error = el("p.error", { role: "alert", hidden: true })
  const attempt = attempting(error)
  const make = el("button.button", { type: "button", on: { click: another } }, say.make)
  const giveUp = el("button.button", { type: "button", hidden: true, on: { click: newestOnly } }, say.newestOnly)
  const element = el(
    "section.part",
    { "aria-labelledby": "signing-title" },
    el("h2", { id: "signing-title" }, say.title),
    el("p.small", {}, say.more),
    count,
    el("p.answers", {}, make, giveUp),
    made,
    error,
  )

  function show({ kid, number }) {
    count.textContent = number ? `${say.kid}: ${kid}. ${say.count(number)}` : ""
    make.textContent = number ? say.another : say.make
    giveUp.hidden = number < 2
  }

  function another() {
    return attempt(async () => {
      const answer = await call("POST", {})
      const row = (label, text) => el("div.link-row", {}, el("div", {}, el("span.small", {}, label), el("code", {}, text)), copyButton(text, label))
      made.replaceChildren(row(say.kid, answer.kid), row(say.key, answer.key), el("p.small", {}, say.once))
      show(answer)
    })
  }

  function newestOnly() {
    return attempt(async () => show(await call("DELETE")))
  }

  return { element, show }
}
