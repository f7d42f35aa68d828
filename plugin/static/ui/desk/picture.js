/**
 * The picture itself, for hosts: by what the wall is made, how much of it shines through, and its finish.
 *
 *   const making = createMaking({ api, busy: (working) => … })   // the desk's section
 *   making.element; making.show(answer.picture)                  // with each look at the desk
 *   createComparison({ choose: async (prepared) => picture })    // original and prepared side by side, to choose from
 */
import { below } from "../../page/below.js"
import { kept } from "../kit/files.js"
import { attempting, debounce, el, showError } from "../kit/dom.js"
import { percent } from "../../words/languages.js"
import { lazily } from "../kit/lazy.js"
import { createShapes } from "./shape.js"
import { words } from "../../words/desk.js"

const MOST_TINT = 40 // per cent
const TINT_STEP = 5
const TINT_AFTER = 350 // ms without a move of the slider
const MEGABYTE = 1024 * 1024

/** Original and prepared side by side. `choose(prepared)` asks the service; its failure is told here. */
export function createComparison({ choose }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const options = [true, false].map((prepared) => option(prepared))
  const element = el(
    "fieldset.compare",
    { hidden: true },
    el("legend.small", {}, words.picture.compare),
    el("div.compare-pair", {}, options.map((each) => each.label)),
    error,
  )

  function option(prepared) {
    const input = el("input", { type: "radio", name: "prepared", on: { change: () => pick(prepared) } })
    const image = el("img", { alt: "", width: 320, height: 200 })
    const label = el("label.target", {}, input, image, el("span", {}, prepared ? words.picture.prepared : words.picture.original))
    return { prepared, input, image, label }
  }

  async function pick(prepared) {
    showError(error, null, null)
    try {
      show(await choose(prepared))
    } catch (failure) {
      for (const each of options) each.input.checked = each.prepared !== prepared
      showError(error, null, failure.message)
    }
  }

  function show({ original, prepared, uses_prepared }) {
    element.hidden = !prepared
    if (!prepared) return
    for (const each of options) {
      setSource(each.image, each.prepared ? prepared : original)
      each.input.checked = each.prepared === uses_prepared
    }
  }

  return { element, show }
}

export function createMaking({ api, maxBytes, onChange = () => {} }) {
  const say = words.picture
  const error = el("p.error", { role: "alert", hidden: true })
  const attempt = attempting(error)
  const status = el("p.small", { role: "status" })
  const now = el("img.making-now", { alt: say.now, width: 320, height: 200 })
  const comparison = createComparison({ choose: (prepared) => change({ uses_prepared: prepared }) })
  const tint = createTint((value) => attempt(() => change({ tint: value })))
  let count = 0
  const replacing = createReplacing({ api, maxBytes, isEmpty: () => !count, send: (fields) => attempt(() => replace(fields)) })
  const once = el("button.button", { type: "button", on: { click: () => finish(once.dataset.wants) } })
  const wholeOnly = el("input.switch", {
    type: "checkbox",
    role: "switch",
    on: { change: () => attempt(() => change({ whole_only: wholeOnly.checked })) },
  })
  const onClose = el("input.switch", {
    type: "checkbox",
    role: "switch",
    on: { change: () => attempt(() => change({ reveal_on_close: onClose.checked })) },
  })
  const finishing = el(
    "div.making-part",
    {},
    el("label.switch-row", {}, el("span", {}, say.wholeOnly, el("span.small", {}, say.wholeOnlyMore)), wholeOnly),
    el("label.switch-row", {}, el("span", {}, say.revealOnClose, el("span.small", {}, say.revealOnCloseMore)), onClose),
    el("div.making-once", {}, el("p", {}, say.onceTitle, el("span.small", {}, say.onceMore)), once),
  )
  const element = el(
    "section.making",
    { "aria-label": say.title },
    el("div.waiting-head", {}, el("h2", {}, say.title), status),
    error,
    now,
    comparison.element,
    replacing.element,
    tint.element,
    finishing,
  )

  async function change(wishes) {
    const answer = await api.post("/api/host/picture", wishes)
    show(answer)
    onChange(answer)
    return answer
  }

  async function replace(fields) {
    const answer = await api.postForm("/api/host/target", fields)
    show(answer)
    onChange(answer)
  }

  async function finish(wanted) {
    once.disabled = true
    await attempt(() => change({ finish: wanted }))
    once.disabled = false
  }

  function show(picture) {
    status.textContent = picture.busy ? say.busy : ""
    if (picture.refusal) showError(error, null, `${say.refused} ${picture.refusal.message}`)
    now.hidden = !picture.original || Boolean(picture.prepared)
    if (picture.original) setSource(now, picture.original)
    comparison.show(picture)
    tint.show(picture.tint)
    wholeOnly.checked = picture.whole_only
    onClose.checked = picture.reveal_on_close
    const isOnce = picture.finish === "once"
    once.textContent = isOnce ? say.undoOnce : say.once
    once.dataset.wants = isOnce ? "none" : "once"
    count = picture.count
    once.disabled = !count
  }

  return { element, show }
}

/** A slider that tells what it was moved to once it rests, and is not moved by anybody else meanwhile. */
function createTint(tell) {
  const say = words.picture
  const output = el("output", { htmlFor: "tint" })
  let moving = false
  const told = debounce(async (value) => {
    await tell(value)
    moving = false
  }, TINT_AFTER)
  const slider = el("input.range", {
    type: "range",
    id: "tint",
    min: 0,
    max: MOST_TINT,
    step: TINT_STEP,
    "aria-describedby": "tint-more",
    on: {
      input: () => {
        moving = true
        output.textContent = percent(slider.valueAsNumber / 100)
        told(slider.valueAsNumber)
      },
    },
  })
  const element = el(
    "div.making-part",
    {},
    el("div.making-head", {}, el("label", { for: "tint" }, say.tint), output),
    slider,
    el("p.small", { id: "tint-more" }, say.tintMore),
  )
  return {
    element,
    show(value) {
      if (moving) return
      slider.value = String(value)
      output.textContent = percent(value / 100)
    },
  }
}

/** Another picture: one of ours, or an uploaded one; its shape is to be chosen while nobody has a place on the wall. */
function createReplacing({ api, maxBytes, isEmpty, send }) {
  const say = words.picture
  const error = el("p.error", { role: "alert", hidden: true })
  const list = el("div.targets")
  const file = el("input.file", { type: "file", accept: "image/*", tabindex: "-1", "aria-label": words.yourOwn, on: { change: takeFile } })
  const shapes = createShapes()
  const take = el("button.button.main", { type: "button", hidden: true, on: { click: async () => choose({ target: await shapes.cut() }) } }, say.take)
  const choices = el("div.making-choices", { hidden: true, id: "other-pictures" }, el("p.small", {}, say.replaceMore), list, file, error, shapes.element, take)
  const toggle = el("button.button", { type: "button", "aria-expanded": "false", "aria-controls": "other-pictures", on: { click: open } }, say.replace)
  list.append(card(el("span.own-mark", { "aria-hidden": "true" }), words.yourOwn, () => file.click()))

  async function open() {
    choices.hidden = !choices.hidden
    toggle.setAttribute("aria-expanded", String(!choices.hidden))
    if (choices.hidden) return
    showError(error, null, null)
    await ours().catch((failure) => showError(error, null, failure.message))
  }

  const ours = lazily(async () => {
    const { targets } = await api.get("/api/targets")
    list.append(...targets.map(({ name, title, url }) => card(el("img", { src: url, alt: "", width: 160, height: 100 }), title, () => choose({ target_name: name }))))
  }, words.noTargets)

  function card(picture, title, run) {
    return el("button.target.making-card", { type: "button", on: { click: run } }, picture, el("span", {}, title))
  }

  async function takeFile() {
    const [picked] = file.files
    if (!picked) return
    const { file: chosen, wrong } = await kept(picked, maxBytes)
    file.value = "" // the same one may be chosen again
    showError(error, null, wrong === "too_large" ? words.targetTooLarge(Math.floor(maxBytes / MEGABYTE)) : words.wrongFile[wrong])
    if (wrong) return
    const hasShapes = isEmpty() && (await shapes.show(chosen))
    take.hidden = !hasShapes
    if (hasShapes) take.focus()
    else choose({ target: chosen })
  }

  async function choose(fields) {
    shapes.element.hidden = take.hidden = true
    toggle.disabled = choices.inert = true
    toggle.textContent = say.replacing
    const done = await send(fields)
    toggle.disabled = choices.inert = false
    toggle.textContent = say.replace
    if (done) open()
    toggle.focus()
  }

  return { element: el("div", {}, toggle, choices) }
}

function setSource(image, address) {
  if (image.getAttribute("src") !== below(address)) image.src = below(address)
}
