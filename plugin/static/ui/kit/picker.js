/** The languages at the foot of a page: the choice is kept in this browser, and the page comes again in it. */
import { choose, language, page } from "../../words/languages.js"

export function offerLanguages() {
  for (const link of document.querySelectorAll("[data-language]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault()
      choose(link.dataset.language)
      comeIn(link.dataset.language)
    })
  }
  if (language !== page.now) comeIn(language)
}

/** The fragment stays: it may hold a host's key. */
function comeIn(wanted) {
  const address = new URL(location.href)
  address.searchParams.set("lang", wanted)
  if (address.href === location.href) location.reload()
  else location.replace(address)
}
