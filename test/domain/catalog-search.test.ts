import { expect, it } from 'vitest'
import { searchConnectors } from '../../src/domain/catalog-search.ts'

const outlook = {
  name: 'Outlook',
  description: 'Letters of one account.',
  category: 'Communication',
  keywords: ['Hotmail', 'exchange'],
}
const { keywords: _, ...bare } = outlook

it.each([
  ['out', true],
  ['OUTLOOK', true],
  ['letters', true],
  ['communi', true],
  ['hotmail', true],
  ['exchange  outlook\tcommunication', true],
  ['outlook gmail', false],
  ['', true],
  ['.*', false],
])('“%s” means it: %s', (q, meant) => {
  expect(searchConnectors(q)(outlook)).toBe(meant)
})

it('keywords are not needed', () => {
  expect(searchConnectors('outlook')(bare)).toBe(true)
  expect(searchConnectors('hotmail')(bare)).toBe(false)
})
