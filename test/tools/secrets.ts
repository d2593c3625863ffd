// The secrets of a local run and the variables the Worker reads. Secrets are made once and kept in `.dev.vars`; what
// depends on the ports of this run is written beside the state, in an env file that wrangler reads instead.

import { createHmac, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseEnv } from 'node:util'
import { CRM_CLIENT, LENIENT_CLIENT, SIGN_IN_CLIENT } from '../upstream/provider.ts'

export type Variables = Record<string, string>

/** Reads the file after adding what is missing. A value that is there is never changed. */
export function readSecrets(file: string): Variables {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const present = parseEnv(text)
  const missing = Object.entries(newSecrets()).filter(([name]) => !present[name])
  if (missing.length > 0) {
    const lines = missing.map(([name, value]) => `${name}=${value}\n`).join('')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${lines}`, { mode: 0o600 })
    chmodSync(file, 0o600)
  }
  return { ...present, ...Object.fromEntries(missing) }
}

function newSecrets(): Variables {
  return {
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64url')}`,
    SIGN_IN_CLIENT_SECRET: randomBytes(32).toString('base64url'),
  }
}

/** The secret of an OAuth app at the local upstream; the same in every run with the same `.dev.vars`. */
export function upstreamSecret(secrets: Variables, clientId: string): string {
  return createHmac('sha256', secrets.SIGN_IN_CLIENT_SECRET ?? '')
    .update(clientId)
    .digest('base64url')
}

/** All that the Worker reads. OAuth apps of the developer's own stay beside the local ones. */
export function workerVariables(secrets: Variables, publicUrl: string, upstreamOrigin: string): Variables {
  const local = (clientId: string) => ({
    client_id: clientId,
    client_secret: upstreamSecret(secrets, clientId),
    params: { origin: upstreamOrigin },
  })
  const apps = {
    ...(JSON.parse(secrets.OAUTH_APPS || '{}') as object),
    local: local(CRM_CLIENT),
    'local-lenient': local(LENIENT_CLIENT),
  }
  return {
    OWNER_EMAILS: 'ada@example.com',
    ...secrets,
    PUBLIC_URL: publicUrl,
    SIGN_IN_ISSUER: upstreamOrigin,
    SIGN_IN_CLIENT_ID: SIGN_IN_CLIENT,
    OAUTH_APPS: JSON.stringify(apps),
    ALLOW_INSECURE_UPSTREAMS: 'true',
  }
}

/** In the quoting that wrangler's env files understand; it would expand a bare dollar sign. */
export function writeEnvFile(file: string, variables: Variables): void {
  const lines = Object.entries(variables).map(([name, value]) => {
    const quote = ["'", '`', '"'].find((mark) => !value.includes(mark))
    if (quote === undefined) throw new Error(`${name} holds all three kinds of quotation marks.`)
    return `${name}=${quote}${value.replaceAll('$', '\\$')}${quote}\n`
  })
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, lines.join(''), { mode: 0o600 })
  chmodSync(file, 0o600)
}
