/** Tells screen readers what lands, in batches: "12 new photos", never one message for each; and what else happens. */
import { words } from "../../words/panel.js"

const BATCH = 5000 // milliseconds

export function createAnnouncer(element) {
  let landed = 0
  let timer = 0

  function tell() {
    timer = 0
    element.textContent = words.newPhotos(landed)
    landed = 0
  }

  return {
    /** At once; a batch that waits comes after it. */
    say(text) {
      if (text) element.textContent = text
    },
    landed(count) {
      landed += count
      if (landed && !timer) timer = setTimeout(tell, BATCH)
    },
  }
}
