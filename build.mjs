// Bundles the browser half into plugin/static/dist/: content-hashed names, so that they may be cached for ever, and
// manifest.json, which tells the service that "panel.js" is now "panel-HASH.js". Run by `make`; needs `npm ci` first.
import { createHash } from "node:crypto"
import { readdir, readFile, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { build } from "esbuild"

const ROOT = path.dirname(fileURLToPath(import.meta.url))
const SOURCE = path.join(ROOT, "plugin/static")
const OUT = path.join(SOURCE, "dist")

// Every script and style sheet directly in plugin/static is an entry; what they import lives in folders below. So is every
// script of a platform's own pages: integrations/<platform>/pages/<name>.js is known as "<platform>-<name>.js".
const named = new Map() // file -> what the service asks for
for (const name of await readdir(SOURCE)) if (/\.(js|css)$/.test(name)) named.set(`plugin/static/${name}`, name)
for (const platform of await readdir(path.join(ROOT, "integrations"))) {
  const pages = await readdir(path.join(ROOT, "integrations", platform, "pages")).catch(() => [])
  for (const name of pages) named.set(`integrations/${platform}/pages/${name}`, `${platform}-${name}`)
}
if (!named.size) throw new Error(`No entry points (*.js, *.css) in ${SOURCE}`)

// "The panel.js of the platform of this name" as one import for each folder that has one: esbuild's own way needs a script more.
const ANY_PANEL = "import(`../../../integrations/${name}/panel.js`)"
const withPanel = []
for (const name of await readdir(path.join(ROOT, "integrations"))) {
  if ((await readdir(path.join(ROOT, "integrations", name)).catch(() => [])).includes("panel.js")) withPanel.push(name)
}
const panels = {
  name: "panels",
  setup({ onLoad }) {
    onLoad({ filter: /live\/platform\.js$/ }, async (module) => {
      const text = await readFile(module.path, "utf8")
      if (!text.includes(ANY_PANEL)) throw new Error(`${module.path} does not say ${ANY_PANEL}`)
      const each = withPanel.map((name) => `${name}: () => import("../../../integrations/${name}/panel.js")`)
      return { contents: text.replace(ANY_PANEL, `({ ${each.join(", ")} })[name]()`) }
    })
  },
}

const OPTIONS = {
  absWorkingDir: ROOT,
  outdir: OUT,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]", // what is loaded when it is needed, such as each platform's panel.js
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "safari15.4"],
  minify: true,
  charset: "utf8",
  legalComments: "linked", // the licences of what is bundled stay beside it
  loader: { ".svg": "file", ".png": "file", ".woff2": "file" },
  metafile: true,
  logLevel: "warning",
  plugins: [panels],
}

/** Bundles a page by itself, so that whoever opens it asks for two scripts at most: its own, and what that shares with the
 * parts that come later. Left to itself, esbuild puts what each few of all pages share into a file of its own: two dozen. */
async function bundle(names) {
  const entryPoints = names.map((file) => ({ in: path.join(ROOT, file), out: path.parse(named.get(file)).name }))
  const options = { ...OPTIONS, entryPoints }
  const { inputs } = (await build({ ...options, write: false })).metafile
  const parts = new Set(Object.values(inputs).flatMap((each) => each.imports).filter((each) => each.kind === "dynamic-import").map((each) => each.path))
  if (names.length > 1 || !parts.size) return (await build(options)).metafile
  const ours = [...atOnce(inputs, names[0])].filter((each) => each !== names[0] && !each.startsWith("node_modules/"))
  return (await build({ ...options, plugins: [shared(ours, parts), panels] })).metafile
}

/** What is there as soon as this one is. */
function atOnce(inputs, file, found = new Set()) {
  if (found.has(file)) return found
  found.add(file)
  for (const each of inputs[file].imports) if (each.kind === "import-statement" && inputs[each.path]) atOnce(inputs, each.path, found)
  return found
}

/** Every part says that it needs all that is there at once; so that is one file. */
function shared(files, parts) {
  return {
    name: "shared",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^shared:$/ }, () => ({ path: "all", namespace: "shared" }))
      onLoad({ filter: /./, namespace: "shared" }, () => ({
        contents: files.map((each) => `import ${JSON.stringify(path.join(ROOT, each))}`).join("\n"),
        resolveDir: ROOT,
      }))
      onLoad({ filter: /\.js$/ }, async (module) => {
        if (!parts.has(path.relative(ROOT, module.path))) return null
        return { contents: `import "shared:"\n${await readFile(module.path, "utf8")}` }
      })
    },
  }
}

const metafile = { inputs: {}, outputs: {} }
const groups = new Map() // each page alone, but the small ones of a platform together: they share its SDK
for (const file of named.keys()) {
  const group = file.startsWith("integrations/") ? path.dirname(file) : file
  groups.set(group, [...(groups.get(group) ?? []), file])
}
for (const names of groups.values()) {
  const { inputs, outputs } = await bundle(names)
  Object.assign(metafile.inputs, inputs)
  Object.assign(metafile.outputs, outputs)
}

const outputs = Object.entries(metafile.outputs)
const entries = outputs
  .filter(([, { entryPoint }]) => named.has(entryPoint))
  .map(([file, { entryPoint }]) => [named.get(entryPoint), path.basename(file)])

// Each language's words, from the catalogues (python -m plugin.operate.catalogue browser build/words).
const WORDS = path.join(ROOT, "build/words")
const wordFiles = []
for (const name of await readdir(WORDS)) {
  const text = await readFile(path.join(WORDS, name))
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase()
  const file = path.join(path.relative(ROOT, OUT), name.replace(/\.json$/, `-${hash}.json`))
  await writeFile(path.join(ROOT, file), text)
  wordFiles.push(file)
  entries.push([name, path.basename(file)])
}
await writeFile(path.join(OUT, "manifest.json"), JSON.stringify(Object.fromEntries(entries.sort()), null, 2) + "\n")

// What others wrote may be given on only with their licence beside it, also where one package carries others inside it.
const FOLDER = /^node_modules\/(@[^/]+\/[^/]+|[^/]+)(?:.*\/node_modules\/(@[^/]+\/[^/]+|[^/]+))?/
const packages = new Map() // name -> what carries it, "" for those that are installed
for (const [, carrier, inner] of Object.keys(metafile.inputs).flatMap((file) => [FOLDER.exec(file) ?? []])) {
  if (carrier) packages.set(carrier, "")
  if (inner && !packages.has(inner)) packages.set(inner, carrier)
}
const licences = []
for (const [name, carrier] of [...packages].sort()) {
  const folder = path.join(ROOT, "node_modules", name)
  const file = (await readdir(folder).catch(() => [])).find((each) => /^licen[cs]e/i.test(each))
  if (!file && !carrier) throw new Error(`${name} has no licence file`)
  licences.push(`${name}\n\n${file ? (await readFile(path.join(folder, file), "utf8")).trim() : `Comes inside ${carrier}, and without a text of its own.`}\n`)
}
await writeFile(path.join(OUT, "licences.txt"), licences.join("\n\n"))

// Only now remove what an earlier build left: a running server must never see an empty folder.
const packable = [...outputs.map(([file]) => file).filter((file) => /\.(js|css|svg)$/.test(file)), ...wordFiles]
const kept = new Set(["manifest.json", "licences.txt", "targets", ...outputs.map(([file]) => path.basename(file)), ...wordFiles.map((file) => path.basename(file))])
for (const file of packable) {
  // Packed once here instead of for every panel that opens; the server gives out what the browser takes.
  const bytes = await readFile(path.join(ROOT, file))
  for (const [ending, packed] of [["gz", gzipSync(bytes, { level: 9 })], ["br", brotliCompressSync(bytes)]]) {
    await writeFile(path.join(ROOT, `${file}.${ending}`), packed)
    kept.add(`${path.basename(file)}.${ending}`)
  }
}
for (const name of await readdir(OUT)) if (!kept.has(name)) await rm(path.join(OUT, name), { recursive: true })

let total = 0
for (const [file] of outputs.filter(([file]) => /\.(js|css)$/.test(file))) {
  const bytes = gzipSync(await readFile(path.join(ROOT, file))).length
  total += bytes
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} kB  ${path.basename(file)}`)
}
console.log(`${(total / 1000).toFixed(1).padStart(7)} kB  compressed in all`)
