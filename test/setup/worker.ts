// The Worker under test: the real one, with an object that tests can cut, slow down and starve of D1 and KV.

import { ConnectionObject as RealConnectionObject } from '../../src/objects/connection-object.ts'
import type { Deadlines, Step } from '../../src/objects/object-context.ts'
import { faults, starved } from './faults.ts'

export { default } from '../../src/index.ts'

export class ConnectionObject extends RealConnectionObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, starved(env))
  }

  protected override async step(name: Step): Promise<void> {
    faults.seen.push(name)
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
