// Reads the configuration once per isolate, on its first event, and builds what the services work with. A deployment
// that is not configured says so on every path, with the one variable to mend.

import { readConfiguration } from '../domain/configuration.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { Context } from '../services/context.ts'
import { openDatabase } from '../storage/database.ts'
import { Vault } from '../storage/vault.ts'
import type { HttpContext } from './env.ts'
import { answerFailure } from './failure.tsx'
import type { Reply } from './reply.ts'

/** The environment is one object per isolate. */
const contexts = new WeakMap<Env, Result<Context, string>>()

/** The context for these bindings, or the sentence that says which variable is wrong. */
export function contextOf(env: Env): Result<Context, string> {
  const known = contexts.get(env)
  if (known) return known
  const context = buildContext(env)
  contexts.set(env, context)
  return context
}

/** Of the whole address. Where the path is passed on to a service there is a limit of its own. */
const ADDRESS_LIMIT = 16_384

/** Puts the context where the request finds it; the answer where there is none, or where the address is too long. */
export function configure(c: HttpContext): Promise<Response | Reply> | undefined {
  const context = contextOf(c.env)
  if (!context.ok) return answerFailure(c, { code: 'not_configured', detail: sentence(context.error) })
  c.set('context', context.value)
  if (c.req.url.length <= ADDRESS_LIMIT) return undefined
  const message = `The address may have at most ${ADDRESS_LIMIT} characters.`
  return answerFailure(c, { code: 'invalid_request', errors: [{ path: '', message }] })
}

function buildContext(env: Env): Result<Context, string> {
  const config = readConfiguration(env)
  if (!config.ok) return err(config.error)
  return ok({
    config: config.value,
    vault: new Vault(config.value.keyRing),
    db: openDatabase(env.DB),
    kv: env.KV,
    connections: env.CONNECTIONS,
    apps: env.APPS,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  })
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
