/** The people one met, as a file: only what both shared, and a word of warning before. */
import { el, showError } from "../kit/dom.js"
import { openSheet } from "../kit/sheet.js"
import { words } from "../../words/panel.js"

const ENDINGS = { text: "txt", csv: "csv", vcard: "vcf" }

export function takeAlong({ api }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const buttons = Object.entries(words.takeAs).map(([format, label]) =>
    el("button.button", { type: "button", on: { click: () => take(format) } }, label),
  )
  const sheet = openSheet({
    title: words.takeAlong,
    body: el("div.sheet-body", {}, el("p", {}, words.takeAlongWarning), el("div.answers.stacked", {}, buttons), error),
    kind: "take",
  })

  async function take(format) {
    showError(error, null, null)
    try {
      const response = await api.open(`/api/hellos/take-along?format=${format}`)
      const address = URL.createObjectURL(await response.blob())
      el("a", { href: address, download: `hellos.${ENDINGS[format]}` }).click()
      setTimeout(() => URL.revokeObjectURL(address), 60_000)
      sheet.close()
    } catch (failure) {
      showError(error, null, failure.code === "nobody" ? words.takeAlongNobody : failure.message)
    }
  }
}
