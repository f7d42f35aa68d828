/** Snapshots and changes as the service sends them. */

export const pack = (numbers) => Buffer.from(Uint32Array.from(numbers).buffer).toString("base64")

/** A wall of 4 x 2 cells with photo 7 at home in cell 0 and photo 300 in cell 5; the rest are echoes. */
export function snapshot({ revision = 10, generation = 1, columns = 4, rows = 2, cells, homes, ...more } = {}) {
  return {
    revision,
    state: "open",
    name: "Spring Summit",
    count: 2,
    delayed: false,
    credits: "",
    tint: 20,
    grid: {
      generation,
      columns,
      rows,
      cells: pack(cells ?? [7, 300, 7, 300, 7, 300, 7, 300]),
      homes: pack((homes ?? [[7, 0], [300, 5]]).flat()),
    },
    overview: { revision, cell_px: 24, url: `/media/walls/k/overview-${revision}.jpg` },
    target: "/media/walls/k/target-small.jpg",
    media: "/media/walls/k/",
    levels: [{ cell_px: 64, tile_cells: 2, tiles: [9, 10] }],
    ...more,
  }
}

export const change = (values) => ({ revision: 11, from: 10, generation: 1, cells: [], photos: [], gone: [], patch: true, tiles: [], ...values })
