/**
 * Both sides of a screen that asks whose it is: the code and number that it shows, and the sheet on a device that is known.
 *
 *   const screen = createScreenCode({ api, means, onKnown });  screen.element  screen.stop()
 *   openConnect({ onCode })                                    where the code of another screen is typed
 *   await openConfirm({ api, means, code, onDone })            what asks, what it gets, and three numbers
 */
import { codeIn } from "../kit/checks.js"
import { el, showError } from "../kit/dom.js"
import { textField } from "../kit/form.js"
import { openSheet } from "../kit/sheet.js"
import { number } from "../../words/languages.js"
import { words } from "../../words/panel.js"

const say = words.known
const LOOK_EVERY = 2000 // milliseconds

export function createScreenCode({ api, means, onKnown, clock = globalThis }) {
  const element = el("div.screen")
  let asked = 0
  let timer = 0

  const button = (text) => el("button.button", { type: "button", on: { click: start } }, text)
  element.replaceChildren(el("p.small", {}, say.deviceMore), button(say.showCode))

  async function start() {
    const mine = ++asked
    clock.clearTimeout(timer)
    try {
      const shown = await api.post("/api/me/screen", means.about)
      if (mine === asked) show(shown, mine)
    } catch (error) {
      if (mine === asked) end(error.message)
    }
  }

  function show({ code, number: chosen, qr_url, ticket, expires_in }, mine) {
    const until = clock.performance.now() + expires_in * 1000
    element.replaceChildren(
      el("p.small", {}, say.how),
      el("div.screen-code", {}, el("img", { src: qr_url, alt: say.qr, width: 132, height: 132 }), el("p.code", { dir: "ltr" }, code)),
      el("p.screen-number", {}, el("span.small", {}, say.chooseThis), el("b", {}, number(chosen))),
      el("p.small", { role: "status" }, say.waiting),
    )
    element.querySelector("[role=status]").scrollIntoView({ block: "nearest" })
    look()

    async function look() {
      if (mine !== asked) return
      try {
        const answer = await api.ask("/api/me/screen/outcome", { body: { ticket } })
        if (mine !== asked) return
        if (answer.token) return onKnown(answer)
      } catch (error) {
        if (mine !== asked) return
        if (error.status === 410) return end(say.over)
      }
      if (clock.performance.now() > until) return end(say.over)
      timer = clock.setTimeout(look, LOOK_EVERY)
    }
  }

  function end(text) {
    element.replaceChildren(el("p", { role: "status" }, text), button(say.newCode))
  }

  return {
    element,
    stop() {
      asked++
      clock.clearTimeout(timer)
    },
  }
}

export function openConnect({ onCode }) {
  const field = textField({ label: say.codeLabel, hint: say.codeHint, needed: say.needCode, longest: 40 })
  const submit = (event) => {
    event.preventDefault()
    if (!field.check()) return field.focus()
    sheet.close()
    onCode(screenCodeIn(field.value))
  }
  const form = el("form.sheet-body.way", { novalidate: true, on: { submit } }, el("p", {}, say.connectMore), field.element, el("button.button.main", { type: "submit" }, say.goOn))
  const sheet = openSheet({ title: say.connect, body: form, kind: "ways" })
  field.focus()
}

/** People paste the whole address that the other screen's QR code holds. */
const screenCodeIn = (text) => codeIn(/#pair=([^&\s]+)/.exec(text)?.[1] ?? text)

export async function openConfirm({ api, means, code, onDone }) {
  const asked = await api.post("/api/screens/look", { code }).catch((error) => error)
  if (asked instanceof Error) return failed(asked)
  const error = el("p.error", { role: "alert", hidden: true })
  const numbers = asked.choices.map((choice) =>
    el("button.button.number", { type: "button", on: { click: () => choose(choice) } }, number(choice)),
  )
  const notMine = el("button.button.wide", { type: "button", on: { click: () => choose(null) } }, say.notMine)
  const sheet = openSheet({
    title: say.confirmTitle,
    body: el(
      "div.sheet-body.confirm-screen",
      {},
      el("p", {}, say.asks(asked.event)),
      el("ul.plain.facts", {}, facts(asked).map((fact) => el("li", {}, fact))),
      el("p", {}, say.gets),
      asked.becomes_one && el("p", {}, say.becomesOne),
      el("p.small", {}, say.beware),
    ),
    foot: el("div.sheet-foot", {}, el("p", { id: "which-number" }, say.whichNumber), el("div.numbers", { role: "group", "aria-labelledby": "which-number" }, numbers), notMine, error),
    kind: "ways",
  })

  async function choose(choice) {
    const buttons = [...numbers, notMine]
    for (const each of buttons) each.disabled = true
    showError(error, null, null)
    try {
      const answer = await api.post("/api/screens/confirm", { code, number: choice, ...means.about })
      sheet.close()
      if (answer.token) await onDone(answer)
    } catch (failure) {
      if (failure.status === 410) return sheet.close(), failed(failure)
      showError(error, null, failure.message)
      for (const each of buttons) each.disabled = false
    }
  }
}

/** What the service knows of the screen that asks, as lines for people. */
function facts({ in_client: inClient, system, same_network: near }) {
  return [inClient ? say.inClient : say.inBrowser, system && say.system(system), near ? say.near : say.far].filter(Boolean)
}

function failed(error) {
  openSheet({ title: say.confirmTitle, body: el("div.sheet-body", {}, el("p", { role: "alert" }, error.message)), kind: "ways" })
}
