/**
 * Breaks planned beforehand: they begin by themselves, and people see them coming ten minutes before.
 *
 *   const agenda = createAgenda({ api })    agenda.element    agenda.show(planned): as the service tells them
 */
import { el, renew, showError } from "../kit/dom.js"
import { language } from "../../words/languages.js"
import { words } from "../../words/desk.js"

const LENGTHS = [5, 10, 15]
const PATH = "/api/host/agenda"
const say = words.agenda

export function createAgenda({ api }) {
  const error = el("p.error", { id: "agenda-wrong", role: "alert", hidden: true })
  const none = el("p.small", {}, say.none)
  const list = el("ul.plain.act-rows.agenda-list")
  const at = el("input.field", { type: "datetime-local", id: "agenda-at", required: true, "aria-describedby": error.id })
  const lengths = LENGTHS.map((minutes) => el("label.choice", {}, el("input", { type: "radio", name: "agenda-length", value: minutes, checked: minutes === 10 }), words.justMinutes(minutes)))
  const reveal = el("input.switch", { type: "checkbox", role: "switch" })
  const form = el(
    "form.agenda-form",
    { novalidate: true, on: { submit } },
    el("div", {}, el("label", { htmlFor: at.id }, say.at), at),
    el("fieldset", {}, el("legend", {}, words.deskOfPeople.breakLength), el("div.choices", {}, lengths)),
    el("label.switch-row", {}, el("span", {}, say.reveal), reveal),
    error,
    el("button.button", { type: "submit" }, say.plan),
  )
  const element = el("details.part.setting.agenda", {}, el("summary", {}, say.title), el("p.small", {}, say.more), none, list, form)

  async function submit(event) {
    event.preventDefault()
    const begins = at.value ? Math.round((new Date(at.value).getTime() - Date.now()) / 1000) : 0
    await attempt(async () => {
      show((await api.post(PATH, { begins_in: begins, minutes: Number(form.elements["agenda-length"].value), reveal: reveal.checked })).agenda)
      at.value = ""
      reveal.checked = false
    })
  }

  async function attempt(run) {
    showError(error, at, null)
    try {
      await run()
    } catch (failure) {
      showError(error, failure.field === "begins_in" ? at : null, failure.message)
    }
  }

  function show(planned) {
    none.hidden = planned.length > 0
    renew(list, ...planned.map(row))
  }

  function row({ id, begins_in: wait, minutes, reveal: reveals }) {
    const when = momentOf(wait)
    const details = [words.justMinutes(minutes), reveals && say.revealed].filter(Boolean).join(" · ")
    const off = el("button.button", { type: "button", "aria-label": say.offLabel(when), on: { click: () => attempt(async () => show((await api.remove(`${PATH}/${id}`)).agenda)) } }, words.deskOfPeople.breakCancel)
    return el("li", {}, el("div", {}, el("p", {}, when), el("p.small", {}, details)), off)
  }

  return { element, show }
}

/** The day and the time, as this person's clock has them; to the minute, so that it does not flicker. */
function momentOf(seconds) {
  const moment = new Date(Math.round((Date.now() + seconds * 1000) / 60_000) * 60_000)
  return new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }).format(moment)
}
