/** The fields that adding a photo and "me" share: the line, the name, reachability, the two consents. */
import { charactersLeft, oneLine } from "./checks.js"
import { el, iconButton, sendOnEnter, showError } from "./dom.js"
import { words } from "../../words/panel.js"

const FEW = 20 // characters left from which on one wants to know it everywhere
let made = 0

/** The one line, with what is left of it. -> {element, value, check() -> boolean, fail(message), focus()}; onEnter: where one goes on. */
export function storyField({ prompt, value = "", longest, onInput = () => {}, onEnter = null }) {
  const id = `story-${++made}`
  const left = el("span.left", { id: `${id}-left` })
  const error = el("p.error", { id: `${id}-error`, hidden: true })
  const input = el("textarea.field", {
    id,
    rows: 2,
    placeholder: prompt,
    value,
    dir: "auto",
    enterkeyhint: onEnter ? "next" : "done",
    "aria-describedby": `${id}-error ${id}-left`,
    on: { input: update, keydown: goOn },
  })

  function goOn(event) {
    if (event.key !== "Enter") return
    event.preventDefault()
    if (!event.isComposing) onEnter?.()
  }

  function update() {
    const over = charactersLeft(input.value, longest)
    left.textContent = words.storyLeft(over)
    left.classList.toggle("over", over < 0)
    left.classList.toggle("few", over < FEW)
    if (!error.hidden) check()
    onInput()
  }

  function check() {
    const wrong = !oneLine(input.value) ? words.needStory : charactersLeft(input.value, longest) < 0 ? words.longStory : null
    showError(error, input, wrong)
    return !wrong
  }

  update()
  const label = el("div.part-row", {}, el("label", { htmlFor: id }, words.story), left)
  return {
    element: el("div.part", {}, label, input, error),
    get value() {
      return oneLine(input.value)
    },
    set value(text) {
      input.value = text
      update()
    },
    check,
    fail: (message) => failed(input, error, message),
    focus: () => goTo(input, error),
  }
}

/** What the service said about a field, in sight. */
function failed(input, error, message) {
  showError(error, input, message)
  error.scrollIntoView({ block: "nearest" })
}

/** Focuses a field so that the words about it are in sight as well. */
function goTo(input, error) {
  input.focus({ preventScroll: true })
  if (!error.hidden) error.scrollIntoView({ block: "nearest" })
  input.closest(".part").scrollIntoView({ block: "nearest" })
}

export const nameField = (options) => textField({ label: words.name, needed: words.needName, autocomplete: "name", ...options })

/**
 * One short line of text. `needed`: the words for somebody who left it empty; `clear`: gives a button that empties it;
 * `wraps`: whether it may be wider than a narrow panel and goes on below then.
 * -> {element, value, touched (by a person), note(text), check() -> boolean, fail(message), focus()}
 */
export function textField({ label, value = "", needed = null, hint = "", autocomplete = "off", longest = 80, wraps = false, clear = null, onChange }) {
  const id = `text-${++made}`
  const error = el("p.error", { id: `${id}-error`, hidden: true })
  const note = el("p.small", { id: `${id}-note`, hidden: !hint }, hint)
  let touched = false
  const input = el(wraps ? "textarea.field.wraps" : "input.field", {
    id,
    value,
    rows: wraps ? 2 : null,
    maxlength: longest,
    autocomplete,
    dir: "auto",
    enterkeyhint: "done",
    "aria-describedby": `${error.id} ${note.id}`,
    on: { input: typed, change: () => onChange?.(oneLine(input.value)) },
  })
  if (wraps) sendOnEnter(input)
  const empty = clear && iconButton("close", clear(label), clearIt, "clear")

  function typed() {
    touched = true
    if (empty) empty.hidden = !input.value
    if (!error.hidden) check()
  }

  function clearIt() {
    input.value = ""
    typed()
    input.focus()
    onChange?.("")
  }

  function check() {
    const wrong = oneLine(input.value) || !needed ? null : needed
    showError(error, input, wrong)
    return !wrong
  }

  if (empty) empty.hidden = !value
  return {
    element: el("div.part", {}, el("label", { htmlFor: id }, label), empty ? el("div.clearable", {}, input, empty) : input, error, note),
    get value() {
      return oneLine(input.value)
    },
    set value(text) {
      input.value = text
      if (empty) empty.hidden = !text
    },
    get touched() {
      return touched
    },
    note(text) {
      note.textContent = text
      note.hidden = !text
    },
    check,
    fail: (message) => failed(input, error, message),
    focus: () => goTo(input, error),
  }
}

/** Open, Just looking, Hidden: a choice in sight, with what it means below. */
export const reachChoice = ({ value = "open", onChange }) => choice({ legend: words.reach, options: words.reachability, value, onChange })

/**
 * What the stage may show of somebody, `attendee` as the service tells it. Whoever said nothing is on an event's own
 * stage without a name; on one that is recorded or public nobody is who did not say so while it was.
 * -> {element, value}: what to tell the service, {} before a person touched it. `draft`: such a value of before a reload
 */
export function stageChoice({ attendee, isPublic, draft = {}, onChange = () => {} }) {
  const { stage = "unsaid", stage_public: wasPublic = false } = attendee
  const counts = stage !== "unsaid" && (!isPublic || wasPublic)
  let said = draft.stage_public === isPublic ? draft : {}
  const { element } = choice({
    legend: words.stage,
    options: words.stageChoices,
    value: said.stage ?? (counts ? stage : isPublic ? "no" : "photo"),
    note: isPublic ? words.stagePublic : words.stageOwn,
    onChange: (wanted) => {
      said = { stage: wanted, stage_public: isPublic }
      onChange(said)
    },
  })
  return {
    element,
    get value() {
      return said
    },
  }
}

/** One of a few, all in sight: `options` {value: [title, what it means]}; `note` is said beside what it means. */
function choice({ legend, options, value, note = "", onChange = () => {} }) {
  const name = `choice-${++made}`
  const explain = el("p.small.explain", { "aria-live": "polite" })
  let chosen = value
  const choose = (mode) => {
    chosen = mode
    explain.textContent = [options[mode][1], note].filter(Boolean).join(" ")
  }
  const choices = Object.entries(options).map(([mode, [title]]) => {
    const change = () => {
      choose(mode)
      element.classList.add("touched")
      onChange(mode)
    }
    return el("label.choice", {}, el("input", { type: "radio", name, value: mode, checked: mode === value, on: { change } }), title)
  })
  choose(value)
  const element = el("fieldset.part", {}, el("legend", {}, legend), el("div.choices", {}, choices), explain)
  return {
    element,
    get value() {
      return chosen
    },
  }
}

/** Whether the host may take name and photo along: off until chosen. */
export function hostKeepsSwitch({ host_keeps: checked = false, onChange = () => {} }) {
  const input = el("input.switch", { type: "checkbox", role: "switch", checked, on: { change: () => onChange({ host_keeps: input.checked }) } })
  return { element: el("div.part", {}, el("label.switch-row", {}, el("span", {}, words.hostKeeps, el("span.small", {}, words.hostKeepsMore)), input)) }
}

/** Whether what others keep may show it: off until chosen. A switch that is left alone says nothing, and is asked about later. */
export function keepsakeSwitch({ in_keepsake: checked = false, draft = {}, onChange = () => {} }) {
  const input = el("input.switch", { type: "checkbox", role: "switch", checked: draft.keepsake ?? checked, on: { change: () => onChange({ keepsake: input.checked }) } })
  return {
    element: el("div.part", {}, el("label.switch-row", {}, el("span", {}, words.inKeepsake, el("span.small", {}, words.inKeepsakeMore)), input)),
    get value() {
      return input.checked === checked ? {} : { keepsake: input.checked }
    },
  }
}
