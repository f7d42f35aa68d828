/**
 * Who runs a wall beside its first host: a code that brings the wall into another meeting, those who wait for a yes, and
 * who is a host by now. At the desk, and in the panel of a host.
 *
 *   const hosts = createHosts({ api });  hosts.element  hosts.look() -> Promise
 */
import { el, renew, showError } from "../kit/dom.js"
import { words } from "../../words/desk.js"

const say = words.hosts

export function createHosts({ api }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const waiting = el("ul.plain.hosts")
  const people = el("ul.plain.hosts")
  const code = el("div.host-code", { role: "status" })
  const element = el(
    "section.part",
    { "aria-labelledby": "hosts-title", hidden: true },
    el("h2", { id: "hosts-title" }, say.title),
    waiting,
    people,
    el("p.small", {}, say.codeMore),
    el("p.answers", {}, button(say.makeCode, makeCode)),
    code,
    error,
  )

  async function look() {
    const now = await api.get("/api/host/co-hosts", { cache: "no-store" })
    renew(waiting, ...now.waiting.map(asking))
    renew(people, ...now.people.map(host))
    element.hidden = false
  }

  const attempt = async (run) => {
    showError(error, null, null)
    try {
      await run()
    } catch (failure) {
      showError(error, null, failure.message)
    }
  }

  const asking = ({ id, name }) => {
    const decide = (decision) => () => attempt(async () => {
      await api.post(`/api/host/co-hosts/${id}`, { decision })
      await look()
    })
    return el(
      "li",
      {},
      el("p", {}, say.asks(name || words.nobody)),
      el("div.answers", {}, button(say.confirm, decide("confirm"), "main"), button(say.refuse, decide("refuse"))),
    )
  }

  const host = ({ name, role }) => el("li", {}, el("bdi", {}, name || words.nobody), el("span.small", {}, ` · ${say.roles[role] ?? role}`))

  function makeCode() {
    return attempt(async () => {
      const made = await api.post("/api/host/code", {})
      code.replaceChildren(el("p.big-code", {}, made.code), el("p.small", {}, say.codeGood(Math.round(made.seconds / 60))))
    })
  }

  return { element, look }
}

const button = (text, run, kind = "") => el("button.button", { type: "button", class: kind, on: { click: run } }, text)
