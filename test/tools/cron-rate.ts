// `npm run cron-rate`: what the cron's repair path sustains here: rows whose objects broke their promise to be heard, each
// claimed, nudged and written again. Loopback only. First the objects have lost all they held and are rebuilt from their
// rows, then they only answer. Option: --rows.

import { startBare } from './bare.ts'
import { option } from './options.ts'
import { signIn } from './visitor.ts'

const ROWS = option('rows', 2_000)
const LATE_MS = 60_000

const bare = await startBare()
try {
  const visitor = await signIn(bare)
  const source = await visitor.connect('local')
  const db = await bare.db()
  // Copies of one row under other ids: rows that only D1 knows.
  await db
    .prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
       INSERT INTO connections SELECT ${await columns(db)} FROM connections, numbers WHERE connections.id = ?`,
    )
    .bind(ROWS, source)
    .run()
  await repair('objects that are empty')
  await repair('objects that answer')
} finally {
  await bare.stop()
}

async function columns(database: D1Database): Promise<string> {
  const { results } = await database
    .prepare("SELECT name FROM pragma_table_info('connections')")
    .all<{ name: string }>()
  return results
    .map(({ name }) => (name === 'id' ? "'con_' || printf('%026d', n)" : `connections.${name}`))
    .join(', ')
}

/** Makes every copy overdue, and rings the cron until none is. */
async function repair(what: string): Promise<void> {
  const database = await bare.db()
  const overdue = 'UPDATE connections SET heard_by = ?, nudge_at = NULL WHERE id LIKE ?'
  await database
    .prepare(overdue)
    .bind(Date.now() - LATE_MS, `con_${'0'.repeat(20)}%`)
    .run()
  await bare.resetCounts()
  const started = performance.now()
  const repaired: number[] = []
  for (let left = ROWS; left > 0; ) {
    await bare.cron()
    const waiting = await database
      .prepare('SELECT count(*) AS total FROM connections WHERE heard_by < ?')
      .bind(Date.now() - LATE_MS / 2)
      .first<number>('total')
    repaired.push(left - (waiting ?? 0))
    if (waiting === left) throw new Error(`${left} rows stay overdue.`)
    left = waiting ?? 0
  }
  const seconds = (performance.now() - started) / 1000
  const { d1Writes } = await bare.counts()
  console.log(
    `${what}: ${ROWS} rows in ${seconds.toFixed(1)} s, ${Math.round(ROWS / seconds)} claims and nudges a second, ` +
      `${(d1Writes / ROWS).toFixed(2)} D1 writes a row; a run repaired ${repaired.join(', ')}`,
  )
}
