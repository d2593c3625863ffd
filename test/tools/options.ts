// Options of the measuring tools: `--name 12`, whole numbers only.

import process from 'node:process'

export function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`)
  const value = at === -1 ? otherwise : Number(process.argv[at + 1])
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1.`)
  return value
}
