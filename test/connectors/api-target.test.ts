import { describe, expect, it } from 'vitest'
import { offeredConnectors } from '../../src/connectors/catalog.ts'
import { apiTarget, isCallable } from '../../src/domain/api-target.ts'
import { upstreamUrl } from '../../src/domain/proxy-policy.ts'

describe('the API of every connector', () => {
  it.each(offeredConnectors(true).map((connector) => [connector.id, connector] as const))(
    'can be called through the proxy: %s',
    (_id, connector) => {
      const params = Object.fromEntries(connector.params.map(({ name, example }) => [name, example]))
      const target = apiTarget(connector, { clientId: 'client', clientSecret: 'secret', params })
      if (!target) throw new Error('its base URL cannot be filled, or is not written plainly')
      const hosts = [null, ...target.otherOrigins.map((origin) => new URL(origin).host)]
      for (const host of hosts) {
        const url = upstreamUrl(target, { path: '/a/b', search: '?c=d', host }, true)
        expect(url.ok).toBe(true)
        if (url.ok) expect(isCallable(url.value, true)).toBe(true)
      }
      const [path = '', query] = connector.api.examplePath.split('?')
      const example = { path, search: query ? `?${query}` : '', host: null }
      expect(upstreamUrl(target, example, true)).toMatchObject({ ok: true })
      expect(target.attach.format).toContain('{token}')
    },
  )
})
