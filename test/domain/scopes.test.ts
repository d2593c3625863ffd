import { describe, expect, it } from 'vitest'
import { github } from '../../src/connectors/catalog/github.ts'
import { google } from '../../src/connectors/catalog/google.ts'
import { local } from '../../src/connectors/catalog/local.ts'
import {
  canonicalScopes,
  missingScopes,
  scopesForTools,
  scopeTitle,
  splitScopes,
} from '../../src/domain/scopes.ts'

describe('the scopes that are asked for', () => {
  it('are the base scopes where no tool is chosen', () => {
    expect(scopesForTools(github, [])).toEqual(['read:user', 'user:email'])
  })

  it('are those of the tools besides, each once, in the connector’s order', () => {
    const scopes = ['openid', 'email', 'profile', 'offline_access', 'contacts.read', 'contacts.write']
    expect(scopesForTools(local, ['contacts.write', 'contacts.read'])).toEqual(scopes)
    expect(scopesForTools(local, ['contacts.write'])).toEqual(scopes)
  })

  it('are none of a tool that the connector does not have', () => {
    expect(scopesForTools(github, ['gmail.send', '', '__proto__'])).toEqual(['read:user', 'user:email'])
  })
})

describe('granted scopes', () => {
  it('come back in the connector’s own spelling, each once', () => {
    const granted = [
      'openid',
      'https://www.googleapis.com/auth/userinfo.email',
      'email',
      'https://www.googleapis.com/auth/gmail.send',
    ]
    expect(canonicalScopes(google, granted)).toEqual([
      'openid',
      'email',
      'https://www.googleapis.com/auth/gmail.send',
    ])
  })

  it('that the connector does not know stay as they are', () => {
    expect(canonicalScopes(google, ['constructor', 'https://example.com/x'])).toEqual([
      'constructor',
      'https://example.com/x',
    ])
  })
})

describe('missing scopes', () => {
  it.each<[string[], string[], string[]]>([
    [['a', 'b'], ['a', 'b', 'c'], []],
    [['a', 'b'], ['b'], ['a']],
    [['a', 'b'], [], ['a', 'b']],
    [[], [], []],
    [['A'], ['a'], ['A']],
    [['repo'], ['repo:status'], ['repo']],
  ])('%j of %j: %j', (required, granted, missing) => {
    expect(missingScopes(required, granted)).toEqual(missing)
  })
})

describe('the scope field of an answer', () => {
  it.each<[unknown, ' ' | ',', string[] | undefined]>([
    ['a b', ' ', ['a', 'b']],
    ['  a   b ', ' ', ['a', 'b']],
    ['repo,read:org', ',', ['repo', 'read:org']],
    ['repo, read:org,', ',', ['repo', 'read:org']],
    ['a b', ',', ['a', 'b']],
    ['', ' ', undefined],
    [' ,', ',', undefined],
    [undefined, ' ', undefined],
    [null, ' ', undefined],
    [['a', 'b'], ' ', ['a', 'b']],
    [['a', 7, null], ' ', ['a']],
    [[], ' ', undefined],
    [7, ',', undefined],
  ])('%j separated by %j: %j', (value, separator, scopes) => {
    expect(splitScopes(value, separator)).toEqual(scopes)
  })
})

describe('the title of a scope', () => {
  it('is in words where the connector knows it, else the scope itself', () => {
    expect(scopeTitle(google, 'email')).toBe('See the e-mail address')
    expect(scopeTitle(google, 'unknown.scope')).toBe('unknown.scope')
  })
})
