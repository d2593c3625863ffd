// The bench's table. A rate is the median over the rounds, and its share is taken within a round, where the machine was as
// busy for both. Times are those of all answers together: a pause of the runtime hits every answer that is on its way,
// which in a single short round can be more than one in a hundred.

import { type Measured, median, quantile } from './load.ts'
import type { Row } from './rows.ts'

/** By row and number of connections, one measurement a round. */
export type Results = Map<string, Measured[]>

const HEAD = [
  '| row | connections | requests/s | p50 ms | p99 ms | of its yardstick | must reach | p99 of its |',
  '|---|---|---|---|---|---|---|---|',
]

export function report(rows: Row[], widths: number[], results: Results): string {
  const lines = rows.flatMap((row) =>
    widths.map((width) => {
      const of = (name: string | undefined) => results.get(`${name} ${width}`) ?? []
      return line(row, width, of(row.name), of(row.of))
    }),
  )
  return [...HEAD, ...lines].join('\n')
}

function line(row: Row, width: number, own: Measured[], yardstick: Measured[]): string {
  const time = (of: Measured[], share: number) =>
    quantile(
      of.flatMap(({ times }) => times),
      share,
    )
  const rates = own.map(({ rate }, round) => rate / (yardstick[round]?.rate ?? Number.NaN))
  const limit = row.p99Limit ? ` (at most ${row.p99Limit})` : ''
  const cells = [
    row.name,
    width,
    Math.round(median(own.map(({ rate }) => rate))),
    time(own, 0.5).toFixed(2),
    time(own, 0.99).toFixed(2),
    row.of ? `${median(rates).toFixed(2)} × ${row.of}` : '',
    row.target ?? '',
    row.of ? `${(time(own, 0.99) / time(yardstick, 0.99)).toFixed(2)}${limit}` : '',
  ]
  return `| ${cells.join(' | ')} |`
}
