// The kinds of value that the JSON form of a connector is made of, each with its bounds.

import type { ArraySchema, MapSchema, ObjectSchema, StringSchema, ValueSchema } from '../lib/schema.ts'

/** A new field of a type has to be given its bounds here. */
export type Fields<T> = { [K in keyof Required<T>]: ValueSchema }

export const text = (
  maxLength: number,
  description = `Use one line of 1 to ${maxLength} characters.`,
): StringSchema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  pattern: '^[^\\p{C}\\s]([^\\p{C}]*[^\\p{C}\\s])?$',
  description,
})
export const list = (items: ValueSchema, maxItems: number): ArraySchema => ({
  type: 'array',
  items,
  maxItems,
})
export const oneOf = (...values: string[]): StringSchema => ({ type: 'string', enum: values })
export const bool = { type: 'boolean' } as const
export const orNull = (schema: ValueSchema): ValueSchema => ({ anyOf: [schema, { type: 'null' }] })
export const seconds = (maximum = 10 * 365 * 24 * 3600): ValueSchema => ({
  type: 'integer',
  minimum: 1,
  maximum,
})
export const status: ValueSchema = { type: 'integer', minimum: 100, maximum: 599 }

export function object<T>(properties: Fields<T>, required: (keyof T & string)[] = []): ObjectSchema {
  return { type: 'object', properties, required, additionalProperties: false }
}

export const NAME: StringSchema = {
  type: 'string',
  pattern: '^[a-z_]{1,40}$',
  description: 'Use 1 to 40 lower-case letters and underscores.',
}
export const PARAMETER: StringSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9_.-]{1,64}$',
  description: 'Use the name of a parameter: letters, digits, _ . and -.',
}
export const ADDRESS: StringSchema = {
  type: 'string',
  maxLength: 500,
  pattern: '^[\\x21-\\x7e]+$',
  description: 'Use an address such as https://login.example.com/oauth/token.',
}
/** What may travel in a header, and placeholders. */
export const VALUE: StringSchema = {
  type: 'string',
  maxLength: 500,
  pattern: '^[\\x20-\\x7e]*$',
  description: 'Use up to 500 plain characters without line ends.',
}
export const HEADER: StringSchema = {
  type: 'string',
  pattern: '^[a-z0-9-]{1,64}$',
  description: 'Use the name of a header in lower case.',
}
export const PATH: StringSchema = {
  type: 'string',
  maxLength: 200,
  pattern: '^[\\w-]+([.| ][\\w-]+)*$',
  description: 'Use a path into the answer such as data.0.id.',
}
export const SCOPE: StringSchema = {
  type: 'string',
  pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,300}$',
  description: 'Use a scope as the service spells it, without spaces.',
}
export const PATTERN: StringSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 500,
  description: 'Use a regular expression of up to 500 characters.',
}
export const SEPARATOR = oneOf(' ', ',')
export const CLIENT_AUTH = oneOf('client_secret_basic', 'client_secret_post', 'none')
export const SENTENCE = text(240)
export const LINK: StringSchema = { ...ADDRESS, description: 'Use an https address.' }

export const map = (names: StringSchema, values: StringSchema = VALUE): MapSchema => ({
  type: 'object',
  propertyNames: names,
  additionalProperties: values,
  maxProperties: 20,
})
export const HEADERS = map(HEADER)
export const PARAMETERS = map(PARAMETER)
export const FIELDS = map({
  ...PARAMETER,
  description: 'Use the name of a field: letters, digits, _ . and -.',
})
