/**
 * From opening a wall to an answered hello, as a person does it: node hello.mjs ENGINE ADDRESS PHOTO
 * Prints what it saw as JSON. Whoever is greeted answers meanwhile, from wherever they are.
 */
import { openEngine } from "./engine.mjs"

const [name, address, photo] = process.argv.slice(2)
const engine = await openEngine(name)

/** How many different colours the wall's canvas shows: an empty one has one. */
const COLOURS = `
  const canvas = document.querySelector("#wall canvas")
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
  const found = new Set()
  for (let at = 0; at < data.length; at += 4 * 97) found.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2])
  return found.size`

/** What goes to the service, as it is looked at here: the first row of two, and the second. */
const NOTES_WHAT_IS_SENT = `
  const send = XMLHttpRequest.prototype.send
  XMLHttpRequest.prototype.send = function (body) {
    const photo = body instanceof FormData && body.get("photo")
    if (photo) createImageBitmap(photo).then((picture) => {
      const context = Object.assign(document.createElement("canvas"), { width: 1, height: 2 }).getContext("2d")
      context.drawImage(picture, 0, 0, 1, 2)
      const [above, below] = [0, 1].map((y) => [...context.getImageData(0, y, 1, 1).data])
      globalThis.sent = { bytes: photo.size, width: picture.width, height: picture.height, above, below }
    })
    return send.call(this, body)
  }`

try {
  await engine.goto(address)
  await engine.waitFor("#next[data-does=add]")
  await engine.click("#next")
  await engine.upload("dialog.sheet input[type=file]", photo)
  await engine.waitFor("dialog.sheet .preview img")
  await engine.evaluate(NOTES_WHAT_IS_SENT)
  await engine.type("dialog.sheet textarea", "I bake bread at night")
  await engine.type("dialog.sheet input.field", "Ada")
  await engine.click("dialog.sheet [type=submit]")
  await engine.waitFor("#next[data-does=stroll]")
  await engine.click("#next")
  await engine.waitFor("dialog.photo .story", "Ben")
  await engine.click("dialog.photo .photo-foot .main")
  await engine.click("dialog.hello .phrase")
  await engine.waitFor("dialog.hello", "Ben has answered you.")
  const colours = await engine.evaluate(COLOURS)
  const title = await engine.evaluate("return document.title")
  const sent = await engine.evaluate("return globalThis.sent")
  console.log(JSON.stringify({ colours, title, sent, errors: engine.errors }))
} finally {
  await engine.close()
}
