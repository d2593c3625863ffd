import { describe, expect, it } from 'vitest'
import { github } from '../../src/connectors/catalog/github.ts'
import { google } from '../../src/connectors/catalog/google.ts'
import { local } from '../../src/connectors/catalog/local.ts'
import { findConnector } from '../../src/connectors/catalog.ts'
import type { Connector, ErrorRule, FailureClass } from '../../src/domain/connector.ts'
import {
  classifyCallback,
  classifyRefusal,
  classifyTransport,
  classifyUnusable,
  ruleFor,
} from '../../src/oauth/classify.ts'

const refused = (
  connector: Connector,
  status: number,
  error: string | null = null,
  description: string | null = null,
) => classifyRefusal(connector, { status, error, description })

describe('the generic codes of facts/refresh-errors.md', () => {
  it.each<[string, FailureClass]>([
    ['invalid_grant', 'dead'],
    ['access_denied', 'dead'],
    ['interaction_required', 'consent'],
    ['consent_required', 'consent'],
    ['login_required', 'consent'],
    ['invalid_client', 'config'],
    ['incorrect_client_credentials', 'config'],
    ['bad_client_secret', 'config'],
    ['invalid_client_id', 'config'],
    ['deleted_client', 'config'],
    ['disabled_client', 'config'],
    ['unauthorized_client', 'config'],
    ['unsupported_grant_type', 'config'],
    ['invalid_request', 'config'],
    ['invalid_scope', 'scope'],
    ['temporarily_unavailable', 'transient'],
    ['server_error', 'transient'],
    ['internal_error', 'transient'],
    ['slow_down', 'limited'],
  ])('%s is %s, whatever the service rotates and whichever 4xx it sends', (error, kind) => {
    for (const connector of [local, google]) {
      for (const status of [400, 401, 403]) expect(refused(connector, status, error)).toBe(kind)
    }
  })
})

describe('the status decides where the code says nothing', () => {
  it.each<[string, number, string | null, FailureClass]>([
    ['too many requests', 429, null, 'limited'],
    ['too many requests, whatever the code', 429, 'invalid_grant', 'limited'],
    ['too early', 425, null, 'transient'],
    ['a server error', 500, null, 'transient'],
    ['a server error that calls the grant dead', 500, 'invalid_grant', 'transient'],
    ['a server that does not implement', 501, null, 'transient'],
    ['a server in maintenance', 503, 'invalid_grant', 'transient'],
    ['a web server that is down', 521, null, 'transient'],
    ['a firewall page', 403, null, 'transient'],
    ['a bad request without a code', 400, null, 'transient'],
    ['a success without a token', 200, null, 'transient'],
    ['no content', 204, null, 'transient'],
    ['a code nobody knows, with 200', 200, 'strange_code', 'transient'],
    ['a code nobody knows', 400, 'strange_code', 'suspect'],
    ['a code nobody knows, forbidden', 403, 'strange_code', 'suspect'],
    ['a code nobody knows, unauthorized', 401, 'strange_code', 'config'],
    ['unauthorized without a code', 401, null, 'config'],
    ['not found', 404, null, 'config'],
    ['gone', 410, null, 'config'],
  ])('%s', (_, status, error, kind) => {
    expect(refused(local, status, error)).toBe(kind)
    expect(refused(google, status, error)).toBe(kind)
  })

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    '%s is a code nobody knows',
    (error) => {
      expect(refused(local, 400, error)).toBe('suspect')
    },
  )

  it.each([408, 502, 504, 520, 524])(
    '%i may have been processed: in doubt where the service rotates',
    (status) => {
      expect(refused(local, status)).toBe('in_doubt')
      expect(refused(local, status, 'invalid_grant')).toBe('in_doubt')
      expect(refused(google, status)).toBe('transient')
    },
  )
})

describe('a call without an answer', () => {
  it.each(['timeout', 'network', 'too_large'] as const)(
    '%s is in doubt where the service rotates',
    (reason) => {
      expect(classifyTransport(local, reason)).toBe('in_doubt')
      expect(classifyTransport(google, reason)).toBe('transient')
    },
  )

  it.each(['redirect', 'forbidden_address'] as const)('%s is the configuration’s trouble', (reason) => {
    expect(classifyTransport(local, reason)).toBe('config')
    expect(classifyTransport(google, reason)).toBe('config')
  })

  it('and an answer that cannot be used is in doubt where the service rotates', () => {
    expect(classifyUnusable(local)).toBe('in_doubt')
    expect(classifyUnusable(google)).toBe('transient')
  })
})

describe('a connector’s own table', () => {
  it.each<[string, Connector, number, string, string | null, FailureClass]>([
    ['Google: revoked', google, 400, 'invalid_grant', 'Token has been expired or revoked.', 'dead'],
    ['Google: another’s token', google, 400, 'invalid_grant', 'Bad Request', 'dead'],
    [
      'Google: session control',
      google,
      400,
      'invalid_grant',
      'reauth related error (invalid_rapt)',
      'consent',
    ],
    ['Google: session control, short', google, 400, 'invalid_grant', 'INVALID_RAPT', 'consent'],
    ['Google: deleted account', google, 400, 'invalid_grant', 'Account has been deleted', 'dead'],
    ['Google: unknown client', google, 401, 'invalid_client', 'The OAuth client was not found.', 'config'],
    ['Google: deleted client', google, 401, 'deleted_client', null, 'config'],
    ['GitHub: spent refresh token', github, 200, 'bad_refresh_token', null, 'dead'],
    ['GitHub: wrong secret', github, 200, 'incorrect_client_credentials', null, 'config'],
    ['GitHub: wrong callback', github, 200, 'redirect_uri_mismatch', null, 'config'],
    ['GitHub: unknown app', github, 404, 'Not Found', null, 'config'],
    ['GitHub: something else', github, 200, 'server_busy', null, 'transient'],
  ])('%s', (_, connector, status, error, description, kind) => {
    expect(refused(connector, status, error, description)).toBe(kind)
  })

  const withRules = (...errors: ErrorRule[]): Connector => ({ ...local, errors })

  it('wins over the generic codes, and its first match counts', () => {
    const connector = withRules(
      { error: 'invalid_request', class: 'dead' },
      { error: 'invalid_request', class: 'limited' },
    )
    expect(refused(connector, 400, 'invalid_request')).toBe('dead')
  })

  it('asks for every condition of a rule', () => {
    const connector = withRules({ status: 403, error: 'x', description: '^spent', class: 'dead' })
    expect(refused(connector, 403, 'x', 'Spent token')).toBe('dead')
    expect(refused(connector, 400, 'x', 'Spent token')).toBe('suspect')
    expect(refused(connector, 403, 'y', 'Spent token')).toBe('suspect')
    expect(refused(connector, 403, 'x', 'token spent')).toBe('suspect')
    expect(refused(connector, 403, 'x', null)).toBe('suspect')
  })

  it('never speaks for a server in trouble', () => {
    const connector = withRules({ error: 'invalid_grant', class: 'dead' })
    expect(refused(connector, 503, 'invalid_grant')).toBe('transient')
    expect(refused(connector, 429, 'invalid_grant')).toBe('limited')
  })
})

describe('an error that came back through the browser', () => {
  const seen = (id: string, error: string, description: string | null = null) => {
    const connector = findConnector(id, true)
    if (!connector) throw new Error(id)
    const refusal = { status: null, error, description }
    return [classifyCallback(connector, refusal), ruleFor(connector, refusal)?.approval ?? false]
  }

  it.each([
    ['microsoft', 'access_denied', 'AADSTS90094: needs permission that only an admin can grant.', true],
    ['outlook', 'access_denied', 'AADSTS900941: Administrator consent is required.', true],
    ['outlook', 'consent_required', 'AADSTS65001: The user or administrator has not consented.', true],
    ['gmail', 'admin_policy_enforced', null, true],
    ['microsoft', 'access_denied', 'AADSTS65004: User declined to consent.', false],
    ['gmail', 'access_denied', null, false],
  ])('%s, %s, %s: needs an administrator %s', (id, error, description, approval) => {
    expect(seen(id, error, description)[1]).toBe(approval)
  })

  it.each([
    ['local', 'access_denied', 'dead'],
    ['microsoft', 'server_error', 'transient'],
    ['gmail', 'org_internal', 'config'],
    ['slack', 'bad_redirect_uri', 'config'],
    ['local', 'unauthorized_client', 'config'],
    ['local', 'invalid_scope', 'scope'],
    ['local', 'something_new', undefined],
    ['local', 'constructor', undefined],
  ])('%s, %s is %s', (id, error, outcome) => {
    expect(seen(id, error)[0]).toBe(outcome)
  })
})
