// The yardstick of the bench: the barest Hono Worker, answering a constant JSON as long as a token's.

import { Hono } from 'hono'

const ANSWER = {
  access_token: 'x'.repeat(200),
  token_type: 'Bearer',
  expires_in: 3540,
  expires_at: '2026-11-24T13:00:00.000Z',
  scope: 'openid email contacts.read',
  connection_id: `con_${'0'.repeat(26)}`,
  connector: 'local',
}

export default new Hono().get('/data', (c) => c.json(ANSWER))
