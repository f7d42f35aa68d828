/**
 * The homes of those who are here now, in a soft light. It fades in and out and stands still otherwise, so that a wall which
 * nobody touches costs nothing.
 *
 *   const glow = createGlow()
 *   glow.set(photo ids)   glow.onChange(listener)   glow.draw(context, placeOf, {now, pixelRatio, marks, still}) -> whether it fades
 */
const FADE = 900 // milliseconds

export function createGlow({ clock = globalThis } = {}) {
  const lights = new Map() // photo -> {from, to, since}
  let listener = () => {}

  const strengthOf = ({ from, to, since }, now) => from + (to - from) * Math.min(1, Math.max(0, (now - since) / FADE))

  function turn(photo, to, now) {
    const light = lights.get(photo)
    if ((light?.to ?? 0) !== to) lights.set(photo, { from: light ? strengthOf(light, now) : 0, to, since: now })
  }

  return {
    onChange: (given) => (listener = given),
    set(photos) {
      const now = clock.performance.now()
      const here = new Set(photos)
      for (const photo of new Set([...lights.keys(), ...here])) turn(photo, here.has(photo) ? 1 : 0, now)
      listener()
    },
    draw(context, placeOf, { now, pixelRatio, marks, still }) {
      let fades = false
      for (const [photo, light] of lights) {
        const strength = still ? light.to : strengthOf(light, now)
        fades ||= strength !== light.to
        if (!strength && !light.to) lights.delete(photo)
        const place = strength && placeOf(photo)
        if (place) marks.presence(context, place, strength, pixelRatio)
      }
      return fades
    },
  }
}
