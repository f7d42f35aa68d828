/** Who imports whom in the scripts: no circle, neither of files nor of folders, and nothing of ours in a platform's folder. */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))
const IMPORT = /\b(?:import|export)\b[^"';()]*?\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g

const files = ["plugin/static", "integrations"].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true })
    .filter((name) => name.endsWith(".js") && !name.startsWith("dist"))
    .map((name) => `${folder}/${name}`),
)

/** Static and dynamic imports of a text: addresses as written. */
const importsIn = (text) => [...text.replace(/^\s*\/\*.*?\*\//gms, "").matchAll(IMPORT)].map(([, from, called]) => from ?? called)

const isPage = (file) => /^integrations\/[^/]+\/pages\//.test(file)
const platformOf = (file) => file.split("/")[1]
const isOurs = (address) => address.startsWith(".")
const imports = new Map(
  files.map((file) => {
    const found = importsIn(readFileSync(path.join(ROOT, file), "utf8"))
    return [file, { ours: found.filter(isOurs).map((each) => path.posix.join(path.posix.dirname(file), each)), packages: found.filter((each) => !isOurs(each)) }]
  }),
)

/** A way that comes back to where it began, or null. `next(place)` gives the neighbours. */
function circleIn(places, next) {
  const done = new Set()
  const walk = (place, way) => {
    if (way.includes(place)) return [...way.slice(way.indexOf(place)), place]
    if (done.has(place)) return null
    for (const each of next(place)) {
      const circle = walk(each, [...way, place])
      if (circle) return circle
    }
    done.add(place)
    return null
  }
  for (const place of places) {
    const circle = walk(place, [])
    if (circle) return circle
  }
  return null
}

test("imports are found in all the ways they are written", () => {
  const text = 'import a from "./a.js"\nimport { b,\n  c } from "d3"\nexport { e } from "./e.js"\nconst f = () => import("./f.js")\n/* import("./no.js") */\nimport "./g.js"'
  assert.deepEqual(importsIn(text), ["./a.js", "d3", "./e.js", "./f.js", "./g.js"])
})

test("a circle is found", () => {
  const ways = { a: ["b"], b: ["c"], c: ["d", "b"], d: [] }
  assert.deepEqual(circleIn(["a"], (place) => ways[place]), ["b", "c", "b"])
  assert.equal(circleIn(["d"], (place) => ways[place]), null)
})

test("every imported file is there", () => {
  assert.ok(files.length > 60)
  for (const [file, { ours }] of imports) for (const each of ours) assert.ok(imports.has(each), `${file} imports ${each}`)
})

test("no circle of files", () => {
  assert.equal(circleIn(files, (file) => imports.get(file).ours), null)
})

test("no circle of folders", () => {
  const folders = new Map(files.map((file) => [path.posix.dirname(file), new Set()]))
  for (const [file, { ours }] of imports) {
    const from = path.posix.dirname(file)
    for (const to of ours.map((each) => path.posix.dirname(each))) if (to !== from) folders.get(from).add(to)
  }
  assert.equal(circleIn([...folders.keys()], (folder) => folders.get(folder)), null)
})

test("a platform imports nothing outside its own folder but packages, and nobody imports it but live/platform.js", () => {
  for (const [file, { ours }] of imports) {
    const from = path.posix.dirname(file)
    if (isPage(file)) continue
    for (const each of ours) {
      const to = path.posix.dirname(each)
      if (from.startsWith("integrations/")) assert.equal(to, from, `${file} imports ${each}`)
      else if (to.startsWith("integrations/")) assert.equal(file, "plugin/static/live/platform.js", `${file} imports ${each}`)
    }
  }
})

test("a platform's pages are entries like ours: they may use what pages use and their own platform, and nobody imports them", () => {
  assert.ok(files.some(isPage))
  for (const [file, { ours }] of imports) {
    for (const each of ours) {
      assert.ok(!isPage(each), `${file} imports ${each}`)
      if (isPage(file) && each.startsWith("integrations/")) assert.equal(platformOf(each), platformOf(file), `${file} imports ${each}`)
    }
  }
})
