/** Starting a coffee break: the form, and what to hand out when it is ready. */
import { below } from "./page/below.js"
import { ApiError, createApi } from "./live/api.js"
import { createHosting } from "./live/hosting.js"
import { oneLine } from "./ui/kit/checks.js"
import { invitation, linkRow } from "./ui/kit/copy.js"
import { byId, el, sendOnEnter, showError } from "./ui/kit/dom.js"
import { kept, pictureIn } from "./ui/kit/files.js"
import { offerLanguages } from "./ui/kit/picker.js"
import { createComparison } from "./ui/desk/picture.js"
import { createShapes } from "./ui/desk/shape.js"
import { words } from "./words/desk.js"

const LOOK_AGAIN = 1000 // ms
const MOST_LOOKS = 20

const form = byId("start-form")
const maxBytes = Number(form.dataset.maxBytes)
let own = null // the uploaded target
const shapes = createShapes()

offerLanguages()

// -- the target --

byId("target-error").before(shapes.element)
for (const each of form.elements.target_name) each.addEventListener("change", showShapes)

function showShapes() {
  shapes.element.classList.toggle("away", !byId("own-choice").checked)
}

byId("own-choice").addEventListener("click", () => byId("target").click())
byId("target").addEventListener("change", ({ target }) => {
  if (target.files[0]) takeTarget(target.files[0])
  else if (!own) form.elements.target_name[0].checked = true
  target.value = ""
})
byId("target").addEventListener("cancel", () => own || (form.elements.target_name[0].checked = true))

async function takeTarget(picked) {
  const { file, wrong } = await kept(picked, maxBytes)
  const say = wrong === "too_large" ? words.targetTooLarge(Math.floor(maxBytes / 1024 / 1024)) : words.wrongFile[wrong]
  showError(byId("target-error"), null, say)
  if (wrong) return
  own = file
  const picture = byId("own-picture")
  if (picture.src) URL.revokeObjectURL(picture.src)
  picture.src = URL.createObjectURL(file)
  picture.hidden = false
  picture.onerror = () => showOwn(false) // HEIC, for one: the name has to do
  showOwn(true)
  byId("own-title").textContent = file.name
  byId("own-choice").checked = true
  shapes.show(file)
  showShapes()
}

function showOwn(visible) {
  byId("own-picture").hidden = !visible
  byId("own-mark").hidden = visible
}

document.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault())
document.addEventListener("drop", (event) => {
  const file = pictureIn(event.dataTransfer)
  if (!file) return
  event.preventDefault()
  takeTarget(file)
})
document.addEventListener("paste", (event) => {
  const file = pictureIn(event.clipboardData)
  if (file) takeTarget(file)
})

if (byId("target").files[0]) takeTarget(byId("target").files[0]) // chosen before this code was there

// -- the question --

sendOnEnter(byId("prompt"))

byId("ideas").addEventListener("click", ({ target }) => {
  if (!target.matches("button")) return
  const field = byId("prompt")
  const before = field.value
  field.value = target.textContent
  if (oneLine(before)) target.textContent = before // nothing that was written is lost
  field.dispatchEvent(new Event("input"))
})

// -- sending --

const checks = { name: words.needEventName, prompt: words.needPrompt }
for (const name of Object.keys(checks)) byId(name).addEventListener("input", () => byId(`${name}-error`).hidden || check(name))

function check(name) {
  const wrong = oneLine(byId(name).value) ? null : checks[name]
  showError(byId(`${name}-error`), byId(name), wrong)
  return !wrong
}

form.addEventListener("submit", async (event) => {
  event.preventDefault()
  const missing = Object.keys(checks).filter((name) => !check(name))
  if (missing.length) return byId(missing[0]).focus()
  const button = byId("create")
  button.disabled = true
  button.textContent = words.starting
  showError(byId("form-error"), null, null)
  try {
    showReady(await create())
  } catch (error) {
    const field = { name: "name", prompt: "prompt", target: "target", target_name: "target" }[error.field]
    showError(byId(field ? `${field}-error` : "form-error"), field && field !== "target" ? byId(field) : null, error.message)
    byId(field ? `${field}-error` : "form-error").scrollIntoView({ block: "center" })
  } finally {
    button.disabled = false
    button.textContent = words.create
  }
})

// Before, nobody would have heard them.
for (const button of form.querySelectorAll("button:disabled")) button.disabled = false

async function create() {
  const body = new FormData()
  body.set("name", oneLine(byId("name").value))
  body.set("prompt", oneLine(byId("prompt").value))
  body.set("reviewed", byId("reviewed").checked ? "1" : "0")
  if (own && byId("own-choice").checked) body.set("target", await shapes.cut())
  else body.set("target_name", form.elements.target_name.value)
  const response = await fetch(below("/api/events"), { method: "POST", body }).catch(() => null)
  const answer = await response?.json().catch(() => null)
  if (!response?.ok || !answer) {
    const { code = "network", message = words.notStarted, field = null } = answer?.error ?? {}
    throw new ApiError(response?.status ?? 0, code, message, field)
  }
  const hostKey = decodeURIComponent(new URL(answer.host_url, location.href).hash.slice(1))
  return { ...answer, name: body.get("name"), hostKey }
}

/** What was made of the picture, where that differs from it; it takes a moment. */
function preparedPicture(code, hostKey) {
  const api = createApi({ join: () => ({ code, host_key: hostKey }) })
  const comparison = createComparison({ choose: (prepared) => api.post("/api/host/picture", { uses_prepared: prepared }) })
  const title = el("h2", { hidden: true }, words.picture.readyTitle)
  const look = async (tries) => {
    const picture = await api.get("/api/host/picture", { cache: "no-store" }).catch(() => null)
    if (picture?.original) {
      comparison.show(picture)
      title.hidden = !picture.prepared
    } else if (tries) setTimeout(look, LOOK_AGAIN, tries - 1)
  }
  look(MOST_LOOKS)
  return el("section.made", {}, title, comparison.element)
}

function showReady({ code, name, hostKey, join_url, host_url, stage_url, qr_url }) {
  createHosting().remember({ code, name, key: hostKey })
  const title = el("h1", { tabindex: "-1", dir: "auto" }, words.ready(name))
  byId("start").replaceChildren(
    title,
    el("p.lead", {}, words.readyMore),
    el(
      "div.handout",
      {},
      invitation(code, qr_url),
      el("div.links", {}, linkRow(words.joinLink, join_url), linkRow(words.stageLink, stage_url)),
      el("div.secret", {}, el("p", {}, words.hostSecret), linkRow(words.hostLink, host_url)),
      el("p.answers", {}, el("a.button.main", { href: host_url }, words.openDesk), el("a.button", { href: join_url }, words.openWall)),
    ),
    preparedPicture(code, hostKey),
  )
  document.title = words.ready(name)
  scrollTo(0, 0)
  title.focus()
}
