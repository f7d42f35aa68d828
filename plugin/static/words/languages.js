/**
 * The page's language and its words. The English text is the key; the others come as files, which the page names and
 * asks for early: one for everybody, and one with what only the page's platform says. Where one does not come, English is
 * shown: words that some cannot read are better than none.
 *
 *   _("%(name)s is ready", { name })    ngettext("%(count)s photo", "%(count)s photos", count)
 *   translated({...})    a tree of texts, each string of it looked up
 *   language  isRtl  number(n)  percent(share)  choose(language)  follow(language)
 */

const KEY = "mosaic:language" // what this browser's owner chose
const EVENTS = "mosaic:language:event" // what the event speaks, for a page in a client, which begins before it knows
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/
const SOURCE = "en"

export const page = readPage()
if (page.asked) keep("sessionStorage", KEY, page.now) // an address that says it counts for the pages that follow, in this tab
const chosen = () => kept("sessionStorage", KEY) ?? kept("localStorage", KEY)
export const language = page.asked ? page.now : [chosen(), page.event ?? kept("localStorage", EVENTS)].find((each) => each in page.names) ?? page.now
const catalogue = await load(language)
export const isRtl = language === "ar"

const rules = new Intl.PluralRules(language)
const numbers = new Intl.NumberFormat(language)
const percents = new Intl.NumberFormat(language, { style: "percent" })
export const number = (value) => numbers.format(value)
export const percent = (share) => percents.format(share)

export function gettext(text, values) {
  return fill(catalogue.words[text] ?? text, values)
}
export { gettext as _ }

/** A ready line of a hello: known by id, so that it is read in the reader's language; own words stay as they are. */
export function phrase({ opener, parameters = {}, text }) {
  const known = opener && catalogue.phrases?.[opener]
  return known ? known.replace(/\{(\w+)\}/g, (whole, name) => (name in parameters ? apart(String(parameters[name])) : whole)) : text
}

/** `%(count)s` is the number, written as the language writes it. */
export function ngettext(one, many, count, values = {}) {
  const forms = catalogue.words[one]
  const form = Array.isArray(forms) ? forms[catalogue.plurals[rules.select(count)] ?? forms.length - 1] : null
  return fill(form ?? (count === 1 ? one : many), { ...values, count: number(count) })
}

export function translated(tree) {
  if (typeof tree === "string") return gettext(tree)
  if (Array.isArray(tree)) return tree.map(translated)
  if (typeof tree !== "object") return tree
  return Object.fromEntries(Object.entries(tree).map(([name, branch]) => [name, translated(branch)]))
}

function fill(text, values) {
  return values ? text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? apart(String(values[name])) : whole)) : text
}

/** A name that runs the other way must not take the words around it along. */
function apart(value) {
  return /\p{L}/u.test(value) && RIGHT_TO_LEFT.test(value) !== isRtl ? `\u2068${value}\u2069` : value
}

/** Takes effect with the next load of the page; nothing of the address changes. False where this browser keeps nothing. */
export function choose(wanted) {
  keep("sessionStorage", KEY, wanted)
  return keep("localStorage", KEY, wanted)
}

/** The event speaks `wanted` from now on, or "": each person's own. True where the page has to come again for that. */
export function follow(wanted) {
  if (page.asked || chosen() in page.names) return false
  const next = wanted in page.names ? wanted : page.own
  return next !== language && keep("localStorage", EVENTS, wanted)
}

function keep(storage, key, value) {
  try {
    globalThis[storage].setItem(key, value)
    return true
  } catch {
    return false
  }
}

function kept(storage, key) {
  try {
    return globalThis[storage].getItem(key)
  } catch {
    return null
  }
}

function readPage() {
  const place = globalThis.document?.getElementById("languages")
  return place ? JSON.parse(place.textContent) : { now: SOURCE, asked: true, names: {}, words: {} }
}

async function load(wanted) {
  const files = await Promise.all((page.words[wanted] ?? []).map(read))
  const words = Object.assign({}, ...files.map((file) => file.words))
  return Object.assign({ plurals: {} }, ...files, { words })
}

async function read(address) {
  try {
    const response = await fetch(address)
    return response.ok ? await response.json() : {}
  } catch {
    return {}
  }
}

/** The service wrote the page in another language than this browser's owner chose: say its few words again. */
export function speak(root = document) {
  if (language === page.now) return
  root.documentElement.lang = language
  root.documentElement.dir = isRtl ? "rtl" : "ltr"
  for (const each of root.querySelectorAll("[data-text]")) each.textContent = gettext(each.dataset.text)
  for (const each of root.querySelectorAll("[data-label]")) each.setAttribute("aria-label", gettext(each.dataset.label))
}
