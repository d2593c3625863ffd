import { describe, expect, it } from 'vitest'
import { isOwnId, suggestedId } from '../../src/domain/own-connector.ts'

describe('the id of an own connector', () => {
  it.each([
    ['Acme CRM', 'own-acme-crm'],
    ['  Ümläut & Söhne!! ', 'own-u-mla-ut-so-hne'],
    ['own-acme', 'own-acme'],
    ['日本', 'own'],
    ['x'.repeat(100), `own-${'x'.repeat(60)}`],
  ])('is made of its name: %s', (name, id) => {
    expect(suggestedId(name)).toBe(id)
  })

  it('is never one that the catalog may use', () => {
    for (const id of ['google', 'own', 'own-', 'OWN-a', 'own-a_b', 'own-a-', 'xown-a', '']) {
      expect(isOwnId(id)).toBe(false)
    }
    expect(isOwnId('own-a1-b2')).toBe(true)
  })
})
