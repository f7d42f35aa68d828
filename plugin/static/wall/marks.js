/**
 * What is drawn over the wall: glows, rings and photos in flight. All in device pixels. Light and shadow are made once
 * as small pictures: blurring while drawing is slow on machines without a graphics card.
 */

const SPRITE = 128
const LINED = 12 // CSS pixels of a cell from which on it has room for a line

function sprite(paint) {
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = SPRITE
  paint(canvas.getContext("2d"))
  return canvas
}

const radial = (stops) =>
  sprite((context) => {
    const gradient = context.createRadialGradient(SPRITE / 2, SPRITE / 2, 0, SPRITE / 2, SPRITE / 2, SPRITE / 2)
    for (const [at, colour] of stops) gradient.addColorStop(at, colour)
    context.fillStyle = gradient
    context.fillRect(0, 0, SPRITE, SPRITE)
  })

export function createMarks() {
  const light = radial([
    [0, "rgb(255 255 255 / .95)"],
    [0.28, "rgb(255 250 235 / .6)"],
    [0.6, "rgb(255 244 214 / .18)"],
    [1, "rgb(255 240 200 / 0)"],
  ])
  const warmth = radial([
    [0, "rgb(255 214 120 / .9)"],
    [0.45, "rgb(255 200 90 / .5)"],
    [1, "rgb(255 180 60 / 0)"],
  ])
  const shadow = radial([
    [0, "rgb(0 0 0 / .5)"],
    [0.62, "rgb(0 0 0 / .38)"],
    [1, "rgb(0 0 0 / 0)"],
  ])

  /** A soft light around a cell, and a fine line that widens and fades. */
  function glow(context, box, { alpha, spread }, pixelRatio) {
    const side = Math.max(box.side, 14 * pixelRatio)
    const reach = side * 2.6 * spread
    context.globalCompositeOperation = "lighter"
    context.globalAlpha = alpha * 0.5
    context.drawImage(light, box.x - reach / 2, box.y - reach / 2, reach, reach)
    context.globalCompositeOperation = "source-over"
    context.globalAlpha = alpha
    context.strokeStyle = "#fff"
    context.lineWidth = 2 * pixelRatio
    const ring = side * spread + 2 * pixelRatio
    context.beginPath()
    context.roundRect(box.x - ring / 2, box.y - ring / 2, ring, ring, ring * 0.16)
    context.stroke()
    context.globalAlpha = 1
  }

  /** Somebody is here: a warm light around their cell that leaves the picture readable, and a fine line where there is room. */
  function presence(context, box, strength, pixelRatio) {
    const reach = Math.max(box.side * 2.2, 18 * pixelRatio)
    context.globalCompositeOperation = "screen"
    context.globalAlpha = 0.34 * strength
    context.drawImage(warmth, box.x - reach / 2, box.y - reach / 2, reach, reach)
    context.globalCompositeOperation = "source-over"
    context.globalAlpha = 0.8 * strength
    if (box.side > LINED * pixelRatio) line(context, box, pixelRatio)
    context.globalAlpha = 1
  }

  function line(context, { x, y, side }, pixelRatio) {
    context.strokeStyle = "rgb(255 222 150)"
    context.lineWidth = pixelRatio
    const length = side - pixelRatio
    context.strokeRect(x - length / 2, y - length / 2, length, length)
  }

  /** A line in a colour between two others, so that it is seen on any photo. */
  function ring(context, box, colour, width, pixelRatio) {
    const thick = width * pixelRatio
    // Inside a cell that has room for it: at the wall's edge a line around it would be cut off.
    const side = box.side > 28 * pixelRatio ? box.side - thick * 2 - 2 * pixelRatio : Math.max(box.side, 11 * pixelRatio)
    const line = (grow, lineWidth, stroke) => {
      const length = side + grow * 2
      context.lineWidth = lineWidth
      context.strokeStyle = stroke
      context.beginPath()
      context.roundRect(box.x - length / 2, box.y - length / 2, length, length, Math.min(4 * pixelRatio, length * 0.12))
      context.stroke()
    }
    line(thick / 2, thick + 2 * pixelRatio, "rgb(0 0 0 / .45)")
    line(thick / 2, thick + pixelRatio, "#fff")
    line(thick / 2, thick, colour)
  }

  /** A photo in flight: a print with a white edge and a shadow that both go as it settles. */
  function print(context, picture, { x, y, side, alpha, tilt, lift }) {
    context.save()
    context.translate(x, y)
    context.globalAlpha = alpha * lift * 0.8
    const dark = side * 1.55
    context.drawImage(shadow, -dark / 2, -dark / 2 + side * 0.05, dark, dark)
    context.rotate(tilt)
    context.globalAlpha = alpha
    const edge = side * 0.045 * Math.min(1, lift * 2)
    context.fillStyle = "#fff"
    context.fillRect(-side / 2 - edge, -side / 2 - edge, side + edge * 2, side + edge * 2)
    context.drawImage(picture, -side / 2, -side / 2, side, side)
    context.restore()
  }

  /** All of the wall but these cells in the shade. */
  function shade(context, boxes, strength, pixelRatio) {
    const { width, height } = context.canvas
    context.fillStyle = `rgb(18 14 8 / ${0.72 * strength})`
    context.beginPath()
    context.rect(0, 0, width, height)
    for (const { x, y, side } of boxes) context.rect(x - side / 2, y - side / 2, side, side)
    context.fill("evenodd")
    context.globalAlpha = strength
    for (const box of boxes) ring(context, box, "#fff", 1, pixelRatio)
    context.globalAlpha = 1
  }

  return { glow, ring, print, presence, shade }
}
