/**
 * The event's own look, in two choices: a logo and a colour. Both are seen at once, here as on light and on dark ground.
 *
 *   const look = createLook({ api, maxBytes })    look.element    look.show({ event, brand }): as the service tells them
 */
import { el, showError } from "../kit/dom.js"
import { kept } from "../kit/files.js"
import { showLogo } from "../kit/brand.js"
import { words } from "../../words/desk.js"

const MEGABYTE = 1024 * 1024
const OURS = { colour: "#ffbf2e", ink: "#2b1b0c" } // as in base.css
const say = words.look

export function createLook({ api, maxBytes }) {
  const error = el("p.error", { id: "look-wrong", role: "alert", hidden: true })
  const samples = { light: sample("light"), dark: sample("dark") }
  const note = el("p.small", { role: "status" })
  const file = el("input.file", { type: "file", accept: "image/png,image/webp,image/jpeg", tabindex: "-1", "aria-label": say.logo, on: { change: takeFile } })
  const choose = el("button.button", { type: "button", on: { click: () => file.click() } }, say.chooseLogo)
  const drop = el("button.link", { type: "button", hidden: true, on: { click: () => attempt(() => api.remove("/api/host/logo")) } }, say.dropLogo)
  const colour = el("input.colour", { type: "color", id: "look-colour", value: OURS.colour, "aria-describedby": error.id, on: { change: () => wish(colour.value) } })
  const ours = el("button.link", { type: "button", hidden: true, on: { click: () => wish("") } }, say.ourColour)
  const element = el(
    "details.part.setting.look",
    {},
    el("summary", {}, say.title),
    el("div.look-samples", { "aria-hidden": "true" }, samples.light.element, samples.dark.element),
    el("div.look-choice", {}, el("span", {}, say.logo), el("div.look-acts", {}, drop, choose), file),
    el("div.look-choice", {}, el("label", { htmlFor: colour.id }, say.colour), el("div.look-acts", {}, ours, colour)),
    note,
    error,
    el("p.small", {}, say.more),
  )
  let busy = false

  const wish = (accent) => attempt(() => api.patch("/api/host/event", { accent }))

  async function takeFile() {
    const [picked] = file.files
    if (!picked) return
    const { file: chosen, wrong } = await kept(picked, maxBytes)
    file.value = "" // the same one may be chosen again
    if (wrong) return showError(error, null, wrong === "too_large" ? words.targetTooLarge(Math.floor(maxBytes / MEGABYTE)) : words.wrongFile[wrong])
    choose.textContent = say.sending
    await attempt(() => api.postForm("/api/host/logo", { logo: chosen }))
    choose.textContent = say.chooseLogo
    choose.focus()
  }

  async function attempt(run) {
    busy = true
    choose.disabled = true
    showError(error, null, null)
    try {
      put(await run())
    } catch (failure) {
      showError(error, null, failure.message)
    }
    choose.disabled = false
    busy = false
  }

  function put({ event, brand }) {
    const accent = brand.light ? brand : { light: OURS, dark: OURS }
    for (const [ground, each] of Object.entries(samples)) each.show(event, accent[ground])
    colour.value = event.accent || OURS.colour
    ours.hidden = !event.accent
    drop.hidden = !event.logo
    note.textContent = brand.state === "coming" ? say.coming : fitted(event.accent, brand)
  }

  return { element, show: (answer) => busy || document.activeElement === colour || put(answer) }
}

/** What became of a colour that would not be seen everywhere as it is. */
function fitted(accent, { light, dark }) {
  if (!accent) return ""
  const said = [light.colour !== accent && say.darker, dark.colour !== accent && say.lighter]
  return said.filter(Boolean).join(" ")
}

/** How it looks in a panel: the logo, the name, and the main button. */
function sample(ground) {
  const logo = el("img.logo", { alt: "" })
  const name = el("b", { dir: "auto" })
  const button = el("span.look-button", {}, words.sample)
  const element = el("div.look-sample", { class: ground }, el("div.look-head", {}, logo, name), button)
  return {
    element,
    show(event, accent) {
      showLogo(logo, event.logo, event.logo_ground)
      name.textContent = event.name
      button.style.setProperty("--accent", accent.colour)
      button.style.setProperty("--on-accent", accent.ink)
    },
  }
}
