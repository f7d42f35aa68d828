/**
 * Who was reported: one row a person, with all that was said about them underneath. One decision settles all of it.
 *
 *   const reports = createReports({ api, look, undo })   reports.element  reports.look() -> Promise of how many are open
 */
import { attempting, el } from "../kit/dom.js"
import { minutesOf } from "../together/facts.js"
import { number, phrase } from "../../words/languages.js"
import { words } from "../../words/desk.js"
import { button } from "./pause.js"

const say = words.deskOfPeople

/** [[the reports about one person], ...] in the order of the first of each; one about somebody who left stays alone. Pure. */
export function byPerson(reports) {
  const people = new Map()
  for (const report of reports) {
    const whose = report.person ? `p${report.person.id}` : `r${report.id}`
    people.set(whose, [...(people.get(whose) ?? []), report])
  }
  return [...people.values()]
}

export function createReports({ api, look, undo }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const count = el("span.badge", { hidden: true })
  const list = el("ul.plain.reports")
  const none = el("p.waiting-empty", {}, say.reportsNone)
  const element = el("section", { "aria-labelledby": "reports-title" }, el("h2", { id: "reports-title", tabindex: "-1" }, say.reportsTitle, count), error, none, list)
  let shown = ""

  async function lookAt() {
    const { reports } = await api.get("/api/host/reports", { cache: "no-store" })
    const people = byPerson(reports)
    const open = people.filter((told) => told.some(({ state }) => state === "open")).length
    const key = JSON.stringify(reports.map(({ id, state, reporters, person, evidence }) => [id, state, reporters, person?.paused, evidence.lines.length]))
    count.hidden = !open
    count.textContent = number(open)
    none.hidden = reports.length > 0
    if (key === shown) return open
    shown = key
    const focused = list.contains(document.activeElement)
    list.replaceChildren(...people.map(row))
    if (focused) (list.querySelector("button") ?? element.querySelector("h2")).focus()
    return open
  }

  function row(told) {
    const newest = told.find(({ state }) => state === "open") ?? told[0]
    const { person, reporters, state } = newest
    const shows = told.find(({ evidence }) => evidence.picture)?.evidence ?? newest.evidence
    const name = newest.evidence.name || person?.name || words.nobody
    const isOpen = state === "open"
    const decide = (decision) => attempting(error)(async () => {
      const answer = await api.post(`/api/host/reports/${newest.id}`, { decision })
      undo.offer(`${words.undoing.kinds[decision]}: ${name}`, [answer.decision])
      await look()
    })
    const lift = () => attempting(error)(async () => {
      const answer = await api.post(`/api/host/people/${person.id}`, { paused: false })
      undo.offer(`${words.undoing.kinds.lift}: ${name}`, [answer.decision])
      await look()
    })
    return el(
      "li.report",
      { class: isOpen ? "open" : "" },
      shows.picture ? el("img", { src: shows.picture, alt: words.photoOf(name), width: 96, height: 96 }) : el("span.face"),
      el(
        "div",
        {},
        el("p", {}, el("b", {}, el("bdi", {}, name))),
        el("p.small", {}, isOpen ? say.reportedBy(reporters) : (say.states[state] ?? state)),
        newest.evidence.story && el("p", { dir: "auto" }, newest.evidence.story),
      ),
      el("ul.plain.told", {}, told.map(one)),
      el(
        "div.answers",
        {},
        isOpen ? Object.entries(say.decisions).map(([decision, label]) => button(label, () => decide(decision), decision === "remove" ? "bad" : "")) : person?.paused ? button(say.unpause, lift) : "",
      ),
    )
  }

  const one = ({ reason, note, ago, evidence }) =>
    el(
      "li",
      {},
      el("p", {}, words.reasons[reason] ?? reason, " ", el("span.small", {}, words.ago(minutesOf(ago)))),
      note && el("p.small", { dir: "auto" }, note),
      evidence.lines.length > 0 && el("ol.plain.lines", {}, evidence.lines.map((line) => el("li.said-line", { class: line.theirs ? "theirs" : "ours" }, el("span.small", {}, line.theirs ? say.theyWrote : say.youWrote), el("span", { dir: "auto" }, phrase(line))))),
    )

  return { element, look: lookAt }
}
