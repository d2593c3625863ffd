// Runs the local upstream by itself: `node test/upstream/main.ts [port]`. Settings come from the environment:
// UPSTREAM_PORT, PUBLIC_URL, SIGN_IN_CLIENT_SECRET, LOCAL_CRM_SECRET, LOCAL_DRIVE_SECRET, ACCESS_TOKEN_TTL (seconds),
// REPLAY_WINDOW_MS. Secrets that are left out are the word `secret`.

import process from 'node:process'
import { startUpstream } from './server.ts'

const { env } = process
const upstream = await startUpstream({
  port: Number(process.argv[2] ?? env.UPSTREAM_PORT ?? 4400),
  publicUrl: env.PUBLIC_URL ?? 'http://localhost:8787',
  secrets: {
    signIn: env.SIGN_IN_CLIENT_SECRET ?? 'secret',
    crm: env.LOCAL_CRM_SECRET ?? 'secret',
    drive: env.LOCAL_DRIVE_SECRET ?? 'secret',
  },
  ...(env.ACCESS_TOKEN_TTL && { accessTokenTtlSeconds: Number(env.ACCESS_TOKEN_TTL) }),
  ...(env.REPLAY_WINDOW_MS && { replayWindowMs: Number(env.REPLAY_WINDOW_MS) }),
})
console.log(`Local upstream: ${upstream.origin}`)

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void upstream.close())
