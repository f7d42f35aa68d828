import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { words as client } from "../../plugin/static/words/client.js"
import { words as desk } from "../../plugin/static/words/desk.js"
import { words } from "../../plugin/static/words/panel.js"
import { words as shared } from "../../plugin/static/words/words.js"

test("one photo is not photos", () => {
  assert.equal(words.photos(1), "1 photo")
  assert.equal(words.photos(1173), "1,173 photos")
  assert.equal(words.newPhotos(12), "12 new photos")
})

test("the line's counter says what is left, and what is too much", () => {
  assert.equal(words.storyLeft(12), "12 left")
  assert.equal(words.storyLeft(-3), "3 too many")
})

test("the end of the list says why it ends", () => {
  assert.match(words.endOfPeople(0, false, ""), /first photo/)
  assert.match(words.endOfPeople(0, false, "zz"), /zz/)
  assert.equal(words.endOfPeople(3, false, "zz"), "")
})

test("every state of a photo and every reachability has words", () => {
  for (const state of ["received", "prepared", "held", "placed", "refused"]) assert.ok(words.state[state])
  for (const mode of ["open", "looking", "hidden"]) assert.equal(words.reachability[mode].length, 2)
})

test("what is said of any platform names the one that it is", () => {
  assert.equal(words.platform.fromProfile("Meet"), "From your Meet profile. Change or clear it as you like.")
  assert.equal(client.pin.why("Meet").invite.client, "This Meet client cannot send invitations. Pass on the link or the code.")
  assert.equal(shared.silent("Meet"), "Meet did not tell us who you are. Close this panel and open it again.")
})

const STATIC = fileURLToPath(new URL("../../plugin/static/", import.meta.url))
const FILES = { words: shared, panel: words, desk, client }
const scripts = readdirSync(STATIC, { recursive: true })
  .filter((name) => name.endsWith(".js") && !/^(dist|words)\b/.test(name))
  .map((name) => readFileSync(path.join(STATIC, name), "utf8").replace(/^\s*\/\*.*?\*\//gms, ""))
  .map((text) => ({ text, from: /import \{ words \} from ".*words\/(\w+)\.js"/.exec(text)?.[1] }))
  .filter(({ from }) => from)
/** Where a script says words.a or words.a.b: ["a", "b" or undefined]. */
const said = (text) => [...text.matchAll(/(?<![./\w])words\.(\w+)(?:\.(\w+))?/g)].map(([, name, inner]) => [name, inner])

test("no script says a word that its words lack", () => {
  assert.ok(scripts.length > 30)
  for (const { text, from } of scripts) {
    for (const [name] of said(text)) assert.ok(name in FILES[from], `words.${name} of ${from}.js`)
  }
})

test("no word is kept that nobody says", () => {
  const known = new Set(scripts.flatMap(({ text }) => said(text)).map(([name]) => name))
  for (const each of Object.values(FILES)) for (const name of Object.keys(each)) assert.ok(known.has(name), name)
})

test("no page's own words hide those that all pages share", () => {
  for (const own of [words, client, desk]) {
    for (const [name, said] of Object.entries(shared)) assert.equal(own[name], said, name)
  }
})
