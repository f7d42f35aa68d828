/** The join-code field, on the landing page and wherever somebody could be lost; and what this browser started. */
import { below } from "./page/below.js"
import { createHosting } from "./live/hosting.js"
import { codeIn } from "./ui/kit/checks.js"
import { drawCup } from "./ui/client/cup.js"
import { byId, el } from "./ui/kit/dom.js"
import { offerLanguages } from "./ui/kit/picker.js"
import { words } from "./words/words.js"

const hosting = createHosting()

byId("code-form").addEventListener("submit", (event) => {
  event.preventDefault()
  const field = byId("code")
  const code = codeIn(field.value)
  if (code) return location.assign(below(`/e/${encodeURIComponent(code)}`))
  field.setAttribute("aria-invalid", "true")
  byId("code-hint").textContent = words.needCode
  field.focus()
})

function showStarted() {
  const place = byId("mine")
  if (!place) return
  const started = hosting.started()
  place.hidden = !started.length
  byId("mine-list").replaceChildren(...started.map(row))
}

function row({ code, name }) {
  const forget = () => {
    hosting.forget(code)
    showStarted()
  }
  return el(
    "li",
    {},
    el("span.mine-name", { dir: "auto" }, name),
    el("a", { href: `/host/${code}` }, words.desk),
    el("a", { href: `/e/${code}` }, words.wallLink),
    el("button.link.small", { type: "button", "aria-label": words.forgetLabel(name), on: { click: forget } }, words.forget),
  )
}

offerLanguages()
showStarted()
if (byId("cup")) drawCup(byId("cup"))
