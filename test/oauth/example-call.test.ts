import { beforeEach, describe, expect, inject, it } from 'vitest'
import { BEARER } from '../../src/domain/service-requests.ts'
import { callExample } from '../../src/oauth/example-call.ts'
import { connect, readToken, steer } from '../setup/harness.ts'

const LIMITS = { deadlineMs: 5000, allowInsecure: true }
const target = (baseUrl = `${inject('upstreamOrigin')}/api`) => ({
  baseUrl,
  otherOrigins: [],
  attach: BEARER,
  headers: {},
  deadToken: [],
})

beforeEach(() => steer.reset())

describe('the example request', () => {
  it('works with a token of the connection', async () => {
    const token = await readToken(await connect())
    if (!token.ok) throw new Error(token.error.code)
    const answer = await callExample(target(), '/contacts?per_page=1', token.value.accessToken, LIMITS)
    expect(answer).toEqual({ outcome: 'worked', status: 200 })
  })

  it('says that the service refuses the token', async () => {
    expect(await callExample(target(), '/contacts', 'nonsense', LIMITS)).toEqual({
      outcome: 'refused',
      status: 401,
    })
  })

  it('by the sign of the service itself, too', async () => {
    const signs = [{ status: 404, path: 'error', values: ['not_found'] }]
    const token = await readToken(await connect())
    if (!token.ok) throw new Error(token.error.code)
    const { accessToken } = token.value
    const with404 = (deadToken: typeof signs) =>
      callExample({ ...target(), deadToken }, '/nothing', accessToken, LIMITS)
    expect(await with404([])).toEqual({ outcome: 'failed', status: 404 })
    expect(await with404(signs)).toEqual({ outcome: 'refused', status: 404 })
  })

  it.each([
    ['nobody listens', 'http://127.0.0.1:9/api', '/me'],
    ['the host may not be called', 'http://10.0.0.1/api', '/me'],
    ['the path leads out', undefined, '/../control/stats'],
  ])('fails without a word about the token where %s', async (_name, base, path) => {
    expect(await callExample(target(base), path, 'token', LIMITS)).toEqual({
      outcome: 'failed',
      status: null,
    })
  })
})
