import { expect, it } from 'vitest'
import { closestFirst, searchConnectors } from '../../src/domain/catalog-search.ts'

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

it.each([
  ['drive', ['Drive', 'Drive for teams', 'Google Drive', 'OneDrive', 'Google (all)']],
  [' Google  DRIVE ', ['Google Drive', 'Google (all)', 'OneDrive', 'Drive for teams', 'Drive']],
])('“%s”: the name itself, its beginning, a word of it, a part of it, the rest', (q, order) => {
  const names = ['Google (all)', 'OneDrive', 'Google Drive', 'Drive for teams', 'Drive']
  expect(names.map((name) => ({ name })).sort(closestFirst(q))).toEqual(order.map((name) => ({ name })))
})

it('an empty search leaves the order as it is', () => {
  const names = [{ name: 'Outlook' }, { name: 'Gmail' }, { name: 'Asana' }]
  expect(names.toSorted(closestFirst(''))).toEqual(names)
})
