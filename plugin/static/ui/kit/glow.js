import { el } from "./dom.js"

/** A wall is seldom as tall as its place: its own light, the blurred target, fills what it leaves free. */
export function showGlow(place, wall) {
  const address = wall.now.target
  if (!address || place.querySelector(".glow")) return
  place.prepend(el("img.glow", { src: address, alt: "" }))
}
