// The Worker under test: the real one, with an object that tests can cut, slow down and starve of D1 and KV.

import type { Admission } from '../../src/domain/app-health.ts'
import { ConnectionObject as RealConnectionObject } from '../../src/objects/connection-object.ts'
import { OAuthAppObject as RealOAuthAppObject } from '../../src/objects/oauth-app-object.ts'
import type { Deadlines, Step } from '../../src/objects/object-context.ts'
import { failingStorage, faults, starved } from './faults.ts'

export { default } from '../../src/index.ts'

export class ConnectionObject extends RealConnectionObject {
  constructor(ctx: DurableObjectState, env: Env) {
    Object.defineProperty(ctx, 'storage', { value: failingStorage(ctx.storage) })
    super(ctx, starved(env))
  }

  protected override async step(name: Step): Promise<void> {
    faults.seen.push(name)
    if (faults.storageFails?.from === name) faults.storage = faults.storageFails.how
    if (faults.crashAt !== name) return
    faults.crashAt = undefined
    faults.crashes += 1
    this.ctx.abort(`crash at ${name}`)
    await new Promise(() => {})
  }

  protected override deadlines(): Deadlines {
    return { ...super.deadlines(), identityRetryMs: [5, 5], ...faults.deadlines }
  }
}

/** Keeps the pace only where a test wants it: the clock of tests jumps back and forth, and all share one app. */
export class OAuthAppObject extends RealOAuthAppObject {
  override async admit(ask: Parameters<RealOAuthAppObject['admit']>[0]): Promise<Admission> {
    faults.admissions += 1
    if (faults.admitMs > 0) await scheduler.wait(faults.admitMs)
    if (faults.admitMs > 0) await scheduler.wait(faults.admitMs)
    return faults.paced ? super.admit(ask) : { go: true, probe: false }
  }
}
