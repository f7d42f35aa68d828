/**
 * The picture that everybody will make: one of ours, or one's own in a shape of one's choice.
 *
 *   const pictures = createTargets({ targets, maxBytes })     targets: ours, as the service lists them
 *   pictures.element    pictures.fail(message)    await pictures.fields() -> { target_name, target: a File or null }
 *   await giveOwn(deskUrl, file)     to a wall that was just opened, by its host link
 */
import { createApi } from "../../live/api.js"
import { kept } from "../kit/files.js"
import { el, showError } from "../kit/dom.js"
import { createShapes } from "./shape.js"
import { words } from "../../words/desk.js"

const MEGABYTE = 1024 * 1024

export function createTargets({ targets, maxBytes }) {
  const shapes = createShapes()
  const error = el("p.error", { role: "alert", hidden: true })
  const picture = el("img", { alt: "", hidden: true, width: 160, height: 100 })
  const mark = el("span.own-mark", { "aria-hidden": "true" })
  const file = el("input.file", { type: "file", accept: "image/*", tabindex: "-1", "aria-label": words.yourOwn, on: { change: take, cancel: leave } })
  const own = el("input", { type: "radio", name: "target_name", value: "", on: { click: () => file.click() } })
  const options = targets.map(({ name, title, url }, index) => {
    const input = el("input", { type: "radio", name: "target_name", value: name, checked: index === 0 })
    return el("label.target", {}, input, el("img", { src: url, alt: "", width: 160, height: 100 }), el("span", {}, title))
  })
  const list = el("div.targets", { on: { change: showShapes } }, options, el("label.target.own", {}, own, picture, mark, el("span", {}, words.yourOwn)))
  let chosen = null

  async function take() {
    const [picked] = file.files
    if (!picked) return leave()
    const { file: whole, wrong } = await kept(picked, maxBytes)
    file.value = "" // the same one may be chosen again
    fail(wrong === "too_large" ? words.targetTooLarge(Math.floor(maxBytes / MEGABYTE)) : words.wrongFile[wrong])
    if (wrong) return leave()
    chosen = whole
    own.checked = true
    show(URL.createObjectURL(whole))
    await shapes.show(whole)
    showShapes()
  }

  function show(address) {
    if (picture.src) URL.revokeObjectURL(picture.src)
    picture.onerror = () => (mark.hidden = !(picture.hidden = true)) // HEIC, for one
    picture.src = address
    picture.hidden = !(mark.hidden = true)
  }

  /** Whoever chose no picture after all has ours. */
  function leave() {
    if (!chosen) options[0].querySelector("input").checked = true
    showShapes()
  }

  function showShapes() {
    shapes.element.classList.toggle("away", !own.checked)
  }

  const fail = (message) => showError(error, null, message)

  return {
    element: el("div", {}, list, file, shapes.element, error),
    fail,
    async fields() {
      const target = own.checked && chosen ? await shapes.cut() : null
      return { target, target_name: list.querySelector("input:checked").value || targets[0].name }
    },
  }
}

export async function giveOwn(deskUrl, file) {
  const [, code, key] = /\/host\/([^/#?]+)#(.+)$/.exec(deskUrl)
  const api = createApi({ join: () => ({ code, host_key: decodeURIComponent(key) }) })
  await api.postForm("/api/host/target", { target: file })
}
