import { describe, expect, it } from 'vitest'
import { offeredConnectors } from '../../src/connectors/catalog.ts'
import { exportDefinition, readDefinition } from '../../src/domain/connector-definition.ts'
import { atFields } from '../../src/domain/definition-errors.ts'
import { formOf, jsonOf } from '../../src/domain/definition-form.ts'

const REACH = { publicUrl: 'https://evergrant.example.com', allowInsecureUpstreams: true }

function readForm(values: Record<string, string>) {
  const json = jsonOf(values)
  if (!json.ok) throw new Error(JSON.stringify(json.error))
  return readDefinition(json.value, values.id ?? '', REACH)
}

describe('the form of a connector', () => {
  it.each(offeredConnectors(true).map((connector) => [connector.id, connector] as const))(
    'loses nothing of %s',
    (_id, connector) => {
      const definition = JSON.parse(JSON.stringify(exportDefinition(connector)))
      expect(readForm(formOf(definition))).toEqual({ ok: true, value: definition })
    },
  )

  it('with the few texts that are needed is a connector', () => {
    const values = {
      id: 'own-acme',
      name: ' Acme ',
      authorize_url: 'https://login.acme.com/authorize',
      token_url: 'https://login.acme.com/token',
      api_base_url: 'https://api.acme.com',
      scopes: 'deals | Read deals | sensitive\r\n\r\n openid | Know the account',
      tools: 'deals.read | Read deals | deals',
      base_scopes: 'openid',
      authorize_params: 'audience=a=b\nprompt=consent',
    }
    expect(readForm(values)).toMatchObject({
      ok: true,
      value: {
        name: 'Acme',
        scopes: [
          { scope: 'deals', title: 'Read deals', sensitive: true },
          { scope: 'openid', title: 'Know the account', sensitive: false },
        ],
        tools: [{ id: 'deals.read', scopes: ['deals'] }],
        authorize: { params: { audience: 'a=b', prompt: 'consent' } },
        refresh: { rotates: true, replay: { rule: 'once', pauseSeconds: 5 } },
        identity: null,
        revocation: null,
      },
    })
  })

  it('says each error at its field, with the line', () => {
    const values = {
      id: 'own-acme',
      name: '',
      authorize_url: 'https://login.acme.com/authorize',
      token_url: 'https://127.0.0.1/token',
      scopes: 'openid | Know the account\nbad"scope | Bad | yes',
      access_life: 'soon',
      identity_email: 'email',
      rotation: 'grace',
      replay_seconds: '3',
      rest: '{"errors": [{"class": "broken"}], "retired": {}}',
    }
    const read = readForm(values)
    const errors = Object.fromEntries(
      atFields(read.ok ? [] : read.error, values).map(({ path, message }) => [path, message]),
    )
    expect(errors).toEqual({
      rest: expect.stringMatching(/retired: Leave this out.*errors\.0\.class: Use one of/s),
      name: 'This is needed.',
      scopes: expect.stringMatching(/^Line 2: Use a scope.*Line 2: Use true or false/),
      access_life: expect.stringContaining('Use a whole number'),
      identity_id: 'This is needed.',
      replay_seconds: expect.stringContaining('from 36'),
      api_base_url: 'This is needed.',
    })
    const later = {
      ...values,
      name: 'Acme',
      scopes: '',
      access_life: '',
      identity_email: '',
      replay_seconds: '60',
      rest: '',
      api_base_url: 'https://api.acme.com',
    }
    const again = readForm(later)
    expect(atFields(again.ok ? [] : again.error, later)).toEqual([
      { path: 'token_url', message: expect.stringContaining('public name of a host') },
    ])
  })

  it('takes no text for everything else that is not JSON', () => {
    for (const rest of ['{', '[]', 'null', '"x"']) {
      expect(jsonOf({ rest })).toMatchObject({ ok: false, error: [{ path: 'rest' }] })
    }
  })
})
