// The constant answer of the yardsticks, as long as a token's.

export const ANSWER = {
  access_token: 'x'.repeat(200),
  token_type: 'Bearer',
  expires_in: 3540,
  expires_at: '2026-11-24T13:00:00.000Z',
  scope: 'openid email contacts.read',
  connection_id: `con_${'0'.repeat(26)}`,
  connector: 'local',
}
