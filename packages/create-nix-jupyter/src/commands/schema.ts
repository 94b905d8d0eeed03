import { type Choice, type Option, options } from '../input/options.js'

/** A JSON Schema of the options, for programs that fill them in. */
export function schemaText(): string {
  const described = options.filter((option: Option) => !option.prints && option.group !== 'change')
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Options of create-nix-jupyter',
    description:
      'Each is a flag of the same name; "directory" is the one word without a flag. Defaults apply with --yes.',
    type: 'object',
    properties: Object.fromEntries(described.map((option) => [option.name, propertyOf(option)])),
    required: ['directory'],
    additionalProperties: false,
  }
  return JSON.stringify(schema, null, 2)
}

function propertyOf({ kind, help, choices, open, default: otherwise, negative }: Option): object {
  const description = help
  switch (kind) {
    case 'boolean':
      return { type: 'boolean', description, default: otherwise ?? negative !== undefined }
    case 'list':
      return { type: 'array', items: { type: 'string', ...(choices && itemsOf(choices)) }, description, default: [] }
    case 'choice':
      return {
        type: 'string',
        [open ? 'examples' : 'enum']: choices?.map(({ value }) => value),
        description,
        default: otherwise,
      }
    case 'text':
      return { type: 'string', description }
  }
}

/** A word beside the choices, such as `none`, is allowed too. */
function itemsOf(choices: readonly Choice[]): object {
  return { examples: choices.map(({ value }) => value) }
}
