// Switches of the object under test. It runs in the test's own isolate, so a plain object reaches it.

import type { Deadlines, Step } from '../../src/objects/object-context.ts'

export const faults = {
  /** The next time this step is reached the object is aborted. */
  crashAt: undefined as Step | undefined,
  crashes: 0,
  /** Steps reached, oldest first. */
  seen: [] as Step[],
  d1Down: false,
  kvDown: false,
  /** Calls on the object's bindings and, where a test wraps them, the Worker's. */
  d1Calls: 0,
  kvPuts: 0,
  kvGets: 0,
  deadlines: {} as Partial<Deadlines>,
}

export function mend(): void {
  Object.assign(faults, {
    crashAt: undefined,
    crashes: 0,
    seen: [],
    d1Down: false,
    kvDown: false,
    d1Calls: 0,
    kvPuts: 0,
    kvGets: 0,
    deadlines: {},
  })
}

/** The same bindings, whose every method rejects while it is switched off, and is counted. */
export function starved<E extends Env>(env: E): E {
  return {
    ...env,
    DB: guarded(env.DB, () => {
      faults.d1Calls += 1
      if (faults.d1Down) throw new Error('D1 is down')
    }),
    KV: guarded(env.KV, (method) => {
      if (method === 'put') faults.kvPuts += 1
      else faults.kvGets += 1
      if (faults.kvDown) throw new Error('KV is down')
    }),
  }
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
