/**
 * The event's own look: its logo, and its colour in every theme. The host may change both while people are here.
 *
 *   const brand = createBrand({ onColours })    brand.element: the logo    brand.show({ accent, logo, logo_ground })
 *   onColours(): other colours count from now on
 */
import { below } from "../../page/below.js"
import { el } from "./dom.js"

export function createBrand({ onColours = () => {} } = {}) {
  const element = el("img.logo", { alt: "", hidden: true }) // the name stands beside it

  function show({ accent, logo, logo_ground }) {
    if (accent !== null) wear(accent, onColours)
    if (logo !== null) showLogo(element, logo, logo_ground)
  }

  return { element, show }
}

export function showLogo(image, logo, ground) {
  image.hidden = !logo
  if (!logo) return image.removeAttribute("src")
  image.dataset.ground = ground
  if (image.getAttribute("src") !== below(logo)) image.setAttribute("src", below(logo))
}

/** The style sheet that the service makes of a colour; the page may have come with it. */
function wear(accent, onColours) {
  const known = document.getElementById("brand")
  const href = accent && below(`/brand/${accent.slice(1)}.css`)
  if ((known?.getAttribute("href") ?? "") === href) return
  if (!href) {
    known.remove()
    return onColours()
  }
  const sheet = el("link", { id: "brand", rel: "stylesheet", href, on: { load: onColours } })
  if (known) known.replaceWith(sheet)
  else document.head.append(sheet)
}
