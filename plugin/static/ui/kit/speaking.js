/**
 * The event's language, which its host may change while people are here. The page comes again in it: not everybody's at
 * once, and nobody's while something is open or being typed.
 *
 *   followLanguage({ wall, isFree })    isFree() -> whether the page may go and come again now
 */
import { follow } from "../../words/languages.js"

const SPREAD = 5000 // milliseconds
const AGAIN = 1000

export function followLanguage({ wall, isFree, wants = follow, reload = () => location.reload(), clock = globalThis }) {
  let known = null // as the service told it last; null before it did
  let timer = 0

  wall.subscribe(() => {
    const told = wall.about.language
    if (told === null || told === known) return
    const wait = known === null ? 0 : Math.random() * SPREAD
    known = told
    clock.clearTimeout(timer)
    timer = clock.setTimeout(come, wait)
  })

  function come() {
    if (!isFree()) timer = clock.setTimeout(come, AGAIN)
    else if (wants(known)) reload()
  }
}
