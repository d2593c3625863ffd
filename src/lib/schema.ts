// JSON Schema (2020-12), the part of it that requests need, as data: one object validates what arrives, types it, and
// stands in the OpenAPI document as it is.

import { isObject } from './json.ts'

export interface StringSchema {
  type: 'string'
  description?: string
  minLength?: number
  maxLength?: number
  /** Anchored by whoever writes it. */
  pattern?: string
  enum?: readonly string[]
  default?: string
  examples?: readonly string[]
}

export interface NumberSchema {
  type: 'integer'
  description?: string
  minimum?: number
  maximum?: number
  default?: number
  examples?: readonly number[]
}

export interface BooleanSchema {
  type: 'boolean'
  description?: string
}

export interface ArraySchema {
  type: 'array'
  description?: string
  items: ValueSchema
  maxItems?: number
  examples?: readonly (readonly unknown[])[]
}

/** Names with texts: what a connector's placeholders are filled with. */
export interface MapSchema {
  type: 'object'
  description?: string
  propertyNames?: StringSchema
  additionalProperties: StringSchema
  maxProperties?: number
  examples?: readonly Record<string, string>[]
}

export interface NullableSchema {
  type?: undefined
  description?: string
  anyOf: readonly [ValueSchema, { type: 'null' }]
}

/** One of several objects, told apart by the text of one property. */
export interface OneOfSchema {
  type?: undefined
  description?: string
  oneOf: readonly ObjectSchema[]
  discriminator: { propertyName: string }
}

export type ValueSchema =
  | StringSchema
  | NumberSchema
  | BooleanSchema
  | ArraySchema
  | MapSchema
  | ObjectSchema
  | NullableSchema
  | OneOfSchema

export interface ObjectSchema {
  type: 'object'
  description?: string
  properties: Record<string, ValueSchema>
  required?: readonly string[]
  additionalProperties: false
  minProperties?: number
  maxProperties?: number
}

export type ValueOf<S extends ValueSchema> = S extends StringSchema
  ? string
  : S extends NumberSchema
    ? number
    : S extends BooleanSchema
      ? boolean
      : S extends ArraySchema
        ? ValueOf<S['items']>[]
        : S extends ObjectSchema
          ? ObjectOf<S>
          : S extends MapSchema
            ? Record<string, string>
            : unknown

type RequiredOf<S extends ObjectSchema> = S['required'] extends readonly string[]
  ? S['required'][number]
  : never

export type ObjectOf<S extends ObjectSchema> = {
  -readonly [K in keyof S['properties'] & RequiredOf<S>]: ValueOf<S['properties'][K]>
} & {
  -readonly [K in Exclude<keyof S['properties'], RequiredOf<S>>]?: ValueOf<S['properties'][K]>
}

export interface Fault {
  /** `name`, `tools.0`; empty for the whole. */
  path: string
  message: string
}

/** Every fault of the value, in the order of the schema; none where it fits. */
export function faultsOf(schema: ObjectSchema, value: Record<string, unknown>, path = ''): Fault[] {
  const known = Object.keys(schema.properties)
  const below = (name: string) => (path === '' ? name : `${path}.${name}`)
  const faults: Fault[] = Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: below(name.slice(0, 64)),
      message: `Leave this out; known are ${known.join(', ')}.`,
    }))
  for (const [name, property] of Object.entries(schema.properties)) {
    if (value[name] !== undefined) faults.push(...valueFaults(property, value[name], below(name)))
    else if (schema.required?.includes(name)) faults.push({ path: below(name), message: 'This is needed.' })
  }
  const given = known.filter((name) => value[name] !== undefined).length
  if (given < (schema.minProperties ?? 0)) {
    faults.push({ path, message: `Send at least ${schema.minProperties} of ${known.join(', ')}.` })
  }
  if (given > (schema.maxProperties ?? known.length)) {
    faults.push({ path, message: `Send only ${schema.maxProperties} of ${known.join(', ')}.` })
  }
  return faults
}

function valueFaults(schema: ValueSchema, value: unknown, path: string): Fault[] {
  switch (schema.type) {
    case 'string':
      return textFaults(schema, value, path)
    case 'integer':
      return integerFaults(schema, value, path)
    case 'boolean':
      return typeof value === 'boolean' ? [] : [{ path, message: 'Use true or false.' }]
    case 'array':
      return listFaults(schema, value, path)
    case 'object':
      if (!isObject(value)) {
        return [{ path, message: 'properties' in schema ? 'Use an object.' : 'Use names with texts.' }]
      }
      return 'properties' in schema ? faultsOf(schema, value, path) : mapFaults(schema, value, path)
    case undefined:
      if ('oneOf' in schema) return oneOfFaults(schema, value, path)
      return value === null ? [] : valueFaults(schema.anyOf[0], value, path)
  }
}

function listFaults({ items, maxItems }: ArraySchema, value: unknown, path: string): Fault[] {
  if (!Array.isArray(value)) {
    return [{ path, message: items.type === 'string' ? 'Use a list of texts.' : 'Use a list.' }]
  }
  if (value.length > (maxItems ?? Number.POSITIVE_INFINITY)) {
    return [{ path, message: `Use at most ${maxItems} of them.` }]
  }
  return value.flatMap((item, index) => valueFaults(items, item, `${path}.${index}`))
}

function mapFaults(schema: MapSchema, value: Record<string, unknown>, path: string): Fault[] {
  if (Object.keys(value).length > (schema.maxProperties ?? Number.POSITIVE_INFINITY)) {
    return [{ path, message: `Use at most ${schema.maxProperties} of them.` }]
  }
  return Object.entries(value).flatMap(([name, text]) => {
    const place = `${path}.${name.slice(0, 64)}`
    const named = schema.propertyNames ? textFaults(schema.propertyNames, name, place) : []
    return [...named, ...textFaults(schema.additionalProperties, text, place)]
  })
}

function oneOfFaults({ oneOf, discriminator }: OneOfSchema, value: unknown, path: string): Fault[] {
  if (!isObject(value)) return [{ path, message: 'Use an object.' }]
  const { propertyName } = discriminator
  const kinds = (schema: ObjectSchema) => (schema.properties[propertyName] as StringSchema).enum ?? []
  const chosen = oneOf.find((schema) => kinds(schema).includes(String(value[propertyName])))
  if (chosen) return faultsOf(chosen, value, path)
  return [{ path: `${path}.${propertyName}`, message: `Use one of ${oneOf.flatMap(kinds).join(', ')}.` }]
}

function textFaults(schema: StringSchema, value: unknown, path: string): Fault[] {
  if (typeof value !== 'string') return [{ path, message: 'Use text.' }]
  if (schema.enum && !schema.enum.includes(value)) {
    return [{ path, message: `Use one of ${schema.enum.join(', ')}.` }]
  }
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema
  const length = [...value].length
  if (length < minLength || length > maxLength) {
    return [{ path, message: `Use ${minLength} to ${maxLength} characters.` }]
  }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    return [{ path, message: schema.description ?? `Use the form ${pattern}.` }]
  }
  return []
}

function integerFaults({ minimum = 0, maximum }: NumberSchema, value: unknown, path: string): Fault[] {
  const fits =
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= minimum &&
    value <= (maximum ?? Number.MAX_SAFE_INTEGER)
  if (fits) return []
  const range = maximum === undefined ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`
  return [{ path, message: `Use a whole number ${range}.` }]
}

/** The value, which fits, with its properties in the schema's order: equal values become equal texts. */
export function inOrder(schema: ValueSchema, value: unknown): unknown {
  if (schema.type === 'array' && Array.isArray(value)) {
    return value.map((item) => inOrder(schema.items, item))
  }
  if (schema.type === undefined && isObject(value)) {
    if ('anyOf' in schema) return inOrder(schema.anyOf[0], value)
    const chosen = schema.oneOf.find((one) => faultsOf(one, value).length === 0)
    return chosen ? inOrder(chosen, value) : value
  }
  if (schema.type !== 'object' || !('properties' in schema) || !isObject(value)) return value
  const entries = Object.entries(schema.properties).filter(([name]) => value[name] !== undefined)
  return Object.fromEntries(entries.map(([name, property]) => [name, inOrder(property, value[name])]))
}
