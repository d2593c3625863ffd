// Whether the stores answer. Asked at most every fifteen seconds per isolate, however often the question comes.

import { sql } from 'drizzle-orm'
import type { Context } from './context.ts'

export const HEALTH_LIFE_MS = 15_000

const DEADLINE_MS = 5_000
const PROBE_KEY = 'health'

type Stores = Pick<Context, 'db' | 'kv'>

const cached = new WeakMap<Context['db'], { healthy: boolean; at: number }>()

/** True where both D1 and KV answered within five seconds. */
export async function checkHealth(stores: Stores, now: number): Promise<boolean> {
  const last = cached.get(stores.db)
  if (last && Math.abs(now - last.at) < HEALTH_LIFE_MS) return last.healthy
  const healthy = await answers(stores)
  cached.set(stores.db, { healthy, at: now })
  return healthy
}

async function answers({ db, kv }: Stores): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), DEADLINE_MS))
  const asked = Promise.all([db.run(sql`SELECT 1`), kv.get(PROBE_KEY)]).then(
    () => true,
    () => false,
  )
  return Promise.race([asked, late])
}
