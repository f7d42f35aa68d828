/**
 * Who is here now, as far as this person may see it: asked for now and then, and only while somebody looks at the panel.
 * The more people there are, the more rarely each panel asks.
 *
 *   const hereNow = createHereNow({ api, facts })
 *   hereNow.photos (ids of those whose homes glow)   hereNow.faces [{initial, key}]   hereNow.subscribe(listener)   hereNow.start()
 */
const EVERY = 20 * 1000 // milliseconds
const EACH = 5 // milliseconds more for each person here: 10,000 panels then ask 200 times a second
const SOON = 2 * 1000 // after somebody came or left, where there are few
const FEW = 30

export function createHereNow({ api, facts, page = globalThis.document, clock = globalThis, random = Math.random }) {
  const listeners = new Set()
  let now = { photos: [], faces: [] }
  let timer = 0
  let isStarted = false

  function later(milliseconds) {
    clock.clearTimeout(timer)
    timer = clock.setTimeout(ask, milliseconds * (0.75 + random() / 2))
  }

  async function ask() {
    if (page.visibilityState === "hidden") return // it goes on when somebody looks again
    const answer = await api.get("/api/here", { cache: "no-store", tries: 1 }).catch(() => null)
    later(Math.max(EVERY, facts.here * EACH))
    if (!answer || JSON.stringify(answer) === JSON.stringify(now)) return
    now = answer
    for (const listener of listeners) listener()
  }

  facts.subscribe(({ type }) => type === "here" && isStarted && facts.here <= FEW && later(SOON))
  page.addEventListener("visibilitychange", () => isStarted && page.visibilityState !== "hidden" && later(SOON))

  return {
    get photos() {
      return now.photos
    },
    get faces() {
      return now.faces
    },
    subscribe: (listener) => listeners.add(listener),
    start() {
      if (isStarted) return
      isStarted = true
      later(SOON)
    },
  }
}
