/**
 * How it goes: what a host wants to know at a glance, then in pictures, then as files. Each person counts once.
 *
 *   const going = createGoing({ api })
 *   going.figures (a line of numbers)  going.element (the section)
 *   going.show({ counts, event })               with each look of the desk
 *   going.look() -> Promise                     asks for the rest, now and then
 */
import { el } from "../kit/dom.js"
import { appear } from "../kit/press.js"
import { number, percent } from "../../words/languages.js"
import { bars, columns, curve } from "./charts.js"
import { createFiles } from "./numberfiles.js"
import { words } from "../../words/desk.js"

const LOOK_EVERY = 8000 // milliseconds
const NOT_TOLD = "·"
const say = words.going

export function createGoing({ api, now = () => performance.now() }) {
  const figures = el("dl.counts")
  const charts = el("div.charts")
  const title = el("h2", { id: "going-title" }, say.title)
  const printed = el("p.printed-title")
  const files = createFiles({ api })
  const element = el("section.going", { "aria-labelledby": title.id, hidden: true }, printed, title, charts, el("p.small", {}, say.once), files.element)
  let desk = { counts: {}, event: {} }
  let told = null
  let looked = -Infinity
  let shown = ""

  function show(answer) {
    desk = answer
    showFigures()
  }

  async function look() {
    if (now() - looked < LOOK_EVERY) return
    looked = now()
    told = await api.get("/api/host/numbers", { cache: "no-store" })
    showFigures()
    showCharts()
    files.show(told.keeping)
  }

  function showFigures() {
    const rows = figuresOf(desk, told?.now ?? {})
    figures.replaceChildren(...rows.map(([text, value]) => el("div", {}, el("dt", {}, text), el("dd", {}, value))))
  }

  /** Nothing is drawn anew that says the same. */
  function showCharts() {
    const key = JSON.stringify([told.now.growth, told.people, told.breaks])
    printed.textContent = new Date().toLocaleDateString(document.documentElement.lang || "en", { dateStyle: "long" })
    appear(element, true)
    if (key === shown) return
    shown = key
    const drawn = [growth(told.now), takingPart(told.people), meetings(told.people), ...told.breaks.map(kept)].filter(Boolean)
    charts.replaceChildren(...(drawn.length ? drawn : [el("p.small", {}, say.soon)]))
  }

  return { figures, element, show, look }
}

/** [what, how much] of what there is to say, as texts. */
function figuresOf({ counts, event }, { here, seconds, fits }) {
  const { placed = 0, held = 0, received = 0, prepared = 0, refused = 0 } = counts
  const coming = received + prepared
  const all = [
    [say.here, here],
    [words.counts.placed, placed],
    [words.counts.waiting, event.reviewed || held ? held : null],
    [words.counts.coming, coming || null],
    [words.counts.refused, refused || null],
    [say.toTheWall, seconds, say.seconds],
    [say.fits, fits],
  ]
  return all.filter(([, value]) => typeof value === "number").map(([text, value, as = String]) => [text, as(number(value))])
}

const chart = (title, ...content) => el("figure.chart", {}, el("figcaption", {}, title), ...content)

function growth({ growth: points }) {
  if (points.length < 2) return null
  const minutes = Math.max(1, Math.round(points.at(-1).at / 60))
  return chart(say.growth, curve(points, { start: say.first, end: say.after(number(points.at(-1).photos), minutes) }))
}

function takingPart({ came, added, met, hellos }) {
  if (came === null) return null
  const rows = [
    [say.added, added],
    [say.met, met],
    [say.answered, hellos],
  ].filter(([, share]) => share.whole !== null)
  return chart(say.came(came), bars(rows.map(([label, share]) => ({ label, ...shared(share) }))))
}

/** A share as a text and a length. */
function shared({ part, whole, nearly }) {
  if (nearly) return { text: say.nearly(number(whole)), share: 1 }
  if (part === null) return { text: say.few, share: null }
  return { text: say.of(number(part), number(whole), percent(part / whole)), share: part / whole }
}

function meetings({ met_by_number: cells, met }) {
  if (met.part === null && !met.nearly) return null
  const most = Math.max(...cells)
  return chart(
    say.meetings,
    columns(
      cells.map((people, others) => {
        const isLast = others === cells.length - 1
        const label = isLast ? `${number(others)}+` : number(others)
        const text = people === null ? NOT_TOLD : number(people)
        return { label, text, share: people === null ? null : people / most, said: say.metSo(isLast ? say.orMore(number(others)) : label, people === null ? say.few : text) }
      }),
    ),
    el("p.small", {}, say.meetingsMore),
  )
}

function kept({ began, kept: whole, phases }) {
  const time = new Date(began * 1000).toLocaleTimeString(document.documentElement.lang || "en", { timeStyle: "short" })
  const rows = [...phases.map((phase) => [say.phases[phase.phase], phase]), ...(whole ? [[say.wholeBreak, whole]] : [])]
  const told = rows.filter(([, share]) => share.whole !== null)
  return told.length ? chart(say.kept(time), bars(told.map(([label, share]) => ({ label, ...shared(share) })))) : null
}
