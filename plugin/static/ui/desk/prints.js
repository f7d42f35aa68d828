/**
 * The desk's section for what lasts: the poster and the time-lapse. Says who is in them, lets the host choose a size by
 * what it will measure on paper, and shows how each fares.
 *
 *   const outputs = createPrints({ api })      outputs.element      outputs.look()
 */
import { el, showError } from "../kit/dom.js"
import { appear } from "../kit/press.js"
import { number } from "../../words/languages.js"
import { createRecap } from "./recap.js"
import { bar, isUnderWay, move, watch } from "../kit/progress.js"
import { words } from "../../words/desk.js"

const DOTS_AN_INCH = 300
const CM_AN_INCH = 2.54
const USUAL = "a2" // the size that is chosen at first

export function createPrints({ api }) {
  const who = el("p.small")
  const error = el("p.error", { role: "alert", hidden: true })
  const size = el("select.field", { id: "poster-size" })
  const form = el("select.field", { id: "poster-form" })
  const pixels = el("p.small.print-note")
  const titled = el("input.switch", { type: "checkbox", role: "switch", checked: true, on: { change: showPixels } })
  const day = el("input.field", { id: "poster-day", type: "date", value: today() })
  const legend = el("div.print-legend", {},
    el("label.switch-row", {}, el("span", {}, words.prints.titled, el("span.small", {}, words.prints.titledMore)), titled),
    el("div", {}, el("label", { htmlFor: day.id }, words.prints.day), day),
  )
  const make = el("button.button", { type: "submit" }, words.prints.makePoster)
  const film = el("button.button", { type: "button", on: { click: () => ask({ kind: "timelapse", form: answer.offers.timelapse.forms[0] }) } }, words.prints.makeFilm)
  const poster = el(
    "form.print-form",
    { on: { submit: askPoster } },
    el("div", {}, el("label", { htmlFor: size.id }, words.prints.size), size),
    el("div", {}, el("label", { htmlFor: form.id }, words.prints.form), form),
    legend,
    make,
  )
  const lacking = el("p.print-note", { hidden: true })
  const note = el("p.small.print-note", { hidden: true })
  const filmNote = el("p.small.print-note")
  const list = el("ul.plain.prints")
  const said = el("p.aside", { role: "status" })
  const element = el(
    "section.desk-prints",
    { "aria-labelledby": "prints-title", hidden: true },
    el("h2", { id: "prints-title" }, words.prints.title),
    who,
    el("div.print-offers", {},
      el("div.print-offer", {}, el("h3", {}, words.prints.poster), poster, pixels, lacking, note),
      el("div.print-offer", {}, el("h3", {}, words.prints.film), el("p.small", {}, words.prints.filmMore), film, filmNote),
      createRecap({ api }).element,
    ),
    error,
    list,
    said,
  )
  let answer = null
  const rows = new Map() // print id -> {print, row}

  async function look() {
    answer = await api.get("/api/host/prints", { cache: "no-store" })
    show()
    return answer.prints.some(isUnderWay)
  }
  const watching = watch(look)

  function show() {
    const { people, offers, prints } = answer
    appear(element, people.all > 0)
    who.textContent = people.inside ? words.prints.who(people.inside, people.all) : words.prints.nobody
    const missing = offers.poster.missing
    poster.hidden = pixels.hidden = Boolean(missing)
    tell(lacking, missing)
    tell(note, missing ? null : offers.poster.note)
    tell(filmNote, offers.timelapse.note)
    if (!missing) offerSizes()
    const isBusy = (kind) => !people.inside || prints.some((print) => print.kind === kind && isUnderWay(print))
    make.disabled = isBusy("poster")
    film.disabled = isBusy("timelapse")
    showPrints(prints)
  }

  function offerSizes() {
    const { sizes, papers, columns, rows: high, offers } = answer
    const key = `${sizes} ${columns} ${high} ${offers.poster.forms}`
    if (poster.dataset.key === key) return
    poster.dataset.key = key
    const chosen = size.value
    const ofPaper = papers.map((paper) => el("option", { value: paper }, words.prints.papers[paper]))
    const ofPicture = sizes.map((px) => el("option", { value: String(px) }, measures(columns * px, high * px)))
    size.replaceChildren(
      el("optgroup", { label: words.prints.onPaper }, ofPaper),
      el("optgroup", { label: words.prints.onlyPicture }, ofPicture),
    )
    const isThere = [...ofPaper, ...ofPicture].some((option) => option.value === chosen)
    size.value = isThere ? chosen : papers.includes(USUAL) ? USUAL : String(sizes[0])
    const before = form.value
    form.replaceChildren(...offers.poster.forms.map((each) => el("option", { value: each }, words.prints.forms[each])))
    if (offers.poster.forms.includes(before)) form.value = before
    showPixels()
  }

  function showPixels() {
    const isPaper = answer.papers.includes(size.value)
    legend.hidden = !isPaper
    day.parentElement.hidden = !titled.checked
    pixels.textContent = isPaper ? words.prints.paperMore : onlyPicture(Number(size.value))
  }

  function onlyPicture(px) {
    return words.prints.pixels(number(answer.columns * px), number(answer.rows * px), number(px))
  }
  size.addEventListener("change", showPixels)

  function askPoster(event) {
    event.preventDefault()
    const isPaper = answer.papers.includes(size.value)
    const wish = isPaper ? { paper: size.value, titled: titled.checked, day: day.value } : { cell_px: Number(size.value) }
    ask({ kind: "poster", form: form.value, ...wish })
  }

  async function ask(wish) {
    const button = wish.kind === "poster" ? make : film
    button.disabled = true
    showError(error, null, null)
    try {
      await api.post("/api/host/prints", wish)
      said.textContent = words.prints.asked
    } catch (failure) {
      showError(error, null, failure.message)
    }
    await watching.now()
  }

  function showPrints(prints) {
    const ids = new Set(prints.map((print) => print.id))
    for (const [id, { row }] of rows) if (!ids.has(id)) remove(id, row)
    for (const print of prints.toReversed()) {
      const known = rows.get(print.id)
      if (known && JSON.stringify(known.print) === JSON.stringify(print)) continue
      if (known && move(known.row, print)) {
        known.print = print
        continue
      }
      const row = printRow(print)
      if (known) replace(known.row, row)
      else list.prepend(row)
      if (known && print.state === "done") said.textContent = words.prints.isReady(title(print))
      rows.set(print.id, { print, row })
    }
  }

  function remove(id, row) {
    const hadFocus = row.contains(document.activeElement)
    rows.delete(id)
    row.remove()
    if (hadFocus) make.focus()
  }

  function replace(before, row) {
    const hadFocus = before.contains(document.activeElement)
    before.replaceWith(row)
    if (hadFocus) row.querySelector("a, button")?.focus()
  }

  function printRow(print) {
    const name = title(print)
    const give = (text, label) =>
      el("button.link", { type: "button", "aria-label": `${text}: ${name}`, on: { click: () => giveUp(print, label) } }, text)
    const about = el("div.print-about", {}, el("b", {}, name))
    const row = el("li.print-one", { dataset: { state: print.state, kind: print.kind } }, about)
    if (isUnderWay(print)) row.append(bar(print, name), give(words.cancel, words.prints.cancelled))
    else if (print.state === "failed") {
      about.append(el("p.error", {}, print.error?.message ?? ""))
      row.append(give(words.prints.remove, words.prints.removed))
    } else {
      const whoIsIn = print.until ? words.prints.whoIsIn(print.inside, print.all, until(print)) : words.prints.whoStays(print.inside, print.all)
      about.append(el("p.small", {}, whoIsIn))
      row.append(el("a.button", { href: print.url, download: "" }, words.prints.download(bytes(print.size))), give(words.prints.remove, words.prints.removed))
    }
    return row
  }

  async function giveUp(print, label) {
    try {
      await api.remove(`/api/host/prints/${print.id}`)
      said.textContent = label
    } catch (failure) {
      showError(error, null, failure.message)
    }
    await watching.now()
  }

  function title(print) {
    const form = print.form.toUpperCase()
    if (print.kind === "timelapse") return words.prints.titles.film(form)
    if (print.paper) return words.prints.titles.poster(form, words.prints.papers[print.paper])
    const { columns, rows: high } = answer
    const [width, height] = print.width ? [print.width, print.height] : [columns * print.cell_px, high * print.cell_px]
    return words.prints.titles.poster(form, width && height ? measures(width, height) : "")
  }

  watching.now()
  return { element, look: watching.now }
}

/** As the browser's clock and place say it, as a date field takes it. */
function today() {
  const now = new Date()
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-")
}

function tell(place, text) {
  place.hidden = !text
  place.textContent = text ?? ""
}

const centimetres = (px) => (px / DOTS_AN_INCH) * CM_AN_INCH

/** What so many pixels measure on paper, at 300 dots per inch. */
export function measures(width, height) {
  const whole = (length) => number(Math.round(length))
  return words.prints.measures(
    whole(centimetres(width)),
    whole(centimetres(height)),
    whole(width / DOTS_AN_INCH),
    whole(height / DOTS_AN_INCH),
  )
}

/** A file's size in MB, with as many digits as help. */
export function bytes(size) {
  const megabytes = size / 1e6
  return number(megabytes < 10 ? Math.max(0.1, Math.round(megabytes * 10) / 10) : Math.round(megabytes))
}

function until(print) {
  const day = new Date(print.until * 1000)
  return day.toLocaleDateString(document.documentElement.lang || "en", { day: "numeric", month: "long" })
}
