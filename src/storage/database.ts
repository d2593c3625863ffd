// The D1 database as drizzle sees it, and whether what it threw means that D1 does not answer.

import { DrizzleQueryError } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'

export type Database = DrizzleD1Database
/** A statement that has not been sent yet. */
export type Statement = BatchItem<'sqlite'>

/** What SQLite or the binding says of a statement that is wrong in itself. Asking again would not help. */
const OUR_FAULT =
  /\bSQLITE_(ERROR|CONSTRAINT|MISMATCH|MISUSE|RANGE|SCHEMA|TOOBIG)|\bD1_(TYPE_ERROR|COLUMN_NOTFOUND)/

export function openDatabase(binding: D1Database): Database {
  // drizzle marks the failure of a single statement, and lets that of a batch through as it is.
  const batch: D1Database['batch'] = async (statements) => {
    try {
      return await binding.batch(statements)
    } catch (error) {
      throw new DrizzleQueryError('batch', [], error as Error)
    }
  }
  const client: Pick<D1Database, 'prepare' | 'batch'> = { prepare: (sql) => binding.prepare(sql), batch }
  return drizzle(client as D1Database)
}

/** Whether D1 is down, overloaded or out of reach; false for a bug of ours, and for what did not come from D1. */
export function isDatabaseDown(error: unknown): boolean {
  return error instanceof DrizzleQueryError && !OUR_FAULT.test(error.cause?.message ?? '')
}

/** Sends them as one transaction. */
export async function runBatch(db: Database, statements: Statement[]): Promise<void> {
  const [first, ...rest] = statements
  if (first) await db.batch([first, ...rest])
}
