/**
 * What goes on at the event besides the wall: the coffee break, the reveal, who is here, threads, speakers. The service tells
 * durations; from the moment they come, the panel counts by itself.
 *
 *   const facts = createFacts({ feed })
 *   facts.break  facts.phase -> {name, left, phaseLeft, share} | null   facts.subscribe(listener)
 *   facts.here (guests, oneself among them)   facts.hostsHere (a host who is no guest, having sent no photo)
 *   facts.reveal -> {id, left, people, rooms, hellos} | null, left in seconds, below 0 afterwards   facts.revealAt (ms, as
 *   performance.now() tells them)
 *   listener({type: "break" | "reveal" | "phase" | "tick" | "here" | "threads" | "speakers"})
 */

export const FAREWELL = 60 // seconds that "back to your seats" stays
const TICK = 1000 // milliseconds

/**
 * The phase of a break, `elapsed` seconds after the service told of it; null when it is over. Pure.
 * @returns {{name: string, left: number, phaseLeft: number, share: number} | null} seconds; share of the whole that is done
 */
export function phaseAt(told, elapsed) {
  if (!told) return null
  if (told.phase === "seats") return farewell(told.phase_left, elapsed)
  let rest = elapsed
  if (told.phase === "soon") {
    if (rest < told.starts_in) return { name: "soon", left: told.starts_in - rest, phaseLeft: told.starts_in - rest, share: 0 }
    rest -= told.starts_in
  }
  const running = told.phases.reduce((sum, phase) => sum + phase.left, 0)
  const left = running - rest
  for (const phase of told.phases) {
    if (rest < phase.left) return { name: phase.name, left, phaseLeft: phase.left - rest, share: 1 - left / Math.max(told.total, left) }
    rest -= phase.left
  }
  return farewell(FAREWELL, rest)
}

function farewell(stays, elapsed) {
  return elapsed < stays ? { name: "seats", left: 0, phaseLeft: stays - elapsed, share: 1 } : null
}

/** Minutes as people say them: 5:10 left is "6 minutes", the last minute is "less than one". */
export const minutesOf = (seconds) => (seconds < 60 ? 0 : Math.ceil(seconds / 60))

export function createFacts({ feed, clock = globalThis }) {
  const listeners = new Set()
  const now = () => clock.performance.now() / 1000
  let told = null
  let since = 0
  let shown = null // the phase that listeners know
  let timer = 0
  let asOf = 0 // when the newest that we know was true, as the service tells time
  let reveal = null
  let revealAt = 0 // seconds on our clock
  const known = { here: 0, hostsHere: false, threads: null, speakers: null }

  const tell = (type) => {
    for (const listener of listeners) listener({ type })
  }

  /** A snapshot may be a second or two older than what the stream told meanwhile: then it says nothing new. */
  function take(news) {
    if (news.as_of < asOf) return
    asOf = news.as_of ?? asOf
    if (news.break !== undefined) {
      told = news.break
      since = now()
      look("break")
    }
    if (news.reveal !== undefined) takeReveal(news.reveal)
    takeHere(news)
    if (news.threads !== undefined && news.threads !== known.threads) {
      known.threads = news.threads
      tell("threads")
    }
    if (news.speakers !== undefined && (news.speakers === true || news.speakers !== known.speakers)) {
      known.speakers = news.speakers
      tell("speakers")
    }
  }

  function takeHere({ here = known.here, hosts_here: hostsHere = known.hostsHere }) {
    if (here === known.here && hostsHere === known.hostsHere) return
    Object.assign(known, { here, hostsHere })
    tell("here")
  }

  /** The moment is the same for everybody: what took longer to come here told it too late. */
  function takeReveal(next) {
    const isSame = next?.id === reveal?.id
    const at = next ? now() + next.starts_in : 0
    revealAt = isSame ? Math.min(revealAt, at) : at
    const isNews = !isSame || (next && ["people", "rooms", "hellos"].some((name) => next[name] !== reveal[name]))
    reveal = next
    if (isNews) tell("reveal")
  }

  function look(type = "tick") {
    const phase = facts.phase
    const moved = phase?.name !== shown?.name
    const before = shown
    shown = phase
    clock.clearTimeout(timer)
    if (phase) timer = clock.setTimeout(look, TICK)
    for (const listener of listeners) listener({ type: moved ? "phase" : type, before: moved ? before?.name : undefined })
  }

  const facts = {
    get break() {
      return told
    },
    get phase() {
      return phaseAt(told, now() - since)
    },
    get reveal() {
      return reveal && { ...reveal, left: revealAt - now() }
    },
    get revealAt() {
      return reveal ? revealAt * 1000 : 0
    },
    get here() {
      return known.here
    },
    get hostsHere() {
      return known.hostsHere
    },
    get threads() {
      return known.threads
    },
    get speakers() {
      return known.speakers
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  feed.on("facts", take)
  return facts
}
