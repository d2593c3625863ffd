// One call to a Durable Object, which answers the constant JSON of the yardstick.

import { DurableObject } from 'cloudflare:workers'
import { Hono } from 'hono'
import { ANSWER } from './answer.ts'

export class Answering extends DurableObject {
  answer(): typeof ANSWER {
    return ANSWER
  }
}

export default new Hono<{ Bindings: { OBJECT: DurableObjectNamespace<Answering> } }>().get(
  '/data',
  async (c) => c.json(await c.env.OBJECT.getByName('one').answer()),
)
