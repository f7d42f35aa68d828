/** Small helpers around the DOM, so that the modules that build interfaces read like what they show. */
import { below } from "../../page/below.js"
import { afterPress } from "./press.js"

/**
 * Makes an element: el("p.small", { hidden: true }, "text", otherElement).
 * Props: `on` {type: listener}, `dataset`, `class`; a boolean sets or leaves out an attribute; `value`, `checked` and the
 * like that exist as properties are set as such. null and false children are left out.
 */
export function el(selector, props = {}, ...children) {
  const [tag, ...classes] = selector.split(".")
  const element = document.createElement(tag)
  if (classes.length) element.className = classes.join(" ")
  for (const [name, value] of Object.entries(props)) set(element, name, value)
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false))
  return element
}

function set(element, name, value) {
  if (value === null || value === undefined) return
  if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener)
  else if (name === "dataset") Object.assign(element.dataset, value)
  else if (name === "class") element.classList.add(...value.split(" ").filter(Boolean))
  else if (["value", "checked", "disabled", "hidden", "htmlFor", "indeterminate"].includes(name)) element[name] = value
  else if (["href", "src"].includes(name)) element.setAttribute(name, below(value))
  else if (value === true) element.setAttribute(name, "")
  else if (value !== false) element.setAttribute(name, value)
}

/** A field whose one line may wrap: Enter does what it does in every field of one line, it presses the form's button. */
export function sendOnEnter(area) {
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return
    event.preventDefault()
    area.form.querySelector("[type=submit]").click()
  })
}

export const byId = (id) => document.getElementById(id)

/** What the service wrote into the page for us. */
export const boot = () => JSON.parse(byId("boot").textContent)

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches

const CONTROLS = "button, a[href], input, select, textarea"

/**
 * Shows newer content in an element. Whoever was at one of its controls is at the same one of the new (the one in its place,
 * where several say the same), or else at the one in its place: nobody who works with the keyboard is thrown out by something
 * that others did. Nor is a press under way lost: see press.js.
 */
export const renew = (element, ...children) => afterPress(element, () => putAnew(element, children))

function putAnew(element, children) {
  const controls = () => [...element.querySelectorAll(CONTROLS)]
  const says = (control) => `${control.getAttribute("aria-label") ?? ""}|${control.textContent}`
  const before = controls()
  const at = before.indexOf(document.activeElement)
  element.replaceChildren(...children)
  if (at < 0) return
  const now = controls()
  const inPlace = now[Math.min(at, now.length - 1)]
  const isSame = (each) => says(each) === says(before[at])
  const same = inPlace && isSame(inPlace) ? inPlace : now.find(isSame)
  ;(same ?? inPlace)?.focus({ preventScroll: true })
}

const SHAPES = {
  close: "M5 5l14 14M19 5L5 19",
  back: "M15 5l-7 7 7 7",
  on: "M9 5l7 7-7 7",
  more: "M4.5 12h1M11.5 12h1M18.5 12h1",
  desk: "M4 7h9M17 7h3M13 4.5v5M4 17h3M11 17h9M11 14.5v5",
  edit: "M5 19l1-4L16 5l3 3L9 18zM14 7l3 3",
  pin: "M4 5h16v11H4zM9 20h6M12 8v5M9.5 10.5L12 8l2.5 2.5",
}

/** One of SHAPES, for the eye alone. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", "0 0 24 24")
  svg.setAttribute("aria-hidden", "true")
  const path = document.createElementNS(svg.namespaceURI, "path")
  path.setAttribute("d", SHAPES[name])
  svg.append(path)
  return svg
}

/** An icon button: `name` of SHAPES, `label` for those who do not see it. */
export function iconButton(name, label, listener, extra = "") {
  return el("button.icon", { type: "button", class: extra, "aria-label": label, title: label, on: { click: listener } }, icon(name))
}

/** Shows or hides the words of an error beside its field, and tells screen readers which field it is. */
export function showError(place, field, message) {
  place.textContent = message ?? ""
  place.hidden = !message
  if (!field) return
  if (message) field.setAttribute("aria-invalid", "true")
  else field.removeAttribute("aria-invalid")
}

/** Gives what runs a button's wish: words of what went wrong stand at `error` until the next one. Settles to whether it went well. */
export const attempting = (error) => async (run) => {
  showError(error, null, null)
  try {
    await run()
    return true
  } catch (failure) {
    showError(error, null, failure.message)
    return false
  }
}

/** Calls `run` once the calls have stopped for `milliseconds`; .cancel() forgets. */
export function debounce(run, milliseconds) {
  let timer = 0
  const later = (...args) => {
    clearTimeout(timer)
    timer = setTimeout(() => run(...args), milliseconds)
  }
  later.cancel = () => clearTimeout(timer)
  return later
}
