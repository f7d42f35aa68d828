import assert from "node:assert/strict"
import { test } from "node:test"

/** The module as a page in a language loads it: the page names the language, and gives the address of its words. */
async function inLanguage(now, catalogue, { saved = null, asked = false, own = null, tab = new Map() } = {}) {
  const names = { en: "English", ar: "العربية", pl: "Polski" }
  const words = { ar: ["/words-ar.json", own && "/words-meet-ar.json"].filter(Boolean), pl: ["/words-pl.json"] }
  const page = { now, asked, names, words }
  globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(page) }) }
  globalThis.sessionStorage = { getItem: (name) => tab.get(name) ?? null, setItem: (name, value) => tab.set(name, value) }
  globalThis.localStorage = { getItem: () => saved, setItem: () => {} }
  const fetched = []
  globalThis.fetch = async (path) => {
    fetched.push(path)
    if (!catalogue) throw new TypeError("failed to fetch")
    return Response.json(path.includes("meet") ? own : catalogue)
  }
  const module = await import(`../../plugin/static/words/languages.js?${Math.random()}`)
  for (const name of ["document", "localStorage", "sessionStorage", "fetch"]) delete globalThis[name]
  return { ...module, fetched }
}

const ARABIC = {
  plurals: { zero: 0, one: 1, two: 2, few: 3, many: 4, other: 5 },
  words: { Stroll: "تجوّل", "%(name)s is ready": "%(name)s جاهز", "%(count)s photo": ["0", "1", "2", "%(count)s صور", "%(count)s صورة", "other"] },
  phrases: { story_more: "كتبت «{story}»." },
}

test("words come from the catalogue, and what it lacks is said in English", async () => {
  const { _, isRtl, fetched, translated } = await inLanguage("ar", ARABIC)
  assert.deepEqual(fetched, ["/words-ar.json"])
  assert.equal(isRtl, true)
  assert.equal(_("Stroll"), "تجوّل")
  assert.equal(_("Unknown"), "Unknown")
  assert.deepEqual(translated({ a: ["Stroll", { b: "Unknown" }] }), { a: ["تجوّل", { b: "Unknown" }] })
})

test("what only the platform of the page says comes as a file of its own", async () => {
  const { _, fetched, phrase } = await inLanguage("ar", ARABIC, { own: { words: { "Add to Meet": "أضف إلى Meet" } } })
  assert.deepEqual(fetched, ["/words-ar.json", "/words-meet-ar.json"])
  assert.deepEqual([_("Stroll"), _("Add to Meet")], ["تجوّل", "أضف إلى Meet"])
  assert.equal(phrase({ opener: "story_more", parameters: { story: "خبز" }, text: "You wrote" }), "كتبت «خبز».")
})

test("a count takes the form that its language has for it", async () => {
  const { ngettext } = await inLanguage("ar", ARABIC)
  const say = (count) => ngettext("%(count)s photo", "%(count)s photos", count)
  assert.deepEqual([0, 1, 2].map(say), ["0", "1", "2"])
  assert.match(say(3), /صور$/)
  assert.match(say(11), /صورة$/)
  assert.equal(say(100), "other")
})

test("a name that runs the other way is set apart; one that runs along is not", async () => {
  const { _ } = await inLanguage("ar", ARABIC)
  assert.equal(_("%(name)s is ready", { name: "Ada" }), "\u2068Ada\u2069 جاهز")
  assert.equal(_("%(name)s is ready", { name: "ليلى" }), "ليلى جاهز")
})

test("a hello's ready line is read in the reader's language; own words stay as they are", async () => {
  const { phrase } = await inLanguage("ar", ARABIC)
  assert.equal(phrase({ opener: "story_more", parameters: { story: "خبز" }, text: "You wrote" }), "كتبت «خبز».")
  assert.equal(phrase({ opener: null, parameters: {}, text: "Hallo" }), "Hallo")
  assert.equal(phrase({ opener: "new_one", parameters: {}, text: "In English" }), "In English")
})

test("without its words a page speaks English rather than nothing", async () => {
  const { _, ngettext, phrase } = await inLanguage("ar", null)
  assert.equal(_("Stroll"), "Stroll")
  assert.match(ngettext("%(count)s photo", "%(count)s photos", 3), /photos$/)
  assert.equal(phrase({ opener: "story_more", text: "You wrote" }), "You wrote")
})

test("what this browser's owner chose wins, except over an address that says otherwise", async () => {
  assert.equal((await inLanguage("en", ARABIC, { saved: "ar" })).language, "ar")
  assert.equal((await inLanguage("en", ARABIC, { saved: "ar", asked: true })).language, "en")
  assert.equal((await inLanguage("en", ARABIC, { saved: "xx" })).language, "en")
})

test("what an address says holds for the pages that follow in this tab", async () => {
  const tab = new Map()
  await inLanguage("en", ARABIC, { asked: true, tab })
  assert.equal((await inLanguage("ar", ARABIC, { saved: "ar", tab })).language, "en")
  assert.equal((await inLanguage("en", ARABIC, { saved: "ar" })).language, "ar")
})
