import { type Option, options } from '../input/options.js'
import { manifests } from '../templates/manifests.js'

/** A JSON Schema of the options, for programs that fill them in. */
export function schemaText(): string {
  const described = options.filter(({ name }) => name !== 'help' && name !== 'version')
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

function propertyOf(option: Option): object {
  const description = option.help
  switch (option.kind) {
    case 'boolean':
      return { type: 'boolean', description, default: option.negative !== undefined }
    case 'list':
      return { type: 'array', items: { type: 'string' }, description, default: [] }
    case 'choice':
      return {
        type: 'string',
        // A template can also come from elsewhere.
        [option.name === 'template' ? 'examples' : 'enum']: option.choices?.map(({ value }) => value),
        description,
        default: standardOf(option),
      }
    case 'text':
      return { type: 'string', description }
  }
}

function standardOf(option: Option): string | undefined {
  if (option.name === 'python') return manifests[0]?.python.default
  return option.choices?.[0]?.value
}
