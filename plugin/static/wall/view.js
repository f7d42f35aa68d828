/**
 * The wall on a canvas. How a page puts it together:
 *
 *   const api = createApi({ join, onJoined })                       // live/api.js
 *   const wall = createWallState()                                  // wall/state.js: the store that everything listens to
 *   const photos = createPhotos({ api })                            // wall/photos.js: names, stories and keys by photo id
 *   const feed = createFeed({ api, wall, photos })                  // live/feed.js
 *   const view = createWall(canvas, { wall, photos, onOpen, onViewChange, reducedMotion, theme, stage })
 *   const grid = createGrid(element, { wall, photos, view, onOpen, labels })  // wall/grid.js, the twin for keyboard and screen readers
 *   feed.start()
 *
 * wall    .ready (a snapshot came), .revision .columns .rows .count .state .delayed .revealed .name .homes (Map photo id -> cell)
 *         .photoAt(cell) .detailAt(cell) .homeOf(photoId); wall.subscribe(listener) -> stop; listener({type: "snapshot" | "change" |
 *         "status", landed: [photo ids that are new], gone: [...], count})
 * photos  .get(id) -> {id, key, name, story, prompt, home} | undefined; .load(ids) -> Promise<Map>; .forget(id); .subscribe(listener)
 * feed    .start() .stop() .refresh(); .on("me" | "status" | "connection" | "error", listener) -> stop
 *         connection is "connecting" | "live" | "polling" | "offline" | "paused"
 *
 * createWall(canvas, options) -> view. The canvas fills its parent by CSS; put it in an element with a size.
 * options
 *   onOpen(photoId, cell)     a tap on a cell (cell may be an echo; wall.homeOf(photoId) is where its home is)
 *   onTouch()                 a person took the view in their hand: by finger, wheel, key or by opening somebody
 *   onViewChange({scale, cellPixels, atWhole})   zoomed or moved: scale 1 is the whole picture
 *   revealAt()                when the reveal is to begin, as performance.now() tells time: a picture that came earlier waits
 *   onUnveiled()              the revealed picture stands
 *   reducedMotion             true: nothing flies, short fades only (default: asks the system, and follows it)
 *   theme                     {accent: "#rrggbb"}: the ring's colour; view.setTheme(theme) later
 *   stage                     true: no gestures, the whole picture always
 *   finely                    true: a small wall is drawn from its single photos where the overview is too coarse
 *   threads, presence         lines between homes (wall/threads.js), and those of people who are here (wall/here.js)
 *   refresh                   () => feed.refresh(): asks for the snapshot when a picture's address is gone
 *
 * view
 *   resize()                  after a change of size that a ResizeObserver does not see (it watches by itself)
 *   setInset({top, right, bottom, left})  CSS pixels that something covers (a sheet): fit and flyTo use the rest
 *   zoomBy(factor) panBy(dx, dy) fit()    dx, dy in CSS pixels; with a short motion
 *   driftTo(cell, {cellSize, duration})   slowly, and nobody asked for it
 *   wholeShare                how much of what is free the whole picture covers, 0 to 1
 *   fillingCell               CSS pixels of a cell when the picture covers all that is free
 *   share                     the part of the picture that is in sight: {left, top, width, height}, each 0 to 1
 *   flyTo(cell, {cellSize})   brings a cell to the middle
 *   showPhoto(photoId)        flies to its home and lets it glow; false when it has none
 *   keepInView(cell)          moves only if the cell is outside
 *   select(cell | null)       the focus ring
 *   ring(photoId | null)      the own photo: its home has a thin ring always
 *   light(photoIds | null)    these homes in the light, all else in the shade; null: everything as it was
 *   launchFrom(photoId, rect, picture)  the next flight of this photo begins at this DOMRect of the page (the sender's sheet);
 *                             picture (an ImageBitmap or image element) is optional
 *   atWhole  cellSize         is the whole picture in sight; CSS pixels of a cell
 *   cellRect(cell)            where a cell is now: {x, y, width, height} in CSS pixels of the canvas
 *   destroy()
 */
import { createArrivals } from "./arrivals.js"
import { createGestures } from "./gestures.js"
import { cellAt, cellRect, coverage, freeArea, moveInto, shareInSight, viewOfCell } from "./hit.js"
import { loadBitmap } from "./images.js"
import { createMarks } from "./marks.js"
import { CALM_TIME, createMorph, GROWTH_TIME, REVEAL_TIME } from "./morph.js"
import { createPicture } from "./picture.js"
import { createScene } from "./scene.js"

const FLY = 650 // ms of the view's own motions
const STEP = 220
const DUSK = 350 // ms in which the shade falls
const ZOOMED = 1.5 // from this scale on the viewer looks at somebody: growth holds them in place
const PERSON_SIDE = 96 // CSS pixels of a cell that is shown
const MARGIN = 24
const LONGEST_HOLD = 10 * 1000 // ms for which a reveal that came early waits for its moment
const MOST_PIXELS = 2.5 // device pixels for a CSS pixel; more costs memory and shows nothing

export function createWall(canvas, options) {
  const { wall, photos, onOpen = () => {}, onViewChange = () => {}, onTouch = () => {}, revealAt = () => 0, onUnveiled = () => {}, stage = false, finely = false, load = loadBitmap, refresh, threads, presence } = options
  const context = canvas.getContext("2d")
  const calm = options.reducedMotion === undefined ? matchMedia("(prefers-reduced-motion: reduce)") : null
  const reducedMotion = () => calm?.matches ?? Boolean(options.reducedMotion)
  let accent = options.theme?.accent ?? "#2f6fed"
  const marks = createMarks()

  let pixelRatio = 1
  let scheduled = 0
  let viewTold = ""
  let own = null
  let selected = null
  let lit = null // {photos, start} while some are in the light
  let morph = null

  const arrivals = createArrivals({
    wall,
    photos,
    load,
    isLarge: stage,
    reducedMotion,
    area: () => freeArea(gestures.size, gestures.inset),
    frame: () => canvas.getBoundingClientRect(),
    onChange: invalidate,
    onLanded: (cell) => picture.release(cell),
  })
  const { isFlying } = arrivals
  const picture = createPicture({ wall, photos, load, refresh, onChange: invalidate, onSheet, isHeld: isFlying })
  const scene = createScene({ wall, photos, picture, load, finely, onChange: invalidate, isFlying, reducedMotion })
  const grid = () => picture.sheet ?? (wall.columns ? wall.now : { columns: 1, rows: 1 })
  const gestures = createGestures(canvas, {
    grid,
    reducedMotion,
    enabled: () => !stage && Boolean(picture.sheet),
    onView: invalidate,
    onTap,
    onTouch() {
      morph?.letGo()
      onTouch()
    },
  })
  const isCurrent = () => picture.sheet?.generation === wall.generation

  canvas.setAttribute("aria-hidden", "true")
  Object.assign(canvas.style, { display: "block", width: "100%", height: "100%", touchAction: stage ? "auto" : "none" })
  Object.assign(canvas.style, { opacity: "0", transition: reducedMotion() ? "none" : "opacity 250ms" })

  const watcher = new ResizeObserver(resize)
  watcher.observe(canvas)
  document.addEventListener("visibilitychange", onVisibility)
  const unsubscribe = wall.subscribe(onWall)
  for (const each of [threads, presence]) each?.onChange(invalidate)
  resize()
  if (wall.ready) picture.onEvent({ type: "snapshot", gone: [] })

  // What happens on the wall

  function onWall(event) {
    picture.onEvent(event)
    if (event.gone?.length) arrivals.takeAway(event.gone)
    if (event.type === "change") arrivals.land(event.landed, { own, mayFly: isCurrent() && !morph })
    else if (event.type === "snapshot" && !event.grown) arrivals.shine(event.landed)
    invalidate()
  }

  // Growth and reveal

  function onSheet(before, event) {
    gestures.setGrid()
    canvas.style.opacity = "1"
    if (before && before.generation !== picture.sheet.generation) onGrown(before, event)
    invalidate()
  }

  function onGrown(before, event) {
    arrivals.dropFlights()
    if (selected !== null) selected = event.before?.homeCells.has(selected) ? wall.homeOf(event.before.cells[selected]) : null
    const now = performance.now()
    const begins = event.unveiled ? Math.min(Math.max(now, revealAt()), now + LONGEST_HOLD) : now
    const isUnseen = morph && !morph.hasBegun(now) // a reveal that was undone before it began: nobody saw it
    if (document.hidden || !event.moves || (reducedMotion() && begins === now && !event.unveiled && !isUnseen)) return arrive(event)
    const calm = reducedMotion() || isUnseen
    const duration = calm ? CALM_TIME : event.unveiled ? REVEAL_TIME : GROWTH_TIME
    const moving = createMorph(isUnseen ? morph.before : before, picture.sheet, calm ? [] : event.moves, begins, duration)
    const hold = calm ? null : holdFor(before, event)
    morph = { ...moving, event, hold, letGo: () => (morph.hold = null) }
  }

  /** The new picture is all there is from now on. */
  function arrive({ landed = [], unveiled = false }) {
    arrivals.shine(landed)
    if (unveiled) onUnveiled()
  }

  /** Whom the viewer looks at, if anybody: the selected photo, or the home nearest to the middle when zoomed in. */
  function holdFor(before, event) {
    const { view, size, inset } = gestures
    if (view.width < ZOOMED * size.width && selected === null) return null
    const area = freeArea(size, inset)
    const middle = [area.x + area.width / 2, area.y + area.height / 2]
    let best = -1
    let least = Infinity
    event.moves.forEach(({ from, to }, index) => {
      const { x, y, width } = cellRect(view, before, from)
      const far = to === selected ? -1 : Math.hypot(x + width / 2 - middle[0], y + width / 2 - middle[1])
      if (far < least) [best, least] = [index, far]
    })
    return best < 0 ? null : { index: best, dx: 0, dy: 0 }
  }

  function holdStill(now) {
    const { hold } = morph
    if (!hold) return
    const { dx, dy } = morph.shiftOf(hold.index, now)
    const { width, x, y } = gestures.view
    gestures.shift({ width, x: x - (dx - hold.dx) * width, y: y - (dy - hold.dy) * width })
    Object.assign(hold, { dx, dy })
  }

  // Drawing, only when something changed

  function invalidate() {
    if (!scheduled && !document.hidden) scheduled = requestAnimationFrame(frame)
  }

  function frame(now) {
    scheduled = 0
    if (!picture.sheet) return
    if (draw(now)) invalidate()
    tellView()
  }

  /** Draws everything; true while something moves. */
  function draw(now) {
    if (morph) holdStill(now)
    const { view } = gestures
    const device = { x: view.x * pixelRatio, y: view.y * pixelRatio, width: view.width * pixelRatio }
    const deviceSize = { width: canvas.width, height: canvas.height }
    context.globalAlpha = 1
    context.clearRect(0, 0, canvas.width, canvas.height)
    let moving = false
    if (morph) moving = drawMorph(device, deviceSize, now)
    else moving = scene.draw(context, device, deviceSize, now)
    moving = drawShade(now) || moving
    moving = arrivals.drawGlows(context, (photo) => placeOf(photo, now), { now, pixelRatio, marks }) || moving
    moving = drawThreads(now) || moving
    drawRings(now)
    moving = arrivals.drawFlights(context, placeOfCell, { now, pixelRatio, marks }) || moving
    return moving
  }

  function drawMorph(device, deviceSize, now) {
    const { columns, rows } = picture.sheet
    context.imageSmoothingQuality = "low" // everything moves; the last frame is drawn finely
    morph.draw(context, device.x, device.y, device.width, (device.width * rows) / columns, deviceSize, now)
    if (morph.isOver(now)) {
      const { event } = morph
      morph = null
      arrive(event)
    }
    return true
  }

  /** The centre and side of a photo's home in device pixels, also while it moves; null when it has none. */
  function placeOf(photo, now) {
    const moved = morph?.rectOf(photo, now)
    const { view } = gestures
    if (moved) {
      const side = moved.side * view.width
      const half = side / 2
      return scaled({ x: view.x + moved.x * view.width + half, y: view.y + moved.y * view.width + half, side })
    }
    const cell = wall.homeOf(photo)
    return cell === null || !isCurrent() ? null : placeOfCell(cell)
  }

  function placeOfCell(cell) {
    const { x, y, width } = cellRect(gestures.view, grid(), cell)
    return scaled({ x: x + width / 2, y: y + width / 2, side: width })
  }

  const scaled = ({ x, y, side }) => ({ x: x * pixelRatio, y: y * pixelRatio, side: side * pixelRatio })

  /** True while the shade falls. */
  function drawShade(now) {
    if (!lit) return false
    const strength = reducedMotion() ? 1 : Math.min(Math.max((now - lit.start) / DUSK, 0), 1)
    const places = lit.photos.map((photo) => placeOf(photo, now)).filter(Boolean)
    marks.shade(context, places, strength, pixelRatio)
    return strength < 1
  }

  /** Not while the wall rearranges itself: then everybody is on the way. */
  function drawThreads(now) {
    if (morph || !isCurrent()) return false
    const about = { now, pixelRatio, accent, marks, still: reducedMotion() }
    const drawn = [presence, threads].map((each) => each?.draw(context, (photo) => placeOf(photo, now), about))
    return drawn.some(Boolean)
  }

  function drawRings(now) {
    const mine = own === null ? null : placeOf(own, now)
    if (mine && !isFlying(wall.homeOf(own))) marks.ring(context, mine, accent, 1.75, pixelRatio)
    if (selected !== null && !morph) marks.ring(context, placeOfCell(selected), accent, 3, pixelRatio)
  }

  function tellView() {
    const { view, isWhole } = gestures
    const now = `${view.x} ${view.y} ${view.width}`
    if (now === viewTold) return
    viewTold = now
    onViewChange({ scale: view.width / gestures.wholeWidth, cellPixels: gestures.cellSize, atWhole: isWhole })
  }

  // The page and the person

  function onTap(x, y) {
    const cell = cellAt(gestures.view, grid(), x, y)
    const photo = cell === null || !isCurrent() ? 0 : wall.photoAt(cell)
    if (photo) onOpen(photo, cell)
  }

  function onVisibility() {
    if (document.hidden) {
      arrivals.finish()
      const over = morph?.event
      morph = null
      if (over) arrive(over)
    } else invalidate()
  }

  function resize() {
    const width = canvas.clientWidth
    const height = canvas.clientHeight
    if (!width || !height) return
    pixelRatio = Math.min(globalThis.devicePixelRatio || 1, MOST_PIXELS)
    const deviceWidth = Math.round(width * pixelRatio)
    const deviceHeight = Math.round(height * pixelRatio)
    if (canvas.width !== deviceWidth || canvas.height !== deviceHeight) Object.assign(canvas, { width: deviceWidth, height: deviceHeight })
    gestures.setSize({ width, height })
    if (picture.sheet) frame(performance.now()) // at once: a canvas is empty after a change of size
  }

  function flyTo(cell, { cellSize = Math.max(PERSON_SIDE, gestures.cellSize), duration = FLY } = {}) {
    const area = freeArea(gestures.size, gestures.inset)
    const side = Math.max(Math.min(cellSize, Math.min(area.width, area.height) * 0.4), gestures.cellSize)
    gestures.go(viewOfCell(grid(), cell, side, gestures.size, gestures.inset), duration)
  }

  const byHand =
    (act) =>
    (...given) => {
      onTouch()
      return act(...given)
    }

  function driftTo(cell, { cellSize, duration }) {
    gestures.go(viewOfCell(grid(), cell, cellSize, gestures.size, gestures.inset), duration)
  }

  return {
    resize,
    driftTo,
    flyTo: byHand(flyTo),
    setInset: (inset) => gestures.setInset(inset, STEP),
    zoomBy: byHand((factor) => {
      const { view, size, inset } = gestures
      const area = freeArea(size, inset)
      const x = area.x + area.width / 2
      const y = area.y + area.height / 2
      gestures.go({ x: x - (x - view.x) * factor, y: y - (y - view.y) * factor, width: view.width * factor }, STEP)
    }),
    panBy: byHand((dx, dy) => gestures.go({ ...gestures.view, x: gestures.view.x - dx, y: gestures.view.y - dy }, STEP)),
    fit: byHand(() => gestures.whole(FLY)),
    showPhoto: byHand((photo) => {
      const cell = wall.homeOf(photo)
      if (cell === null || !isCurrent()) return false
      flyTo(cell)
      arrivals.shine([photo], reducedMotion() ? 0 : FLY * 0.7)
      return true
    }),
    keepInView: byHand((cell) => {
      const { view, size, inset } = gestures
      const { dx, dy } = moveInto(cellRect(view, grid(), cell), freeArea(size, inset), MARGIN)
      if (dx || dy) gestures.go({ ...view, x: view.x + dx, y: view.y + dy }, STEP)
    }),
    select(cell) {
      selected = cell
      invalidate()
    },
    ring(photo) {
      own = photo
      invalidate()
    },
    light(photos) {
      lit = photos && { photos, start: performance.now() }
      invalidate()
    },
    launchFrom: arrivals.launchFrom,
    setTheme(theme) {
      accent = theme.accent ?? accent
      invalidate()
    },
    cellRect: (cell) => cellRect(gestures.view, grid(), cell),
    get wholeShare() {
      return coverage(grid(), gestures.size, gestures.inset).share
    },
    get fillingCell() {
      return coverage(grid(), gestures.size, gestures.inset).cell
    },
    get share() {
      return shareInSight(gestures.view, grid(), gestures.size, gestures.inset)
    },
    get atWhole() {
      return gestures.isWhole
    },
    get cellSize() {
      return gestures.cellSize
    },
    destroy() {
      unsubscribe()
      watcher.disconnect()
      document.removeEventListener("visibilitychange", onVisibility)
      cancelAnimationFrame(scheduled)
      gestures.destroy()
      scene.destroy()
    },
  }
}
