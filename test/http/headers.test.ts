// The headers of data answers are lent from ready ones: what one answer says of itself, no other does.

import { expect, it } from 'vitest'
import { problem } from './problems.ts'
import { api, newTenant } from './tenant.ts'

it('an answer of data carries its own headers, and those of no other', async () => {
  const tenant = await newTenant()
  const key = await tenant.key()
  const asks = [
    { ask: () => api('/v1/connections', { key: 'egk_mistyped' }), code: 'invalid_api_key', allow: null },
    { ask: () => api('/v1/connections', { key }), code: null, allow: null },
    {
      ask: () => api('/v1/connections', { key, method: 'PATCH' }),
      code: 'method_not_allowed',
      allow: 'GET, HEAD, POST',
    },
    {
      ask: () => api('/v1/connectors', { key, method: 'PATCH' }),
      code: 'method_not_allowed',
      allow: 'GET, HEAD',
    },
    { ask: () => api('/v1/nothing', { key }), code: 'not_found', allow: null },
  ]
  const ids = new Set<string | null>()
  for (let round = 0; round < 2; round++) {
    for (const { ask, code, allow } of asks) {
      const answer = await ask()
      ids.add(answer.headers.get('X-Request-Id'))
      expect(answer.headers.has('WWW-Authenticate')).toBe(code === 'invalid_api_key')
      expect(answer.headers.get('Allow')).toBe(allow)
      if (code) await problem(answer, code)
      else expect(answer.status).toBe(200)
    }
  }
  expect(ids.size).toBe(10)
})

it('answers that are under way at once keep their own', async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, count) => api('/v1/connections', { key: `egk_mistyped_${count}` })),
  )
  const told = await Promise.all(answers.map((answer) => problem(answer, 'invalid_api_key')))
  expect(new Set(told.map(({ request_id }) => request_id)).size).toBe(30)
})
