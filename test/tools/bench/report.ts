// The bench's table: medians over the rounds. A share is taken within its round, where the machine was as busy for both.

import { type Measured, median } from './load.ts'
import type { Row } from './rows.ts'

/** By row and number of connections, one figure a round. */
export type Results = Map<string, Measured[]>

export function report(rows: Row[], widths: number[], results: Results): string {
  const lines = [
    '| row | connections | requests/s | p50 ms | p99 ms | of its yardstick | must reach | p99 of its |',
    '|---|---|---|---|---|---|---|---|',
  ]
  for (const row of rows) {
    for (const width of widths) {
      const own = results.get(`${row.name} ${width}`) ?? []
      const yardstick = results.get(`${row.of} ${width}`) ?? []
      const figure = (pick: (each: Measured) => number) => median(own.map(pick))
      const share = (pick: (each: Measured) => number) => {
        const shares = own.flatMap((each, round) => {
          const other = yardstick[round]
          return other ? [pick(each) / pick(other)] : []
        })
        return shares.length > 0 ? median(shares).toFixed(2) : ''
      }
      const cells = [
        row.name,
        width,
        Math.round(figure(({ rate }) => rate)),
        figure(({ p50 }) => p50).toFixed(2),
        figure(({ p99 }) => p99).toFixed(2),
        row.of ? `${share(({ rate }) => rate)} × ${row.of}` : '',
        row.target ?? '',
        `${share(({ p99 }) => p99)}${row.p99Limit ? ` (at most ${row.p99Limit})` : ''}`,
      ]
      lines.push(`| ${cells.join(' | ')} |`)
    }
  }
  return lines.join('\n')
}
