import assert from "node:assert/strict"
import { test } from "node:test"

const { byPerson } = await import("../../plugin/static/ui/desk/reports.js")


test("all that was said about one person is one row, and who left stays apart", () => {
  const of = (id, person) => ({ id, person: person && { id: person } })
  const rows = byPerson([of(5, 1), of(4, 2), of(3, 1), of(2, null), of(1, null)])
  assert.deepEqual(rows.map((row) => row.map(({ id }) => id)), [[5, 3], [4], [2], [1]])
})
