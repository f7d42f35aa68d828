/**
 * Whom the wandering wall showed by itself, told to the service now and then: it counts as being shown, so that nobody stays
 * unseen. One small call a minute; where thousands are here each panel speaks as much more rarely, for all of them see
 * different people and a part of them is as good as all.
 *
 *   const wandered = createWandered({ api, here: () => facts.here });  wandered.note(id)
 */
const EVERY = 60 * 1000 // milliseconds
const SPEAKERS = 1000 // about so many panels of an event speak in that time, however many there are
const MOST = 12 // photos in one call: as many as it comes by in two minutes

export function createWandered({ api, here = () => 0, clock = globalThis, random = Math.random, page = globalThis.document }) {
  let shown = []
  let timer = 0

  function send() {
    timer = 0
    if (page?.visibilityState === "hidden") return
    const photos = shown.splice(0)
    api.post("/api/wandered", { photos }).catch(() => {}) // a number that is lost is only a number
  }

  return {
    note(id) {
      shown = [...shown.filter((each) => each !== id), id].slice(-MOST)
      timer ||= clock.setTimeout(send, EVERY * Math.max(1, here() / SPEAKERS) * (0.75 + random() / 2))
    },
  }
}
