// Switches of the object under test. It runs in the test's own isolate, so a plain object reaches it.

import type { Deadlines, Step } from '../../src/objects/object-context.ts'

/** `put`: nothing more is taken. `sync`: what was taken is not known to be durable. */
export type StorageFailure = 'put' | 'sync'

export const faults = {
  /** The next time this step is reached the object is aborted. */
  crashAt: undefined as Step | undefined,
  crashes: 0,
  /** Steps reached, oldest first. */
  seen: [] as Step[],
  d1Down: false,
  /** Transactions reach D1 once this resolves, and find it as it is then. */
  d1Slow: undefined as Promise<void> | undefined,
  kvDown: false,
  /** The next time this step is reached the object's own storage begins to fail, in this way. */
  storageFails: undefined as { from: Step; how: StorageFailure } | undefined,
  /** How it fails now. */
  storage: undefined as StorageFailure | undefined,
  /** Calls on the object's bindings and, where a test wraps them, the Worker's. */
  d1Calls: 0,
  kvPuts: 0,
  kvGets: 0,
  deadlines: {} as Partial<Deadlines>,
  /** Background refreshes keep the pace of their app. */
  paced: false,
  /** How long the app's object takes to answer. */
  admitMs: 0,
  /** How often the app's object was asked. */
  admissions: 0,
}

export function mend(): void {
  Object.assign(faults, {
    crashAt: undefined,
    crashes: 0,
    seen: [],
    d1Down: false,
    d1Slow: undefined,
    kvDown: false,
    storageFails: undefined,
    storage: undefined,
    d1Calls: 0,
    kvPuts: 0,
    kvGets: 0,
    deadlines: {},
    paced: false,
    admitMs: 0,
    admissions: 0,
  })
}

/** The same bindings, whose every method rejects while it is switched off, and is counted. */
export function starved<E extends Env>(env: E): E {
  return {
    ...env,
    DB: unsteady(env.DB),
    KV: guarded(env.KV, (method) => {
      if (method === 'put') faults.kvPuts += 1
      else faults.kvGets += 1
      if (faults.kvDown) throw new Error('KV is down')
    }),
  }
}

/** D1 as it fails: a statement can always be prepared, and none is carried out. */
function unsteady(db: D1Database): D1Database {
  const lost = () => Promise.reject(new Error('Network connection lost.'))
  const statement = { bind: () => statement, first: lost, run: lost, all: lost, raw: lost }
  const slowly = async (statements: D1PreparedStatement[]) => {
    await faults.d1Slow
    return faults.d1Down ? lost() : db.batch(statements)
  }
  const counted = guarded(db, () => {
    faults.d1Calls += 1
  })
  return new Proxy(counted, {
    get(target, name) {
      if (name === 'batch' && faults.d1Slow) return (statements: D1PreparedStatement[]) => slowly(statements)
      if (!faults.d1Down) return Reflect.get(target, name)
      return () => {
        faults.d1Calls += 1
        return name === 'prepare' ? statement : lost()
      }
    },
  })
}

/** The object's own storage, which refuses to write, or to promise, while it is told to. */
export function failingStorage(storage: DurableObjectStorage): DurableObjectStorage {
  const kv = new Proxy(storage.kv, {
    get(target, name) {
      const method = Reflect.get(target, name).bind(target)
      if (name !== 'put') return method
      return (...entry: unknown[]) => {
        if (faults.storage === 'put') throw new Error('storage is full')
        return method(...entry)
      }
    },
  })
  return new Proxy(storage, {
    get(target, name) {
      if (name === 'kv') return kv
      if (name === 'sync' && faults.storage === 'sync') {
        return () => Promise.reject(new Error('storage is not durable'))
      }
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Methods are counted when called; what they give back (a prepared statement) is the real thing. */
function guarded<T extends object>(target: T, before: (method: string) => void): T {
  return new Proxy(target, {
    get(object, name) {
      const value = Reflect.get(object, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        before(String(name))
        return value.apply(object, args)
      }
    },
  })
}
